import type { Gauge } from "prom-client";
import type { FeedState, MarketState, VolatilityState } from "../../core/alerts.ts";
import type { FigureMaker } from "./maker.ts";

const BPS = 10_000;

/** What the price-feed monitor tells of. */
export const priceFigures = ({ gauge, counter }: FigureMaker) => ({
  agreeing: gauge("nexus_price_sources_agreeing", "Sources that agree on a price", "asset"),
  confidence: gauge("nexus_price_confidence_ratio", "Confidence of a price from 0 to 1", "asset"),
  age: gauge("nexus_price_source_age_seconds", "Age of a source's price", "asset", "source"),
  volatility: gauge(
    "nexus_volatility_ratio",
    "Standard deviation of a year's log return, 1 for 100 %",
    "asset",
    "kind",
  ),
  gap: gauge("nexus_price_market_gap_ratio", "How far the oracles' price lies above the market's", "asset"),
  depth: gauge(
    "nexus_market_loss_ratio",
    "What a trade of the monitor's size loses in a pool",
    "asset",
    "pool",
    "side",
  ),
  refused: counter("nexus_price_answers_refused_total", "Answers about prices that were not used", "about", "fault"),
});
export type PriceFigures = ReturnType<typeof priceFigures>;

/** A figure that is known, or none: what is unknown is no old one. */
const setOrRemove = (gauge: Gauge, labels: Readonly<Record<string, string>>, value: number | undefined): void => {
  if (value === undefined) gauge.remove(labels);
  else gauge.set(labels, value);
};

const tellVolatility = (figures: PriceFigures, asset: string, volatility: VolatilityState | undefined): void => {
  setOrRemove(figures.volatility, { asset, kind: "index" }, volatility?.index);
  setOrRemove(figures.volatility, { asset, kind: "withJumps" }, volatility?.withJumps);
};

const ratioOf = (bps: number | undefined): number | undefined => (bps === undefined ? undefined : bps / BPS);

const tellMarket = (figures: PriceFigures, asset: string, market: MarketState | undefined): void => {
  setOrRemove(figures.gap, { asset }, ratioOf(market?.gapBps));
  for (const { pool, sellLossBps, buyLossBps } of market?.depths ?? []) {
    setOrRemove(figures.depth, { asset, pool, side: "sell" }, ratioOf(sellLossBps));
    setOrRemove(figures.depth, { asset, pool, side: "buy" }, ratioOf(buyLossBps));
  }
};

/** The treasury among the assets of the volatility. */
const BOOK = "book";

/** Tells what the monitor saw of feeds, markets and volatilities. */
export const tellFeeds = (
  figures: PriceFigures,
  { feeds, book }: { readonly feeds: readonly FeedState[]; readonly book: VolatilityState | undefined },
): void => {
  for (const { asset, agreeing, confidenceBps, sources, volatility, market } of feeds) {
    figures.agreeing.set({ asset }, agreeing);
    figures.confidence.set({ asset }, confidenceBps / BPS);
    for (const { name, ageSeconds } of sources) figures.age.set({ asset, source: name }, ageSeconds);
    tellVolatility(figures, asset, volatility);
    tellMarket(figures, asset, market);
  }
  tellVolatility(figures, BOOK, book);
};
