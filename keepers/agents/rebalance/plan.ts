import { canonicalJson } from "../../core/canonicalJson.ts";
import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import { maxOf } from "../../core/integers.ts";
import { type Condition, CONDITION_KIND, ZERO_ADDRESS } from "../../core/proposal.ts";
import type { Address } from "../../core/units.ts";
import type { Rebalance, RebalancePolicy } from "./decide.ts";

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

/** Why, for people. */
export const reasonOf = ({ partBps, targetBps }: Rebalance, symbol: string): string =>
  `${symbol} is ${percent(partBps)} of the treasury and shall be ${percent(targetBps)}`;

/** Everything the decision depended on but the pools' depth, as one text whose hash the proposal carries. */
export const entryOf = (view: ChainSnapshot, policy: RebalancePolicy, { pool, ...trade }: Rebalance): string =>
  canonicalJson({
    block: view.block,
    time: view.time,
    tokens: view.tokens.map(({ token, balance, price }) => ({ token, balance, price })),
    policy: { ...policy, targets: new Map([...policy.targets].map(([token, bps]) => [String(token), bps])) },
    trade: { ...trade, pool: pool.address },
  });
