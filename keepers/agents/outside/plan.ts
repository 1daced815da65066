import { type Condition, CONDITION_KIND, ZERO_ADDRESS } from "../../core/proposal.ts";
import type { Address } from "../../core/units.ts";
import type { OutsideTrade } from "./decide.ts";

/**
 * What must be true afterwards, whatever the mind thought: only the two tokens move, the one by no more and the other by no less
 * than was asked for, and the position stays within half a trade of what it would be.
 */
export const conditionsOf = (trade: OutsideTrade, treasury: Address): readonly Condition[] => {
  const { tokenIn, tokenOut, amountIn, minOut, ceilingUsd, floor } = trade;
  const onlyMoves = (subject: Address): Condition => ({
    kind: CONDITION_KIND.onlyMoves,
    subject,
    holder: ZERO_ADDRESS,
    amount: 0n,
  });
  const held = (kind: Condition["kind"], subject: Address, amount: bigint): Condition => ({
    kind,
    subject,
    holder: treasury,
    amount,
  });
  return [
    onlyMoves(tokenIn),
    onlyMoves(tokenOut),
    held(CONDITION_KIND.balanceDecreasesAtMost, tokenIn, amountIn),
    held(CONDITION_KIND.balanceIncreasesAtLeast, tokenOut, minOut),
    ...(ceilingUsd === undefined ? [] : [held(CONDITION_KIND.positionAtMost, tokenOut, ceilingUsd)]),
    ...(floor === 0n ? [] : [held(CONDITION_KIND.balanceAtLeast, tokenIn, floor)]),
  ];
};

/** Why, for people: the mind's words are marked as such. */
export const reasonOf = ({ tokenIn, tokenOut, why }: OutsideTrade, symbolOf: (token: Address) => string): string => {
  const what = `an outside mind asks to trade ${symbolOf(tokenIn)} for ${symbolOf(tokenOut)}`;
  return why === "" ? what : `${what}; it says: “${why}”`;
};
