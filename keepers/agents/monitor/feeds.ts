import type { FeedState } from "../../core/alerts.ts";
import type { FeedReading, SourceReading } from "../../market/prices/feedHealth.ts";
import { type TimedBar, volatilityIndex, withSample } from "../../market/prices/volatilityIndex.ts";

/** Bars of ten seconds: the last five minutes beside the last hour. */
const BAR_SECONDS = 10;
const WINDOWS = [30, 360] as const;
const KEEP = WINDOWS[1] + 1;
const BPS = 10_000n;
const SCALE = Number(10n ** 18n);

/** The newest bars of each asset's price. */
export type Bars = ReadonlyMap<string, readonly TimedBar[]>;

/** The bars with the prices of one reading. A price that is refused leaves a hole, which is no calm. */
export const withPrices = (bars: Bars, feeds: readonly FeedReading[]): Bars =>
  new Map(
    feeds.map(({ asset, now, status, middle }) => {
      const before = bars.get(asset) ?? [];
      const sample = { time: Number(now), price: Number(middle) / SCALE };
      const isPrice = status === "Ready";
      return [asset, isPrice ? withSample(before, sample, { barSeconds: BAR_SECONDS, keep: KEEP }) : before];
    }),
  );

/** Volatility of the last minutes over that of the hour; undefined before there is an hour, or where nothing moved. */
export const volatilityRatio = (bars: readonly TimedBar[]): number | undefined => {
  const found = volatilityIndex(bars, { barSeconds: BAR_SECONDS, windows: WINDOWS });
  if (found.kind !== "ready") return undefined;
  const [short = 0, long = 0] = found.windows;
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

/** What alerts, figures and displays are told of the feeds. */
export const feedStates = (feeds: readonly FeedReading[], bars: Bars): readonly FeedState[] =>
  feeds.map((feed) => ({
    asset: feed.asset,
    status: feed.status,
    confidenceBps: Number(feed.confidenceBps),
    agreeing: feed.sources.filter(({ state }) => state === "Agreeing").length,
    quorum: feed.quorum,
    sources: feed.sources.map((source) => sourceOf(feed, source)),
    volatilityRatio: volatilityRatio(bars.get(feed.asset) ?? []),
  }));
