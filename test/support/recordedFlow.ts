import { recordedDays } from "./marketPaths.ts";

const HEADER =
  "timestamp,netAmount0,netAmount1,closeTick,openTick,lowestTick,highestTick,inAmount0,inAmount1,currentLiquidity";
/** The liquidity that the flow is reckoned with: about what the recorded pool had. */
const LIQUIDITY = 2_000_000_000_000_000_000n;

/** √(USDC per WETH) falls as ticks rise: token0 is USDC, in units of 10⁻⁶. */
const rootAt = (tick: number): number => Math.exp((tick * Math.log(1.0001)) / 2);

/** What moves a pool of that liquidity from one tick to another: the change of its two tokens, in raw units. */
const flowBetween = (before: number, after: number): readonly [usdc: bigint, weth: bigint] => {
  const size = Number(LIQUIDITY);
  const usdc = size * (1 / rootAt(after) - 1 / rootAt(before));
  const weth = size * (rootAt(after) - rootAt(before));
  return [BigInt(Math.round(usdc)), BigInt(Math.round(weth))];
};

/** A file in the form of recorded minutes whose closing ticks are these; the flow is what moves a pool by them. */
export const flowCsv = (date: string, ticks: readonly number[]): string => {
  const rows = ticks.map((tick, minute) => {
    const before = ticks[minute - 1] ?? tick;
    const [usdc, weth] = flowBetween(before, tick);
    const paid = [usdc, weth].map((amount) => (amount > 0n ? amount : 0n));
    const time = new Date(Date.parse(`${date}T00:00:00Z`) + minute * 60_000).toISOString();
    const stamp = time.slice(0, 19).replace("T", " ");
    return [stamp, usdc, weth, tick, before, Math.min(tick, before), Math.max(tick, before), ...paid, LIQUIDITY].join(
      ",",
    );
  });
  return [HEADER, ...rows].join("\n");
};

/**
 * A file in the form of recorded minutes, from the recorded closing ticks of a day: prices are those of that day, and the flow is
 * what moves a pool by them.
 * @param day which of the recorded days; `minutes`: how many of it from the first on
 */
export const recordedCsv = (day: number, minutes: number): string => {
  const found = recordedDays()[day];
  if (found === undefined) throw new RangeError(`no recorded day ${day}`);
  return flowCsv(found.date, found.ticks.slice(0, minutes));
};
