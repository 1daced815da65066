import { type ChainSnapshot, valueAt } from "../../core/chainSnapshot.ts";
import { minOf } from "../../core/integers.ts";
import type { Address } from "../../core/units.ts";
import { type PriceWindow, tableOf } from "../priceWindow.ts";
import type { PriceTable } from "../returns.ts";
import { ONE_MINUTE, createRiskFilter } from "./filtered.ts";

/**
 * How large a position may be by its risk. The value at risk of the next sample at 99 % of a position is to be at most `budgetPips`
 * millionths of the treasury's value. `rows`: how many returns it is simulated from. `toleranceBps`: how far above the limit a reviewer
 * still votes for, so that two who saw a price at different moments do not split.
 */
export type SizingPolicy = {
  readonly budgetPips: bigint;
  readonly toleranceBps: bigint;
  readonly sampleSeconds: bigint;
  readonly rows: number;
};

const SAMPLE_SECONDS = 60n;

/** The policy of a budget that an operator sets, by the minute; undefined for a budget of zero, which is none. */
export const sizingOf = (budgetPips: bigint, toleranceBps = 0n): SizingPolicy | undefined =>
  budgetPips === 0n ? undefined : { budgetPips, toleranceBps, sampleSeconds: SAMPLE_SECONDS, rows: ONE_MINUTE.window };

/** The most that a position may be worth, in USD with 18 decimals at the upper price, and the value at risk that says so. */
export type SizeLimit =
  | { readonly kind: "limit"; readonly mostUsd: bigint; readonly riskPips: bigint }
  | { readonly kind: "unknown"; readonly why: string };

const LEVEL = 0.99;
const PIPS = 1_000_000;
const BPS = 10_000n;

/** Log returns of one column, between neighbours alone: a missing sample is no return of zero, and the way across it is none either. */
const logReturnsOf = ({ times, prices, stepSeconds }: PriceTable, column: number): readonly number[] =>
  times.slice(1).flatMap((time, before) => {
    const [first, second] = [prices[before]?.[column] ?? 0, prices[before + 1]?.[column] ?? 0];
    const isNeighbour = time - (times[before] ?? time) === stepSeconds;
    return isNeighbour && first > 0 && second > 0 ? [Math.log(second / first)] : [];
  });

/** The value at risk of the next sample in millionths of a position, rounded up; undefined until there are enough returns. */
const riskPipsOf = (window: PriceWindow, token: Address, { sampleSeconds, rows }: SizingPolicy): bigint | undefined => {
  const column = window.tokens.indexOf(token);
  if (column === -1) return undefined;
  const filter = createRiskFilter({ ...ONE_MINUTE, window: rows });
  for (const change of logReturnsOf(tableOf(window, { sampleSeconds, rows: 2 * rows }), column)) filter.push(change);
  const risk = filter.atRisk(LEVEL, "long")?.valueAtRisk;
  return risk === undefined ? undefined : BigInt(Math.max(1, Math.ceil(risk * PIPS)));
};

/**
 * The most that a token may be of a treasury. Proposers size by it before they propose, and reviewers vote by it: one function, whole
 * numbers. Pure and total.
 */
export const sizeLimit = (
  { window, view }: { readonly window: PriceWindow; readonly view: Pick<ChainSnapshot, "tokens"> },
  token: Address,
  policy: SizingPolicy,
): SizeLimit => {
  const riskPips = riskPipsOf(window, token, policy);
  if (riskPips === undefined) return { kind: "unknown", why: `fewer than ${policy.rows} returns were seen` };
  const total = view.tokens.reduce((sum, state) => sum + valueAt(state, state.balance, state.price.middle), 0n);
  return { kind: "limit", riskPips, mostUsd: minOf((total * policy.budgetPips) / riskPips, total) };
};

/** Whether a position is larger than a reviewer lets pass. */
export const isTooLarge = (worthUsd: bigint, mostUsd: bigint, { toleranceBps }: SizingPolicy): boolean =>
  worthUsd * BPS > mostUsd * (BPS + toleranceBps);

/** What a reviewer says of a position that is too large, so that a proposer can take it up. USD with 18 decimals. */
export const tooLargeWords = (token: Address, worthUsd: bigint, mostUsd: bigint): string =>
  `${token}: ${worthUsd}, at most ${mostUsd}`;

const TOO_LARGE = /^(0x[0-9a-f]{40}): \d{1,78}, at most (\d{1,78})$/;

/** What a reviewer lets be of a token by his own words; undefined where they say something else. */
export const mostByWords = (words: string, token: Address): bigint | undefined => {
  const [, named, most] = TOO_LARGE.exec(words) ?? [];
  return named === token && most !== undefined ? BigInt(most) : undefined;
};
