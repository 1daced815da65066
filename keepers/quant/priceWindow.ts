import type { ChainSnapshot } from "../core/chainSnapshot.ts";
import type { Address } from "../core/units.ts";
import type { PriceTable } from "./returns.ts";

/** The oracles' middle prices of some tokens at one sample: its number since the epoch, and one price each. */
export type PriceRow = { readonly sample: bigint; readonly prices: readonly bigint[] };

/**
 * Prices that were seen, oldest first, in chunks: a full chunk never changes again, so that decisions that follow each other share
 * all but the newest one.
 */
export type PriceWindow = {
  readonly tokens: readonly Address[];
  readonly chunks: readonly (readonly PriceRow[])[];
};

const CHUNK_ROWS = 60;

/** A window in which nothing was seen yet. */
export const emptyWindow = (tokens: readonly Address[]): PriceWindow => ({ tokens, chunks: [] });

const rowOf = ({ tokens }: PriceWindow, view: ChainSnapshot, sample: bigint): PriceRow | undefined => {
  const prices = tokens.map((token) => view.tokens.find((state) => state.token === token));
  const known = prices.flatMap((state) => (state?.status === "Ready" ? [state.price.middle] : []));
  return known.length === tokens.length ? { sample, prices: known } : undefined;
};

/**
 * The window once a block was seen: the first block of each sample counts. A sample in which a price was missing is left out, and no
 * price is carried over.
 * @param terms seconds from one sample to the next, and how many samples are kept at the least
 */
export const observed = (
  window: PriceWindow,
  view: ChainSnapshot,
  { sampleSeconds, rows }: { readonly sampleSeconds: bigint; readonly rows: number },
): PriceWindow => {
  const sample = view.time / sampleSeconds;
  const last = window.chunks.at(-1) ?? [];
  if ((last.at(-1)?.sample ?? -1n) >= sample) return window;
  const row = rowOf(window, view, sample);
  if (row === undefined) return window;
  const isFull = last.length >= CHUNK_ROWS;
  const chunks =
    isFull || last.length === 0 ? [...window.chunks, [row]] : [...window.chunks.slice(0, -1), [...last, row]];
  const kept = Math.ceil(rows / CHUNK_ROWS) + 1;
  return { tokens: window.tokens, chunks: chunks.slice(-kept) };
};

/** How many samples a window holds. */
export const rowsIn = ({ chunks }: PriceWindow): number => chunks.reduce((sum, chunk) => sum + chunk.length, 0);

/** The newest rows as a table of prices. */
export const tableOf = (
  { tokens, chunks }: PriceWindow,
  { sampleSeconds, rows }: { readonly sampleSeconds: bigint; readonly rows: number },
): PriceTable => {
  const all = chunks.flat().slice(-rows);
  return {
    assets: tokens,
    stepSeconds: Number(sampleSeconds),
    times: all.map(({ sample }) => Number(sample * sampleSeconds)),
    prices: all.map(({ prices }) => prices.map((price) => Number(price) / 1e18)),
  };
};
