import { type ContributionRule, type LedgerView, contributionsOf } from "./contributions.ts";
import type { Attribution, Contribution, LedgerEvent, Result } from "./events.ts";
import { type Performance, createPerformance } from "./performance.ts";

/** A result by agent, strategy, venue and cause, in 10⁻³⁶ dollars. */
export type ResultRow = Result;

/** What a token's value is more than its flows and results, in 10⁻³⁶ dollars: zero, or a cause was computed wrongly. */
export type ValueResidual = { readonly token: string; readonly residual: bigint };

/** How a token's observed balance differs from what its events come to. */
export type TokenResidual = { readonly token: string; readonly observed: bigint; readonly expected: bigint };

/**
 * What a treasury's events come to, in 10⁻³⁶ dollars. `residual` is the net value less flows and results: zero, or a cause was
 * computed wrongly; `valueResiduals` the same for every token. `balances` in the tokens' units. `tokenResiduals`: tokens whose balance on the chain was another at the last observation.
 */
export type LedgerReport = {
  readonly netValue: bigint;
  readonly flows: bigint;
  readonly results: bigint;
  readonly residual: bigint;
  readonly rows: readonly ResultRow[];
  readonly valueResiduals: readonly ValueResidual[];
  readonly balances: ReadonlyMap<string, bigint>;
  readonly tokenResiduals: readonly TokenResidual[];
  /** What only holding what depositors brought would be worth: the first benchmark. */
  readonly holdValue: bigint;
  readonly performance: Performance;
};

export type Ledger = {
  readonly apply: (event: LedgerEvent) => void;
  readonly report: () => LedgerReport;
  readonly resultOf: (dimension: keyof Attribution | "cause") => ReadonlyMap<string, bigint>;
};

const MAX_DECIMALS = 18;
const NOBODY: Attribution = { agent: "none", strategy: "idle", venue: "treasury" };

const addTo = <K>(map: Map<K, bigint>, key: K, amount: bigint): void =>
  void map.set(key, (map.get(key) ?? 0n) + amount);

const sumOf = (values: Iterable<bigint>): bigint => {
  let total = 0n;
  for (const value of values) total += value;
  return total;
};

/** How an event changes balances. */
const balanceChanges = (event: LedgerEvent): readonly (readonly [token: string, amount: bigint])[] => {
  if (event.kind === "flow" || event.kind === "amount") return [[event.token, event.amount]];
  if (event.kind !== "trade") return [];
  return [
    [event.tokenIn, -event.amountIn],
    [event.tokenOut, event.amountOut],
  ];
};

/** The factor that makes an amount times a price a number of 10⁻³⁶ dollars. @throws RangeError for unknown or longer tokens */
const scaleOf = (decimals: ReadonlyMap<string, number>, token: string): bigint => {
  const own = decimals.get(token);
  if (own === undefined) throw new RangeError(`the token ${token} has no known decimals`);
  if (own > MAX_DECIMALS) throw new RangeError(`the token ${token} has ${own} decimals, more than ${MAX_DECIMALS}`);
  return 10n ** BigInt(MAX_DECIMALS - own);
};

/** Who did what, where and by which cause, as one key that a map can hold. */
const keyOf = ({ agent, strategy, venue, cause }: Result): string => JSON.stringify([agent, strategy, venue, cause]);

type Book = {
  readonly balances: Map<string, bigint>;
  readonly brought: Map<string, bigint>;
  readonly prices: Map<string, bigint>;
  readonly allocations: Map<string, Attribution>;
  readonly rows: Map<string, ResultRow>;
  /** Flows and results of each token, in 10⁻³⁶ dollars. */
  readonly accounted: Map<string, bigint>;
};

/** @throws RangeError before a token's first price: a value of zero would turn into a gain later */
const priceOf = ({ prices }: Book, token: string): bigint => {
  const price = prices.get(token);
  if (price === undefined) throw new RangeError(`the token ${token} has no price yet`);
  return price;
};

const viewOf = (book: Book, decimals: ReadonlyMap<string, number>): LedgerView => {
  const valueAt = (token: string, amount: bigint, price: bigint): bigint => amount * price * scaleOf(decimals, token);
  return {
    balanceOf: (token) => book.balances.get(token) ?? 0n,
    valueAt,
    valueOf: (token, amount) => (amount === 0n ? 0n : valueAt(token, amount, priceOf(book, token))),
    allocationOf: (token) => book.allocations.get(token) ?? NOBODY,
  };
};

