import type { QuoteStatus } from "./chainSnapshot.ts";

/** How soon a person must know. `page`: at once, at night too; `warn`: today; `info`: when somebody looks. */
export const SEVERITIES = ["info", "warn", "page"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Whether a severity is at least another one. */
export const isAtLeast = (severity: Severity, least: Severity): boolean =>
  SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);

/** One alert. Times in Unix milliseconds of the machine that watches. */
export type StandingAlert = {
  /** Names the alert in commands: the rule and the subject. */
  readonly id: string;
  readonly rule: string;
  /** The agent, token, source or channel that it is about. */
  readonly subject: string;
  readonly severity: Severity;
  /** Alerts with one cause are told in one message. */
  readonly cause: string;
  readonly title: string;
  /** What was seen. It may hold words of a node or a library. */
  readonly what: string;
  /** What to do about it. */
  readonly next: string;
  /** Where the runbook describes the rule: a path in the repository. */
  readonly runbook: string;
  readonly sinceMs: number;
  /** Undefined while the fault lasts. */
  readonly resolvedMs: number | undefined;
  /** Who has taken the alert up; undefined for nobody. */
  readonly acknowledgedBy: string | undefined;
  /** Until when no message tells of it; undefined where it is not silenced. */
  readonly silencedUntilMs: number | undefined;
  /** The rule whose alert explains this one, so that no message tells of it; undefined for none. */
  readonly explainedBy: string | undefined;
};

/** Keeps messages back for all alerts of a rule, or for one subject of it, until a time. */
export type Silence = {
  readonly rule: string;
  /** Undefined for every subject. */
  readonly subject: string | undefined;
  readonly untilMs: number;
  readonly by: string;
};

/** How one channel of messages does. */
export type MessageChannelState = {
  readonly channel: string;
  readonly delivered: number;
  /** The id of the message that was delivered last; undefined before the first. */
  readonly lastDelivered: string | undefined;
  /** Failures since the last delivery. */
  readonly failures: number;
  /** Why the last one failed, in the words of whoever refused it; undefined after a delivery. */
  readonly lastFailure: string | undefined;
  /** Messages that wait to be delivered. */
  readonly waiting: number;
};

/** All that the alerts agent says of itself: what stands, what was over lately, what is silenced, how messages go out. */
export type AlertsReport = {
  readonly atMs: number;
  /** How many rules watch. */
  readonly rules: number;
  /** Alerts that last, those of the highest severity first. */
  readonly standing: readonly StandingAlert[];
  /** Alerts that are over, newest first. */
  readonly resolved: readonly StandingAlert[];
  readonly silences: readonly Silence[];
  readonly channels: readonly MessageChannelState[];
  /** The public key by which browsers ask for messages, in base64url; undefined where no browser gets any. */
  readonly pushKey: string | undefined;
};

/** A message as a channel gets it. `reminder`: a page that nobody has acknowledged for a while. */
export type AlertMessage = {
  /** Unique for each message; a receiver tells repeated deliveries by it. */
  readonly id: string;
  readonly kind: "firing" | "resolved" | "reminder" | "test";
  readonly severity: Severity;
  /** One line. */
  readonly title: string;
  readonly atMs: number;
  readonly alerts: readonly StandingAlert[];
};

/** How a delivery ended. `why`: what went wrong, perhaps in words of whoever refused it. */
export type MessageDelivery = { readonly kind: "delivered" } | { readonly kind: "failed"; readonly why: string };

/** A way to people: a webhook, mail, a bot, a browser. */
export type MessageChannel = {
  readonly name: string;
  /** Ends within seconds, and never throws. */
  readonly send: (message: AlertMessage) => Promise<MessageDelivery>;
};

/** A browser that wants messages, as its push service names it. */
export type PushSubscription = {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
};

/** What is said to the alerts agent. `by`: the operator's name on the machine; of a browser's, whom the gateway knows it by. */
export type AlertOrder =
  | { readonly kind: "acknowledge"; readonly id: string; readonly by: string }
  | (Silence & { readonly kind: "silence" })
  | { readonly kind: "test"; readonly id: string; readonly by: string }
  | { readonly kind: "subscribe"; readonly subscription: PushSubscription; readonly by: string }
  | { readonly kind: "unsubscribe"; readonly endpoint: string; readonly by: string };

/** One source of an asset, as the price-feed monitor saw it. Lengths in seconds. */
export type SourceState = {
  readonly name: string;
  /** How the oracle hub judges it. */
  readonly state: string;
  readonly ageSeconds: number;
  readonly maxAge: number;
  /** How far it stands from the price, in basis points; upwards if positive. Zero unless it is an outlier. */
  readonly offBps: number;
  /** By how many seconds a heartbeat is late; zero where none is. */
  readonly lateSeconds: number;
};

/** A volatility index. All are standard deviations of the log return of a year, so that 0.5 is 50 %. */
export type VolatilityState = {
  readonly index: number;
  /** What a holder bore over the longest window, jumps included. */
  readonly withJumps: number;
  /** For each window, the shortest first. */
  readonly windows: readonly number[];
};

/** One pool or endpoint as a source of the market's price. In USD with 18 decimals. */
export type MarketSourceState = { readonly name: string; readonly state: string; readonly price: bigint };

/** What a trade of a size loses in one pool against its mid price, fee included, in basis points; undefined where it cannot be made. */
export type DepthState = {
  readonly pool: string;
  readonly mid: bigint;
  readonly sellLossBps: number | undefined;
  readonly buyLossBps: number | undefined;
};

/** What pools and endpoints say of an asset. Prices in USD with 18 decimals, zero where there is none. */
export type MarketState = {
  readonly status: QuoteStatus;
  readonly middle: bigint;
  readonly confidenceBps: number;
  /** How far the oracle hub's price lies above the market's, in basis points; undefined where one of them is none. */
  readonly gapBps: number | undefined;
  readonly sources: readonly MarketSourceState[];
  readonly depths: readonly DepthState[];
};

/** The price of one asset, as the price-feed monitor saw it at one block. */
export type FeedState = {
  readonly asset: string;
  readonly status: QuoteStatus;
  readonly confidenceBps: number;
  readonly agreeing: number;
  readonly quorum: number;
  readonly sources: readonly SourceState[];
  /** Volatility of the last minutes over that of the longest window; undefined before there are enough prices. */
  readonly volatilityRatio: number | undefined;
  /** Undefined before there are enough prices. */
  readonly volatility: VolatilityState | undefined;
  /** Undefined where the asset has neither a pool nor an endpoint that could tell. */
  readonly market: MarketState | undefined;
};
