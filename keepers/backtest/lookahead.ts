import type { Random } from "../core/random.ts";
import type { MarketBlock } from "./market.ts";

/** One decision of a run, by the block that it was made in and the hash of its record. */
export type Trace = { readonly block: bigint; readonly hash: string };

/** A cut after which the future was another, and the first decision before it that changed with it; undefined where none did. */
export type CutResult = { readonly cut: number; readonly changed: bigint | undefined };

const PARTS = 1_000_000;
/** A scrambled price lies within a quarter of the true one. */
const REACH = 250_000;

const scaled = (value: bigint, random: Random): bigint =>
  (value * BigInt(PARTS - REACH + Math.floor(random.uniform() * 2 * REACH))) / BigInt(PARTS);

/**
 * The same market up to and with block number `cut`, counted from one, and another one after it: prices and fees that never were,
 * and strangers who come at other times. Times stay as they are.
 */
export const scrambledAfter = (blocks: readonly MarketBlock[], cut: number, random: Random): readonly MarketBlock[] => {
  const future = blocks.slice(cut);
  return [
    ...blocks.slice(0, cut),
    ...future.map((block) => ({
      ...block,
      baseFee: scaled(block.baseFee, random),
      prices: new Map([...block.prices].map(([token, price]) => [token, scaled(price, random)])),
      strangers: future[Math.floor(random.uniform() * future.length)]?.strangers ?? [],
    })),
  ];
};

/**
 * So many cuts at even distances, none at the very end, each at a block in which agents have their rounds: what knows the block after
 * it is only seen there.
 */
export const evenCuts = (blocks: readonly MarketBlock[], count: number): readonly number[] => {
  const watched = blocks.flatMap(({ isWatched }, index) => (isWatched ? [index + 1] : []));
  const at = (index: number): number => Math.floor(((index + 1) * watched.length) / (count + 1));
  return Array.from({ length: count }, (_, index) => watched[at(index)] ?? 1);
};

const firstChanged = (before: readonly Trace[], after: readonly Trace[], cut: number): bigint | undefined => {
  const upTo = (traces: readonly Trace[]) => traces.filter(({ block }) => block <= BigInt(cut));
  const [left, right] = [upTo(before), upTo(after)];
  const [longer, other] = left.length > right.length ? [left, right] : [right, left];
  return longer.find(({ hash }, index) => hash !== other[index]?.hash)?.block;
};

/**
 * Whether decisions know the future. A run is made again for each cut, on a market that is the same up to the cut and another
 * after it, and every decision up to the cut must be the same bytes. What uses anything of later blocks is found as soon as that
 * changes what it decides or says that it saw.
 * @param run plays a market up to and with block `until`, and answers its decisions; it makes a new fleet, and may show it
 *   the whole market, as a policy that was fitted to a file has seen the whole file
 */
export async function* lookahead(
  blocks: readonly MarketBlock[],
  {
    cuts,
    random,
    run,
  }: {
    readonly cuts: readonly number[];
    readonly random: Random;
    readonly run: (market: readonly MarketBlock[], until: number) => Promise<readonly Trace[]>;
  },
): AsyncGenerator<CutResult, void> {
  const whole = await run(blocks, Math.max(0, ...cuts));
  for (const cut of cuts) {
    const again = await run(scrambledAfter(blocks, cut, random), cut);
    yield { cut, changed: firstChanged(whole, again, cut) };
  }
}