/** Writes down what an event says beyond its amounts. */
const note = (book: Book, event: LedgerEvent): void => {
  if (event.kind === "price") book.prices.set(event.token, event.price);
  if (event.kind === "flow") addTo(book.brought, event.token, event.amount);
  if (event.kind !== "allocation") return;
  const { agent, strategy, venue } = event;
  book.allocations.set(event.token, { agent, strategy, venue });
};

const residualsOf = (book: Book, observed: ReadonlyMap<string, bigint>): readonly TokenResidual[] =>
  [...new Set([...observed.keys(), ...book.balances.keys()])]
    .map((token) => ({ token, observed: observed.get(token) ?? 0n, expected: book.balances.get(token) ?? 0n }))
    .filter((one) => one.observed !== one.expected);

const emptyBook = (): Book => ({
  balances: new Map(),
  brought: new Map(),
  prices: new Map(),
  allocations: new Map(),
  rows: new Map(),
  accounted: new Map(),
});

const credit = (book: Book, { token, ...result }: Contribution): void => {
  const key = keyOf(result);
  const before = book.rows.get(key)?.value ?? 0n;
  book.rows.set(key, { ...result, value: before + result.value });
  addTo(book.accounted, token, result.value);
};

/** Every token that ever had a balance, a flow or a result, with what is left over of it. */
const valueResidualsOf = ({ balances, accounted }: Book, { valueOf }: LedgerView): readonly ValueResidual[] =>
  [...new Set([...balances.keys(), ...accounted.keys()])].map((token) => ({
    token,
    residual: valueOf(token, balances.get(token) ?? 0n) - (accounted.get(token) ?? 0n),
  }));

const valueOfAll = (amounts: ReadonlyMap<string, bigint>, { valueOf }: LedgerView): bigint =>
  sumOf([...amounts].map(([token, amount]) => valueOf(token, amount)));

/** What a flow is worth now; it is accounted for. */
const flowed = (
  book: Book,
  { valueOf }: LedgerView,
  { token, amount }: Extract<LedgerEvent, { kind: "flow" }>,
): bigint => {
  const value = valueOf(token, amount);
  addTo(book.accounted, token, value);
  return value;
};

const valuesOf = (
  book: Book,
  view: LedgerView,
  flows: bigint,
): Omit<LedgerReport, "tokenResiduals" | "performance"> => {
  const netValue = valueOfAll(book.balances, view);
  const rows = [...book.rows.values()].filter(({ value }) => value !== 0n);
  const results = sumOf(rows.map(({ value }) => value));
  return {
    netValue,
    flows,
    results,
    residual: netValue - flows - results,
    rows,
    valueResiduals: valueResidualsOf(book, view),
    balances: new Map(book.balances),
    holdValue: valueOfAll(book.brought, view),
  };
};

const sumBy = (book: Book, dimension: keyof Attribution | "cause"): ReadonlyMap<string, bigint> => {
  const sums = new Map<string, bigint>();
  for (const row of book.rows.values()) if (row.value !== 0n) addTo(sums, row[dimension], row.value);
  return sums;
};

/**
 * A fold over a treasury's events, one at a time. Results are added up from their own events; the net value is computed from
 * balances and prices alone, and the two must agree to the last unit.
 * @param decimals of each token, at most 18
 * @param rule the contributions of an event; another one only in tests
 */
export const createLedger = (
  decimals: ReadonlyMap<string, number>,
  rule: ContributionRule = contributionsOf,
): Ledger => {
  const book = emptyBook();
  const view = viewOf(book, decimals);
  const performance = createPerformance();
  let flows = 0n;
  let tokenResiduals: readonly TokenResidual[] = [];
  const apply = (event: LedgerEvent): void => {
    for (const contribution of rule(event, view)) credit(book, contribution);
    if (event.kind === "flow") {
      const value = flowed(book, view, event);
      performance.flow(event.time, value, valueOfAll(book.balances, view));
      flows += value;
    }
    for (const [token, amount] of balanceChanges(event)) addTo(book.balances, token, amount);
    note(book, event);
    if (event.kind === "observed") tokenResiduals = residualsOf(book, event.balances);
    performance.passed(event.time);
  };
  const report = (): LedgerReport => {
    const values = valuesOf(book, view, flows);
    return { ...values, tokenResiduals, performance: performance.report(values.netValue) };
  };
  return { apply, report, resultOf: (dimension) => sumBy(book, dimension) };
};
