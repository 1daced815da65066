import type { FeedState, MarketState, VolatilityState } from "../../core/alerts.ts";
import { address } from "../../core/units.ts";
import type { Names } from "../../views/names.ts";
import type { MarketDocument, MarketsDocument, VolatilityDocument } from "../schema/markets.ts";
import { asOfView, untrusted, usd } from "./amounts.ts";
import { type GatewayState, NO_FLEET } from "./state.ts";

/** The monitor looks every few blocks; after so many its last word is old. */
const OLD_BLOCKS = 75n;

const SILENT =
  "The price-feed monitor has told nothing yet. A fleet without an agent of the kind monitor never does: nexus oracles reads the chain.";
const HOUR = "Volatility is known once the monitor has watched for an hour.";

const volatilityDocument = (volatility: VolatilityState | undefined): VolatilityDocument | null =>
  volatility === undefined ? null : { ...volatility, windows: [...volatility.windows] };

/** A pool by its name where it has one, and an endpoint by its own words. */
const nameOf = (name: string, names: Names): string =>
  (/^0x[0-9a-f]{40}$/.test(name) ? names.pool(address(name))?.label : undefined) ?? untrusted(name) ?? "";

const marketPrice = (market: MarketState, names: Names): NonNullable<MarketDocument["market"]> => ({
  status: market.status,
  price: market.status === "Ready" ? usd(market.middle) : null,
  confidenceBps: market.confidenceBps,
  gapBps: market.gapBps ?? null,
  sources: market.sources.map(({ name, state, price }) => ({ name: nameOf(name, names), state, price: usd(price) })),
  depths: market.depths.map(({ pool, mid, sellLossBps, buyLossBps }) => ({
    pool: nameOf(pool, names),
    mid: usd(mid),
    sellLossBps: sellLossBps ?? null,
    buyLossBps: buyLossBps ?? null,
  })),
});

const marketDocument = (feed: FeedState, names: Names): MarketDocument => ({
  symbol: feed.asset,
  status: feed.status,
  confidenceBps: feed.confidenceBps,
  agreeing: feed.agreeing,
  quorum: feed.quorum,
  sources: feed.sources.map((source) => ({ ...source, name: untrusted(source.name) ?? "" })),
  market: feed.market === undefined ? null : marketPrice(feed.market, names),
  volatility: volatilityDocument(feed.volatility),
});

type Seen = Pick<GatewayState, "view" | "names" | "fleet" | "markets">;

const notesOf = ({ view, fleet, markets }: Seen): string[] => {
  if (fleet === undefined) return [NO_FLEET];
  if (markets === undefined) return [SILENT];
  const isOld = view.block > markets.block + OLD_BLOCKS;
  return [
    ...(isOld
      ? [`The price-feed monitor has told nothing since block ${markets.block}: what stands here is old.`]
      : []),
    ...(markets.book === undefined ? [HOUR] : []),
  ];
};

/** What the price-feed monitor saw of prices, their sources, their markets and their volatility. */
export const marketsDocument = (state: Seen): MarketsDocument => {
  const { view, names, markets } = state;
  return {
    asOf: asOfView(view),
    seenAt: markets === undefined ? null : Number(markets.block),
    items: (markets?.feeds ?? []).map((feed) => marketDocument(feed, names)),
    book: volatilityDocument(markets?.book),
    notes: notesOf(state),
  };
};
