import type { MarketState } from "../../core/alerts.ts";
import type { Address } from "../../core/units.ts";
import type { Pool } from "../../market/pool.ts";
import { type DexPrice, type DexToken, type QuoteToken, dexPrices } from "../../market/prices/dexPrice.ts";
import type { FeedReading } from "../../market/prices/feedHealth.ts";
import { type MarketPolicy, type MarketPrice, marketPrice } from "../../market/prices/marketPrice.ts";
import type { AnswerRefusal } from "../../market/prices/pullUpdate.ts";
import { type HeardPrices, type Samples, answersOf, withAnswers } from "../../market/prices/samples.ts";
import type { SamplePolicy } from "../../market/prices/validate.ts";
import { type PricedAsset, type VolatilityBook, withStep } from "../../market/prices/volatilityBook.ts";

/** A token of the treasury and how much of it is held, in its units. */
export type HeldToken = DexToken & { readonly symbol: string; readonly balance: bigint };

/** What the chain shows of markets at one block. */
export type MarketReading = {
  readonly tokens: readonly HeldToken[];
  /** The token that others are priced in. */
  readonly base: Address;
  readonly pools: readonly Pool[];
};

/** What endpoints of prices said since they were last looked at. */
export type MarketPorts = { readonly take: () => HeardPrices };

/** How the market is looked at. */
export type MarketConfig = MarketPolicy & {
  /** In USD with 18 decimals: what a trade of this size would lose is told. */
  readonly sizeUsd: bigint;
  readonly samples: SamplePolicy;
};

/** The market of one asset. */
export type AssetMarket = { readonly price: MarketPrice; readonly depths: readonly DexPrice[] };

/** What is kept of markets between rounds. */
export type MarketMemory = {
  samples: Samples;
  book: VolatilityBook;
  /** Assets that have had a market in this life: their bars are of the market's price alone. */
  readonly traded: Set<string>;
};

const SCALE = Number(10n ** 18n);

/** The token that others are priced in, while the hub has a price of it. */
const quoteOf = ({ tokens, base }: MarketReading, feeds: readonly FeedReading[]): QuoteToken | undefined => {
  const token = tokens.find(({ address }) => address === base);
  const feed = feeds.find(({ asset, status }) => asset === token?.symbol && status === "Ready");
  return token === undefined || feed === undefined ? undefined : { ...token, price: feed.middle };
};

const depthsOf = (
  symbol: string,
  reading: MarketReading,
  { quote, sizeUsd }: { readonly quote: QuoteToken | undefined; readonly sizeUsd: bigint },
): readonly DexPrice[] => {
  const token = reading.tokens.find((one) => one.symbol === symbol);
  if (token === undefined || quote === undefined) return [];
  return dexPrices(reading.pools, token, { quote, sizeUsd });
};

/** Takes in what endpoints said, and answers what of it is not used. */
export const takeAnswers = (
  memory: MarketMemory,
  feeds: readonly FeedReading[],
  { ports, terms }: { readonly ports: MarketPorts; readonly terms: SamplePolicy & { readonly now: bigint } },
): readonly AnswerRefusal[] => {
  const { answers, refusals } = ports.take();
  const taken = withAnswers(memory.samples, answersOf(answers, feeds), terms);
  memory.samples = taken.samples;
  return [...refusals, ...taken.refusals];
};

/** The market of each asset, in the feeds' order. Pure. */
export const marketsOf = (
  feeds: readonly FeedReading[],
  reading: MarketReading | undefined,
  { samples, config }: { readonly samples: Samples; readonly config: MarketConfig },
): readonly AssetMarket[] => {
  const quote = reading === undefined ? undefined : quoteOf(reading, feeds);
  return feeds.map(({ asset, now, status, middle }) => {
    const depths = reading === undefined ? [] : depthsOf(asset, reading, { quote, sizeUsd: config.sizeUsd });
    const own = [...samples.values()].filter((sample) => sample.asset === asset);
    const view = { asset, now, hub: { status, middle }, pools: depths, samples: own };
    return { price: marketPrice(view, config), depths };
  });
};

/**
 * The price that an asset's bars are made of: the market's, once the asset has had one, since the hub's moves in steps; the hub's where
 * nothing else ever told.
 */
const streamPrice = (feed: FeedReading, { price }: AssetMarket, traded: ReadonlySet<string>): number | undefined => {
  if (traded.has(feed.asset)) return price.status === "Ready" ? Number(price.middle) / SCALE : undefined;
  return feed.status === "Ready" ? Number(feed.middle) / SCALE : undefined;
};

/** Notes the prices of a round for the volatility of assets and of the book. */
export const noteStep = (
  memory: MarketMemory,
  feeds: readonly FeedReading[],
  { markets, reading }: { readonly markets: readonly AssetMarket[]; readonly reading: MarketReading | undefined },
): void => {
  const assets = feeds.flatMap((feed, index): readonly PricedAsset[] => {
    const market = markets[index];
    if (market === undefined) return [];
    if (market.price.status === "Ready") memory.traded.add(feed.asset);
    const token = reading?.tokens.find(({ symbol }) => symbol === feed.asset);
    const held = token === undefined ? 0 : Number(token.balance) / Number(10n ** BigInt(token.decimals));
    return [{ asset: feed.asset, price: streamPrice(feed, market, memory.traded), held }];
  });
  const [first] = feeds;
  if (first !== undefined) memory.book = withStep(memory.book, assets, Number(first.now));
};

const asNumber = (bps: bigint | undefined): number | undefined => (bps === undefined ? undefined : Number(bps));

/** What displays are told of a market; undefined where nothing tells of it. */
export const marketState = ({ price, depths }: AssetMarket): MarketState | undefined => {
  const { status, middle, confidenceBps, gapBps, sources } = price;
  if (sources.length === 0 && depths.length === 0) return undefined;
  return {
    status,
    middle,
    confidenceBps: Number(confidenceBps),
    gapBps: asNumber(gapBps),
    sources,
    depths: depths.map(({ pool, mid, sellLossBps, buyLossBps }) => ({
      pool,
      mid,
      sellLossBps: asNumber(sellLossBps),
      buyLossBps: asNumber(buyLossBps),
    })),
  };
};
