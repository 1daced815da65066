import { at, dot, matrixOf } from "./matrix.ts";
import type { Rows } from "./solver/program.ts";

/** Assets whose weights together have an upper limit: a protocol's, an issuer's, or all that cannot be sold at once. */
export type AssetGroup = {
  readonly kind: "protocol" | "issuer" | "illiquid";
  readonly name: string;
  readonly members: readonly number[];
  readonly mostBps: number;
};

/** What an allocation must keep to. All weights are at least zero and sum to one; limits in whole basis points. */
export type Limits = {
  readonly capsBps: readonly number[];
  readonly groups: readonly AssetGroup[];
  /** The least expected return of one period. */
  readonly returnFloor?: number;
};

/** One limit as a row `row · weights ≤ right`, with the words for it. */
export type LimitRow = { readonly words: string; readonly row: Float64Array; readonly right: number };

const BPS = 10_000;
export const BUDGET = "all weights sum to 100 %";

const percent = (bps: number): string => `${bps / 100} %`;

const groupWords = ({ kind, name, mostBps }: AssetGroup): string =>
  kind === "illiquid"
    ? `the illiquid share (${name}) is at most ${percent(mostBps)}`
    : `${kind} ${name} is at most ${percent(mostBps)}`;

/** What is wrong with limits themselves; undefined for usable ones. */
export const limitFault = ({ capsBps, groups }: Limits, assets: readonly string[]): string | undefined => {
  if (capsBps.length !== assets.length) return `${capsBps.length} caps for ${assets.length} assets`;
  const isShare = (bps: number): boolean => Number.isInteger(bps) && bps >= 0 && bps <= BPS;
  const cap = capsBps.findIndex((bps) => !isShare(bps));
  if (cap !== -1) return `the cap of ${assets[cap] ?? ""} is no whole number of basis points from 0 to ${BPS}`;
  const group = groups.find(
    ({ members, mostBps }) => !isShare(mostBps) || members.some((i) => assets[i] === undefined),
  );
  return group === undefined ? undefined : `${group.kind} ${group.name} has an unknown member or limit`;
};

/** All limits as rows, in words. */
export const limitRows = (
  { capsBps, groups, returnFloor }: Limits,
  assets: readonly string[],
  means: Float64Array,
): readonly LimitRow[] => {
  const unit = (index: number, value: number): Float64Array => {
    const row = new Float64Array(assets.length);
    row[index] = value;
    return row;
  };
  const floor =
    returnFloor === undefined
      ? []
      : [
          {
            words: `the expected return is at least ${returnFloor} a period`,
            row: means.map((mean) => -mean),
            right: -returnFloor,
          },
        ];
  return [
    ...assets.map((name, i) => ({ words: `${name} is at least 0 %`, row: unit(i, -1), right: 0 })),
    ...capsBps.map((bps, i) => ({
      words: `${assets[i] ?? ""} is at most ${percent(bps)}`,
      row: unit(i, 1),
      right: bps / BPS,
    })),
    ...groups.map((group) => {
      const row = new Float64Array(assets.length);
      for (const member of group.members) row[member] = 1;
      return { words: groupWords(group), row, right: group.mostBps / BPS };
    }),
    ...floor,
  ];
};

/** The limits' rows for a solver, over the weights and so many further variables. */
export const rowsFor = (rows: readonly LimitRow[], size: number, extra: number): Rows => ({
  matrix: matrixOf(
    rows.map(({ row }) => [...row, ...new Float64Array(extra)]),
    size + extra,
  ),
  right: Float64Array.from(rows, ({ right }) => right),
});

/** The same for weights of any sum: each row holds in proportion to that sum. */
export const proportionalRows = (rows: readonly LimitRow[], size: number, extra: number): Rows => ({
  matrix: matrixOf(
    rows.map(({ row, right }) => [...row.map((value) => value - right), ...new Float64Array(extra)]),
    size + extra,
  ),
  right: new Float64Array(rows.length),
});

/** The words of the limits that weights break by more than `tolerance`. */
export const brokenLimits = (rows: readonly LimitRow[], weights: Float64Array, tolerance: number): readonly string[] =>
  rows.filter(({ row, right }) => dot(row, weights) > right + tolerance).map(({ words }) => words);

/**
 * Weights as whole basis points that sum to 10,000: each rounded down, and the rest given to the largest remainders that have
 * room under every cap and group; undefined where there is none. The floor of the return may be missed by the rounding.
 */
export const toBasisPoints = (weights: Float64Array, { capsBps, groups }: Limits): readonly number[] | undefined => {
  const exact = weights.map((weight) => Math.max(0, weight) * BPS);
  const points = Array.from(exact, (value, i) => Math.min(Math.floor(value + 1e-6), capsBps[i] ?? 0));
  const used = (members: readonly number[]): number => members.reduce((sum, i) => sum + (points[i] ?? 0), 0);
  const hasRoom = (asset: number): boolean =>
    (points[asset] ?? 0) < (capsBps[asset] ?? 0) &&
    groups.every(({ members, mostBps }) => !members.includes(asset) || used(members) < mostBps);
  let left = BPS - points.reduce((sum, value) => sum + value, 0);
  const order = points
    .map((_, i) => i)
    .sort((a, b) => remainder(exact, points, b) - remainder(exact, points, a) || a - b);
  while (left > 0) {
    const before = left;
    for (const asset of order) {
      if (left === 0 || !hasRoom(asset)) continue;
      points[asset] = (points[asset] ?? 0) + 1;
      left -= 1;
    }
    if (left === before) return undefined;
  }
  return left === 0 ? points : undefined;
};

const remainder = (exact: Float64Array, points: readonly number[], asset: number): number =>
  at(exact, asset) - (points[asset] ?? 0);
