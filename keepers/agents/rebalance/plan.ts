import { maxOf } from "../../core/integers.ts";
import { type Condition, CONDITION_KIND, ZERO_ADDRESS } from "../../core/proposal.ts";
import { recordWriter } from "../../core/record.ts";
import { type Address, address } from "../../core/units.ts";
import type { Rebalance, RebalanceDecision } from "./decide.ts";
import type { RebalancePolicy, RebalanceSeen } from "./policy.ts";
import { rebalanceInput, rebalanceRecord } from "./recorded.ts";
import type { TargetBasis } from "./targets.ts";

/**
 * What must be true afterwards, so that voters vote for an outcome: only the two tokens move, by no more and no less than was
 * planned, and the position ends near its target, so that the same proposal made twice is carried out once.
 */
export const conditionsOf = (trade: Rebalance, treasury: Address): readonly Condition[] => {
  const { token, tokenIn, tokenOut, amountIn, minOut, ceilingUsd, floor } = trade;
  const onlyMoves = (subject: Address): Condition => ({
    kind: CONDITION_KIND.onlyMoves,
    subject,
    holder: ZERO_ADDRESS,
    amount: 0n,
  });
  const ofTreasury = (kind: Condition["kind"], subject: Address, amount: bigint): Condition => ({
    kind,
    subject,
    holder: treasury,
    amount,
  });
  return [
    onlyMoves(tokenIn),
    onlyMoves(tokenOut),
    ofTreasury(CONDITION_KIND.balanceDecreasesAtMost, tokenIn, amountIn),
    ofTreasury(CONDITION_KIND.balanceIncreasesAtLeast, tokenOut, minOut),
    tokenOut === token
      ? ofTreasury(CONDITION_KIND.positionAtMost, token, ceilingUsd)
      : ofTreasury(CONDITION_KIND.balanceAtLeast, token, maxOf(floor, 1n)),
  ];
};

const percent = (bps: bigint): string => `${Number(bps) / 100} %`;

/** Where a target comes from, for people. */
export const basisWords = (basis: TargetBasis, nameOf: (text: string) => string): string => {
  if (basis.kind === "fixed") return "as its operator wants it";
  if (basis.kind === "instead") return `the fixed target, since there is no optimum: ${nameOf(basis.why)}`;
  const held = basis.limits.length === 0 ? "" : `, held back by: ${nameOf(basis.limits.join("; "))}`;
  return `the least expected loss of the worst twentieth of ${basis.rows} returns, costs of trading included${held}`;
};

/** Why, for people. `symbolOf` names tokens, also where their addresses stand in words. */
export const reasonOf = (
  { token, partBps, targetBps, basis }: Rebalance,
  symbolOf: (token: Address) => string,
): string => {
  const nameOf = (text: string): string => text.replaceAll(/0x[0-9a-f]{40}/g, (found) => symbolOf(address(found)));
  const what = `${symbolOf(token)} is ${percent(partBps)} of the treasury and shall be ${percent(targetBps)}`;
  return basis.kind === "fixed" ? what : `${what}: ${basisWords(basis, nameOf)}`;
};

/** Everything the decision depended on and the decision, as one text whose hash the proposal carries: it can be decided again. */
export const entryOf = (seen: RebalanceSeen, policy: RebalancePolicy, decision: RebalanceDecision): string =>
  recordWriter()({ kind: "rebalance", input: rebalanceInput(seen, policy), decision: rebalanceRecord(decision) });
