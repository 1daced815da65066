import type { Attribution, LedgerEvent } from "./events.ts";
import type { BlockFacts, LogFact, SwapFact, TransactionFacts } from "./facts.ts";
import { type Matched, matchTransfers } from "./matching.ts";

/** The name by which the ledger knows gas: it comes from who executes, at the moment at which it is paid. */
export const GAS_TOKEN = "gas";

type Who = Pick<Attribution, "agent" | "strategy">;
type When = { readonly time: number };
const NOBODY: Who = { agent: "none", strategy: "idle" };
const AT_HOME = "treasury";

/**
 * What a proposal was for: swaps that end in what they began with are an arbitrage, others change what is held; without a swap a move
 * of a lending position is lending.
 */
const strategyOf = (part: readonly LogFact[], swaps: readonly SwapFact[]): string => {
  const [first, last] = [swaps[0], swaps.at(-1)];
  if (first !== undefined && last !== undefined) return first.tokenIn === last.tokenOut ? "arbitrage" : "rebalance";
  const isLending = part.some(
    (fact) => fact.kind === "position" || (fact.kind === "transfer" && fact.venue !== undefined),
  );
  return isLending ? "lending" : "other";
};

const tradeOf = ({ pool, ...swap }: SwapFact, who: Who, { time }: When): LedgerEvent => ({
  ...swap,
  ...who,
  time,
  venue: pool,
  kind: "trade",
});

/** Money that comes from outside at the moment at which it is used up: gas, and the shares of the protocol's fee. */
const paidFrom = (
  { token, amount }: { readonly token: string; readonly amount: bigint },
  cause: "gas" | "protocol-fee",
  whose: Attribution & When,
): readonly LedgerEvent[] =>
  amount === 0n
    ? []
    : [
        { kind: "flow", time: whose.time, token, amount },
        { kind: "amount", cause, token, amount: -amount, ...whose },
      ];

const flowsOf = (fact: LogFact, { time }: When): readonly LedgerEvent[] => {
  if (fact.kind === "deposit") return [{ kind: "flow", time, token: fact.token, amount: fact.amount }];
  if (fact.kind !== "in-kind") return [];
  return fact.amounts
    .filter(([, amount]) => amount !== 0n)
    .map(([token, amount]) => ({ kind: "flow", time, token, amount: -amount }));
};

/** What one fact comes to. `now`: who acts at this place of the transaction; `before`: who acted last. */
const eventsOf = (
  fact: LogFact,
  { swaps, strangers }: Matched,
  { now, before, time }: When & { readonly now: Who; readonly before: Who },
): readonly LedgerEvent[] => {
  if (fact.kind === "swap") return swaps.includes(fact) ? [tradeOf(fact, now, { time })] : [];
  if (fact.kind === "fee") return paidFrom(fact, "protocol-fee", { ...before, venue: AT_HOME, time });
  const { kind } = fact;
  if (kind === "interest") {
    const { token, amount, venue, agent } = fact;
    return [{ kind: "amount", cause: "carry", time, token, amount, venue, agent, strategy: "lending" }];
  }
  if (kind !== "transfer" || !strangers.has(fact)) return flowsOf(fact, { time });
  const { token, amount, venue = AT_HOME } = fact;
  return [{ kind: "amount", cause: "transfer", time, token, amount, ...now, venue }];
};

/** From now on prices of what a change of holdings touched are this agent's. */
const allocationsOf = (swaps: readonly SwapFact[], who: Who, { time }: When): readonly LedgerEvent[] =>
  who.strategy !== "rebalance"
    ? []
    : [...new Set(swaps.flatMap(({ tokenIn, tokenOut }) => [tokenIn, tokenOut]))].map((token) => ({
        kind: "allocation",
        time,
        token,
        venue: AT_HOME,
        ...who,
      }));

/** The parts of a transaction that each end with an execution, and what comes after the last one. */
const partsOf = (facts: readonly LogFact[]): readonly (readonly LogFact[])[] => {
  const ends = facts.flatMap((fact, index) => (fact.kind === "execution" ? [index + 1] : []));
  return [0, ...ends].map((from, index) => facts.slice(from, ends[index] ?? facts.length));
};

/** The strategy of each proposal that a transaction carried out, by its hash. */
export const strategiesIn = (facts: readonly LogFact[]): ReadonlyMap<string, string> => {
  const { swaps } = matchTransfers(facts);
  return new Map(
    partsOf(facts).flatMap((part) => {
      const last = part.at(-1);
      if (last?.kind !== "execution") return [];
      const own = swaps.filter((swap) => part.includes(swap));
      return [[last.hash, strategyOf(part, own)] as const];
    }),
  );
};

const bookTransaction = (
  { facts, gasPaid }: TransactionFacts,
  gasPrice: bigint | undefined,
  { time }: When,
): readonly LedgerEvent[] => {
  const matched = matchTransfers(facts);
  const events: LedgerEvent[] = [];
  let before = NOBODY;
  for (const part of partsOf(facts)) {
    const last = part.at(-1);
    const swaps = matched.swaps.filter((swap) => part.includes(swap));
    const now = last?.kind === "execution" ? { agent: last.agent, strategy: strategyOf(part, swaps) } : NOBODY;
    for (const fact of part) events.push(...eventsOf(fact, matched, { now, before, time }));
    events.push(...allocationsOf(swaps, now, { time }));
    if (last?.kind === "execution") before = now;
  }
  const isActed = facts.some(({ kind }) => kind === "execution");
  if (gasPrice === undefined || !isActed) return events;
  return [...events, ...paidFrom({ token: GAS_TOKEN, amount: gasPaid }, "gas", { ...before, venue: "chain", time })];
};

/**
 * Turns a block into the ledger's events: all of it is valued at the block's own last prices. Gas counts where a proposal was carried
 * out; a transaction's gas belongs to the last proposal in it. A fee is charged to the execution before it in the same transaction.
 */
export const bookBlock = ({ time, prices, gasPrice, transactions, balances }: BlockFacts): readonly LedgerEvent[] => [
  ...[...prices].map(([token, price]): LedgerEvent => ({ kind: "price", time, token, price })),
  ...(gasPrice === undefined ? [] : [{ kind: "price", time, token: GAS_TOKEN, price: gasPrice } as const]),
  ...transactions.flatMap((transaction) => bookTransaction(transaction, gasPrice, { time })),
  ...(balances === undefined ? [] : [{ kind: "observed", time, balances } as const]),
];
