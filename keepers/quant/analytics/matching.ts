import type { LogFact, SwapFact } from "./facts.ts";

type Leg = { readonly token: string; readonly amount: bigint };

/** A transaction's facts once each transfer is known for what it is. `strangers`: transfers that nothing else tells of. */
export type Matched = { readonly swaps: readonly SwapFact[]; readonly strangers: ReadonlySet<LogFact> };

/** Takes one equal leg out of a list; false where there is none. */
const take = (legs: Leg[], { token, amount }: Leg): boolean => {
  const index = legs.findIndex((leg) => leg.token === token && leg.amount === amount);
  if (index === -1) return false;
  legs.splice(index, 1);
  return true;
};

const legsOf = ({ tokenIn, amountIn, tokenOut, amountOut }: SwapFact): readonly Leg[] => [
  { token: tokenIn, amount: -amountIn },
  { token: tokenOut, amount: amountOut },
];

/** The transfers that a fact which is no swap comes with. */
const transfersOf = (fact: LogFact, owed: Leg[]): readonly Leg[] => {
  if (fact.kind === "deposit") return [fact];
  if (fact.kind === "paid") return [{ ...fact, amount: -fact.amount }];
  if (fact.kind !== "in-kind") return [];
  // What is owed for now comes without a transfer.
  return fact.amounts
    .map(([token, amount]) => ({ token, amount: -amount }))
    .filter(({ token, amount }) => amount !== 0n && !take(owed, { token, amount: -amount }));
};

/** Whether legs without a transfer pass from one pool to the next: what comes out of one goes into another. */
const isPassedOn = (legs: readonly Leg[]): boolean => {
  const sums = new Map<string, bigint>();
  for (const { token, amount } of legs) sums.set(token, (sums.get(token) ?? 0n) + amount);
  return [...sums.values()].every((sum) => sum === 0n);
};

/**
 * Finds for each transfer the fact that tells of it, by token and amount. The swaps of a transaction are believed together or not at
 * all: a leg that is neither a transfer of the treasury nor passed on to the next pool belongs to somebody else.
 */
export const matchTransfers = (facts: readonly LogFact[]): Matched => {
  const open = facts.filter((fact) => fact.kind === "transfer");
  const owed: Leg[] = facts.filter((fact) => fact.kind === "owed").map(({ token, amount }) => ({ token, amount }));
  for (const fact of facts) for (const leg of transfersOf(fact, owed)) take(open, leg);
  const swaps = facts.filter((fact) => fact.kind === "swap");
  const left = [...open];
  const unmatched = swaps.flatMap(legsOf).filter((leg) => !take(left, leg));
  return isPassedOn(unmatched) ? { swaps, strangers: new Set(left) } : { swaps: [], strangers: new Set(open) };
};
