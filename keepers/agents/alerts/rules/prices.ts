import type { FeedState, SourceState } from "../../../core/alerts.ts";
import { type AlertRule, type RuleFinding, type RuleQuestion, MINUTE_MS, SECOND_MS, hysteresis } from "./rule.ts";

/** Blocks and clocks differ by seconds, and transactions wait. */
const HEARTBEAT_SLACK_SECONDS = 60;
const [OLD_ON, OLD_OFF] = [0.8, 0.6];
/** Endpoints are asked more often than this: without a refusal for so long the answers are well again. */
const REFUSED_MS = 30 * SECOND_MS;
const FRESH: ReadonlySet<string> = new Set(["Agreeing", "Outlier"]);

const percent = (bps: number): string => `${(bps / 100).toFixed(2)} %`;

const ofFeeds = (find: (question: RuleQuestion, feed: FeedState) => readonly RuleFinding[]): AlertRule["find"] => {
  return (question) => question.facts.feeds.flatMap((feed) => find(question, feed));
};

/** `tell` answers what is wrong with a source, or undefined. */
const ofSources = (tell: (source: SourceState, isStanding: boolean) => string | undefined): AlertRule["find"] =>
  ofFeeds(({ isStanding }, feed) =>
    feed.sources.flatMap((source) => {
      const subject = `${feed.asset}: ${source.name}`;
      const what = tell(source, isStanding(subject));
      return what === undefined ? [] : [{ subject, what }];
    }),
  );

/** Sources of prices and what they agree on. A price that agents act on is seen at each block, its sources by the monitor. */
export const PRICE_RULES: readonly AlertRule[] = [
  {
    id: "price-missing",
    severity: "page",
    cause: "prices",
    holdMs: 5 * SECOND_MS,
    clearMs: 5 * SECOND_MS,
    title: "An asset has no price",
    next: "nexus oracles says which sources are lost. Nothing that lets the asset fall is executed meanwhile.",
    explainedBy: ["chain-silent"],
    find: ({ facts: { view }, limits }) =>
      (view?.tokens ?? []).flatMap(({ token, status }) =>
        status === "Ready" ? [] : [{ subject: limits.symbolOf(token), what: status }],
      ),
  },
  {
    id: "quorum-bare",
    severity: "warn",
    cause: "sources",
    holdMs: 10 * SECOND_MS,
    clearMs: 30 * SECOND_MS,
    title: "One more source that fails takes an asset's price",
    next: "nexus oracles says which sources are lost and what they lack.",
    explainedBy: ["price-missing"],
    find: ofFeeds((_, { asset, status, agreeing, quorum, sources }) =>
      status === "Ready" && agreeing === quorum && sources.length > quorum
        ? [{ subject: asset, what: `${agreeing} of ${sources.length} agree, ${quorum} must` }]
        : [],
    ),
  },
  {
    id: "source-lost",
    severity: "warn",
    cause: "sources",
    holdMs: 10 * SECOND_MS,
    clearMs: 30 * SECOND_MS,
    title: "A source of a price is lost",
    next: "Look at the feed at its makers': a plan that ran out, a key that is asked for, a feed that ended.",
    find: ofSources(({ state, ageSeconds }) => (FRESH.has(state) ? undefined : `${state}, ${ageSeconds} s old`)),
  },
  {
    id: "source-apart",
    severity: "warn",
    cause: "sources",
    holdMs: 10 * SECOND_MS,
    clearMs: MINUTE_MS,
    title: "A source contradicts those that agree",
    next: "It counts for nothing while it stands apart. Compare it with the market; the DAO replaces a source that lies.",
    find: ofSources(({ state, offBps }) => (state === "Outlier" ? `${percent(offBps)} off` : undefined)),
  },
  {
    id: "source-old",
    severity: "info",
    cause: "sources",
    holdMs: 0,
    clearMs: 0,
    title: "A source is close to its maximum age",
    next: "Somebody has to update it: the price-feed monitor does where its policy lets it pay.",
    explainedBy: ["source-lost"],
    find: ofSources(({ state, ageSeconds, maxAge }, isStanding) => {
      const isOld = ageSeconds >= maxAge * hysteresis(isStanding, OLD_ON, OLD_OFF);
      return isOld && FRESH.has(state) ? `${ageSeconds} s of ${maxAge} s` : undefined;
    }),
  },
  {
    id: "heartbeat-missed",
    severity: "warn",
    cause: "sources",
    holdMs: 0,
    clearMs: 0,
    title: "A source has missed its heartbeat",
    next: "Its makers promise an update by now: look at their status page; the plan may have run out.",
    explainedBy: ["source-lost"],
    find: ofSources(({ lateSeconds }, isStanding) =>
      lateSeconds > hysteresis(isStanding, HEARTBEAT_SLACK_SECONDS, 0) ? `${lateSeconds} s late` : undefined,
    ),
  },
  {
    id: "price-unsure",
    severity: "info",
    cause: "sources",
    holdMs: 10 * SECOND_MS,
    clearMs: 30 * SECOND_MS,
    title: "The sources of a price are unsure",
    next: "The band is wide, so trades are small. It passes when the sources are updated.",
    explainedBy: ["price-missing"],
    find: ofFeeds(({ limits, isStanding }, { asset, status, confidenceBps }) => {
      const least = limits.leastConfidenceBps * hysteresis(isStanding(asset), 1, 1.2);
      return status === "Ready" && confidenceBps < least
        ? [{ subject: asset, what: `a confidence of ${percent(confidenceBps)}` }]
        : [];
    }),
  },
  {
    id: "price-answers-refused",
    severity: "warn",
    cause: "sources",
    holdMs: MINUTE_MS,
    clearMs: 0,
    title: "Answers about prices are not used",
    next: "no-access: the plan ran out or a key is asked for; fee: look why the contract asks for so much; else look at the endpoint.",
    find: ({ facts: { refusedAnswers, nowMs } }) =>
      [...refusedAnswers.values()].filter(({ atMs }) => nowMs - atMs <= REFUSED_MS),
  },
  {
    id: "price-off-market",
    severity: "warn",
    cause: "market",
    holdMs: 10 * SECOND_MS,
    clearMs: 30 * SECOND_MS,
    title: "The oracles' price lies far from the market's",
    next: "nexus oracles says what each source tells. Pools are moved by trades: compare with other markets before anything is done.",
    explainedBy: ["price-missing"],
    find: ofFeeds(({ limits, isStanding }, { asset, market }) => {
      const gap = market?.gapBps;
      const most = limits.marketGapBps * hysteresis(isStanding(asset), 1, 0.7);
      return gap !== undefined && Math.abs(gap) >= most
        ? [{ subject: asset, what: `${percent(Math.abs(gap))} ${gap > 0 ? "above" : "below"} it` }]
        : [];
    }),
  },
  {
    id: "volatility-spike",
    severity: "warn",
    cause: "market",
    holdMs: 0,
    clearMs: 5 * MINUTE_MS,
    title: "A price moves far more than it used to",
    next: "Watch bands and breaker. Agents trade less by themselves, since bands widen.",
    find: ofFeeds(({ limits, isStanding }, { asset, volatilityRatio }) => {
      const most = limits.volatilityRatio * hysteresis(isStanding(asset), 1, 0.7);
      return volatilityRatio !== undefined && volatilityRatio >= most
        ? [{ subject: asset, what: `${volatilityRatio.toFixed(1)} times as volatile as over the longest window` }]
        : [];
    }),
  },
];
