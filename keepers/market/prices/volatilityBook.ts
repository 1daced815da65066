import { type TimedBar, type Volatility, volatilityIndex, withSample } from "./volatilityIndex.ts";

/** Bars of twenty seconds, ten readings of the monitor each: the last five minutes beside the last hour. */
export const INDEX_POLICY = { barSeconds: 20, windows: [15, 180] } as const;
/** The longest window: what is older says nothing any more. */
export const KEPT_SECONDS = INDEX_POLICY.barSeconds * INDEX_POLICY.windows[1];
const KEEP = INDEX_POLICY.windows[1] + 1;

/** An asset at one moment: its price in dollars, undefined where there is none, and how many whole tokens of it are held. */
export type PricedAsset = { readonly asset: string; readonly price: number | undefined; readonly held: number };

/**
 * The newest bars of each asset, and of the book: a number that moves with each step by what a holder of the treasury gains or
 * loses on it, whatever comes in and goes out.
 */
export type VolatilityBook = {
  readonly bars: ReadonlyMap<string, readonly TimedBar[]>;
  readonly bookBars: readonly TimedBar[];
  readonly level: number;
  /** Of the last step, by asset; none where the book had a hole. */
  readonly prices: ReadonlyMap<string, number>;
};

export const EMPTY_BOOK: VolatilityBook = { bars: new Map(), bookBars: [], level: 1, prices: new Map() };

const terms = { barSeconds: INDEX_POLICY.barSeconds, keep: KEEP };

/**
 * The return of the book since the last step: the assets' returns by what each was worth then. Undefined where a held asset has no
 * price now or had none then.
 */
const bookReturn = (before: ReadonlyMap<string, number>, assets: readonly PricedAsset[]): number | undefined => {
  let [worth, gain] = [0, 0];
  for (const { asset, price, held } of assets) {
    if (held === 0) continue;
    const earlier = before.get(asset);
    if (price === undefined || earlier === undefined) return undefined;
    worth += held * earlier;
    gain += held * (price - earlier);
  }
  return worth > 0 ? gain / worth : undefined;
};

/**
 * The book after one more step at `time`, in seconds since the epoch. An asset without a price leaves a hole, which is no calm; so does
 * the book where something that is held has none.
 */
export const withStep = (book: VolatilityBook, assets: readonly PricedAsset[], time: number): VolatilityBook => {
  const bars = new Map(
    assets.map(({ asset, price }) => {
      const before = book.bars.get(asset) ?? [];
      return [asset, price === undefined ? before : withSample(before, { time, price }, terms)] as const;
    }),
  );
  const prices = new Map(assets.flatMap(({ asset, price }) => (price === undefined ? [] : [[asset, price] as const])));
  const step = bookReturn(book.prices, assets);
  if (step === undefined) return { ...book, bars, prices };
  const level = book.level * (1 + step);
  return { bars, prices, level, bookBars: withSample(book.bookBars, { time, price: level }, terms) };
};

/** The volatility of the bars of an asset, or of the book. */
export const volatilityOf = (bars: readonly TimedBar[]): Volatility => volatilityIndex(bars, INDEX_POLICY);
