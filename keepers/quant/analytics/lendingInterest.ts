import { RAY, rayDiv, rayMul } from "../../market/lending/ray.ts";
import type { BlockFacts, LogFact, TransactionFacts } from "./facts.ts";

/*
 * The interest of lending positions by the market's own index and its own rounding (Aave v3: half up). It is computed from what moved
 * and from the index alone, and never from what a position is worth, so that a wrong one shows in the balances.
 */

/** A position. `scaled`: what it holds, divided by the index; `agent`: who moved it last, and earns its interest. */
type Position = { readonly scaled: bigint; readonly index: bigint; readonly agent: string; readonly venue: string };

type Move = Extract<LogFact, { readonly kind: "position" }>;
type Interest = Extract<LogFact, { readonly kind: "interest" }>;

const NOBODY = "none";

/** What a position earned since it was last looked at. */
const accrued = ({ scaled, index }: Position, now: bigint): bigint => rayMul(scaled, now) - rayMul(scaled, index);

const scaledBy = (amount: bigint, index: bigint): bigint =>
  amount < 0n ? -rayDiv(-amount, index) : rayDiv(amount, index);

/** The position after a move, and the units that the market rounds its worth by. */
const moved = (before: Position, { amount, index, venue }: Move, agent: string) => {
  const scaled = before.scaled + scaledBy(amount, index);
  const rounding = rayMul(scaled, index) - rayMul(before.scaled, index) - amount;
  return { after: { scaled, index, agent, venue }, rounding };
};

const interestOf = (token: string, { agent, venue }: Position, amount: bigint): readonly Interest[] =>
  amount === 0n ? [] : [{ kind: "interest", token, amount, venue, agent }];

/** The transfers by which a transaction's moves were paid, each with the market that it went into or came out of. */
const paymentsOf = (facts: readonly LogFact[]): ReadonlyMap<LogFact, string> => {
  const payments = new Map<LogFact, string>();
  for (const move of facts) {
    if (move.kind !== "position") continue;
    const payment = facts.find(
      (fact) => fact.kind === "transfer" && fact.amount === -move.amount && !payments.has(fact),
    );
    if (payment !== undefined) payments.set(payment, move.venue);
  }
  return payments;
};

/** Resolves one move; `positions` is brought up to date. */
const resolveMove = (positions: Map<string, Position>, move: Move, agent: string): readonly LogFact[] => {
  const { token, amount, index, venue } = move;
  const before = positions.get(token) ?? { scaled: 0n, index: RAY, agent, venue };
  const { after, rounding } = moved(before, move, agent);
  positions.set(token, after);
  return [
    ...interestOf(token, before, accrued(before, index)),
    { kind: "transfer", token, amount, venue },
    ...interestOf(token, after, rounding),
  ];
};

/** Resolves the moves of one transaction; `positions` is brought up to date. */
const resolve = (positions: Map<string, Position>, { facts, ...transaction }: TransactionFacts): TransactionFacts => {
  const agent = facts.findLast((fact) => fact.kind === "execution")?.agent ?? NOBODY;
  const payments = paymentsOf(facts);
  const resolved = facts.flatMap((fact): readonly LogFact[] => {
    if (fact.kind === "position") return resolveMove(positions, fact, agent);
    const venue = payments.get(fact);
    return [fact.kind === "transfer" && venue !== undefined ? { ...fact, venue } : fact];
  });
  return { ...transaction, facts: resolved };
};

/** What positions earned up to the end of a block. */
const accrue = (positions: Map<string, Position>, indexes: ReadonlyMap<string, bigint>): readonly Interest[] =>
  [...indexes].flatMap(([token, index]) => {
    const before = positions.get(token);
    if (before === undefined) return [];
    positions.set(token, { ...before, index });
    return interestOf(token, before, accrued(before, index));
  });

/** A history in which moves of lending positions are transfers and interest, and positions have earned up to each block's end. */
export const withInterest = (blocks: readonly BlockFacts[]): readonly BlockFacts[] => {
  const positions = new Map<string, Position>();
  return blocks.map((block) => {
    const transactions = block.transactions.map((transaction) => resolve(positions, transaction));
    const facts = accrue(positions, block.indexes ?? new Map());
    return { ...block, transactions: facts.length === 0 ? transactions : [...transactions, { gasPaid: 0n, facts }] };
  });
};
