import type { FeedState, VolatilityState } from "../../core/alerts.ts";
import type { FeedReading, SourceReading } from "../../market/prices/feedHealth.ts";
import { type VolatilityBook, volatilityOf } from "../../market/prices/volatilityBook.ts";
import type { TimedBar } from "../../market/prices/volatilityIndex.ts";
import { type AssetMarket, marketState } from "./market.ts";

const BPS = 10_000n;

/** The volatility of bars; undefined before there is an hour of them. */
export const volatilityState = (bars: readonly TimedBar[]): VolatilityState | undefined => {
  const found = volatilityOf(bars);
  if (found.kind !== "ready") return undefined;
  const { index, withJumps, windows } = found;
  return { index, withJumps, windows };
};

/** Volatility of the last minutes over that of the hour; undefined where nothing moved. */
const ratioOf = (volatility: VolatilityState | undefined): number | undefined => {
  const [short = 0, long = 0] = volatility?.windows ?? [];
  return long > 0 ? short / long : undefined;
};

const sourceOf = ({ now, middle }: FeedReading, source: SourceReading): FeedState["sources"][number] => {
  const { name, state, price, updatedAt, maxAge, heartbeat } = source;
  const age = now - updatedAt;
  const isApart = state === "Outlier" && middle > 0n;
  return {
    name,
    state,
    ageSeconds: Number(age > 0n ? age : 0n),
    maxAge: Number(maxAge),
    offBps: isApart ? Number(((price - middle) * BPS) / middle) : 0,
    lateSeconds: heartbeat === undefined || age <= heartbeat ? 0 : Number(age - heartbeat),
  };
};

/** What alerts, figures and displays are told of the feeds; `markets` stand in the feeds' order. */
export const feedStates = (
  feeds: readonly FeedReading[],
  { bars }: Pick<VolatilityBook, "bars">,
  markets: readonly AssetMarket[],
): readonly FeedState[] =>
  feeds.map((feed, index) => {
    const volatility = volatilityState(bars.get(feed.asset) ?? []);
    const market = markets[index];
    return {
      asset: feed.asset,
      status: feed.status,
      confidenceBps: Number(feed.confidenceBps),
      agreeing: feed.sources.filter(({ state }) => state === "Agreeing").length,
      quorum: feed.quorum,
      sources: feed.sources.map((source) => sourceOf(feed, source)),
      volatilityRatio: ratioOf(volatility),
      volatility,
      market: market === undefined ? undefined : marketState(market),
    };
  });
