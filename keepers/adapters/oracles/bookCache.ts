import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { telling } from "../../core/envelope/trouble.ts";
import { type VolatilityBook, KEPT_SECONDS } from "../../market/prices/volatilityBook.ts";
import { type TimedBar, timedBar } from "../../market/prices/volatilityIndex.ts";
import { openLink } from "../bus/link.ts";

/** What is kept over a restart: the bars, and which assets are measured on their market. */
export type KeptBook = { readonly book: VolatilityBook; readonly traded: readonly string[] };

/** A cache of the operator's own. Whatever the server does, nothing throws and nobody waits for long. */
export type BookCache = {
  /** What an earlier life kept; undefined where there is none, it is none, or the server does not answer. */
  readonly load: () => Promise<KeptBook | undefined>;
  /** Keeps it, at most once a minute. */
  readonly keep: (kept: KeptBook) => void;
  readonly close: () => void;
};

export type BookCacheOptions = {
  /** Of the operator's own server. */
  readonly url: string;
  readonly prefix: string;
  readonly chainId: bigint;
  readonly agent: string;
  readonly nowMs: () => number;
  readonly onTrouble: (what: string) => void;
};

const EVERY_MS = 60_000;
const OPENING_MS = 2_000;
const POLL_MS = 50;

const positive = z.number().positive();
const barShape = z
  .tuple([z.int(), z.int().nonnegative(), positive, positive, positive, positive])
  .refine(([, , open, high, low, close]) => low <= Math.min(open, close) && high >= Math.max(open, close));
const barsShape = z.array(barShape).max(1_000);
const keptShape = z.strictObject({
  bars: z.array(z.tuple([z.string(), barsShape])).max(1_000),
  bookBars: barsShape,
  level: positive,
  traded: z.array(z.string()).max(1_000),
});

const rowOf = ({ start, steps, open, high, low, close }: TimedBar) => [start, steps, open, high, low, close] as const;
const barsOf = (rows: z.output<typeof barsShape>): readonly TimedBar[] =>
  rows.map(([start, steps, open, high, low, close]) => timedBar({ start, steps, open, high, low, close }));

/** A book as text. The prices of the last step are left out: what happened since then is no step. */
export const writeBook = ({ book, traded }: KeptBook): string =>
  JSON.stringify({
    bars: [...book.bars].map(([asset, bars]) => [asset, bars.map(rowOf)]),
    bookBars: book.bookBars.map(rowOf),
    level: book.level,
    traded,
  });

/** Reads what `writeBook` wrote; undefined for anything else. */
export const readBook = (text: string): KeptBook | undefined => {
  try {
    const { bars, bookBars, level, traded } = keptShape.parse(JSON.parse(text));
    const all = new Map(bars.map(([asset, rows]) => [asset, barsOf(rows)] as const));
    return { book: { bars: all, bookBars: barsOf(bookBars), level, prices: new Map() }, traded };
  } catch {
    return undefined;
  }
};

/** Opens the cache of one monitor. */
export const openBookCache = (options: BookCacheOptions): BookCache => {
  const { url, prefix, chainId, agent, nowMs, onTrouble } = options;
  const key = `{${prefix}:${chainId}}:volatility:${agent}`;
  const told = telling(onTrouble);
  const link = openLink({
    url,
    key,
    name: "nexus-monitor",
    isBatching: false,
    random: Math.random,
    onUp: told.well,
    onTrouble: ({ what, isAbsence }) =>
      told.trouble({ what: what.replace(/; agents go on.*$/, "; without it a restart forgets the bars"), isAbsence }),
  });
  let keptMs = nowMs();
  const isUp = async (): Promise<boolean> => {
    for (let waited = 0; !link.isUp() && waited < OPENING_MS; waited += POLL_MS) await sleep(POLL_MS);
    return link.isUp();
  };
  return {
    load: async () => {
      if (!(await isUp())) return undefined;
      const text = await link.client.get(key).catch((error: unknown) => {
        link.trouble(error);
        return null;
      });
      return text === null ? undefined : readBook(text);
    },
    keep: (kept) => {
      if (!link.isUp() || nowMs() - keptMs < EVERY_MS) return;
      keptMs = nowMs();
      link.client.set(key, writeBook(kept), "EX", KEPT_SECONDS).catch(link.trouble);
    },
    close: link.close,
  };
};
