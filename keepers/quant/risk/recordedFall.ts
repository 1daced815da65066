import type { PriceTable } from "../returns.ts";
import type { Scenario } from "./stress.ts";

const HOUR_SECONDS = 3_600;

type Stretch = { readonly from: number; readonly to: number };

const changeOf = ({ prices }: PriceTable, asset: number, { from, to }: Stretch): number =>
  (prices[to]?.[asset] ?? 0) / (prices[from]?.[asset] ?? 1) - 1;

/** Each two rows that lie at most an hour apart, the older first. */
function* stretches({ times }: PriceTable): Generator<Stretch, void> {
  let oldest = 0;
  for (const [to, time] of times.entries()) {
    while (time - (times[oldest] ?? time) > HOUR_SECONDS) oldest += 1;
    for (let from = oldest; from < to; from += 1) yield { from, to };
  }
}

/** The stretch in which the asset fell most; undefined where it never did. */
const worstOf = (table: PriceTable, asset: number): Stretch | undefined => {
  let worst: { readonly change: number; readonly stretch: Stretch | undefined } = { change: 0, stretch: undefined };
  for (const stretch of stretches(table)) {
    const change = changeOf(table, asset, stretch);
    if (change < worst.change) worst = { change, stretch };
  }
  return worst.stretch;
};

/**
 * The worst hour of a table of prices as a scenario: the stretch of at most an hour in which any one asset fell most, with what
 * all others did in it. Changes are rounded down to whole basis points. Undefined where nothing fell within an hour.
 */
export const recordedFall = (table: PriceTable): Scenario | undefined => {
  const falls = table.assets.flatMap((_, asset) => {
    const stretch = worstOf(table, asset);
    return stretch === undefined ? [] : [{ stretch, change: changeOf(table, asset, stretch) }];
  });
  const [worst] = falls.sort((a, b) => a.change - b.change);
  if (worst === undefined) return undefined;
  const shocks = table.assets.map(
    (asset, i) => [asset, BigInt(Math.floor(changeOf(table, i, worst.stretch) * 10_000))] as const,
  );
  return {
    name: "recorded",
    words: "the worst hour of the recorded prices",
    shocksBps: Object.fromEntries(shocks),
    depthDivisor: 1n,
    blocked: [],
    gasFactor: 1n,
    carryBps: 0n,
  };
};
