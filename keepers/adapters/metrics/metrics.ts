import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import type { AlertsReport, FeedState } from "../../core/alerts.ts";
import { FOR } from "../../core/ballot.ts";
import type { ResultMessage } from "../../core/bus.ts";
import { type ChainSnapshot, BREAKER_LEVELS } from "../../core/chainSnapshot.ts";
import type { EmitEvent, KeeperEvent } from "../../core/events.ts";
import type { Address } from "../../core/units.ts";

/** What the figures of a process are named by. */
export type MetricsOptions = {
  readonly version: string;
  /** What a token is called; its address where nobody knows. */
  readonly symbolOf: (token: Address) => string;
  /** Decimals of the token in which the treasury counts. */
  readonly baseDecimals: number;
};

/** The figures of one process, in the text form of Prometheus. Amounts are whole tokens, dollars or SEI; times are seconds. */
export type Metrics = {
  /** Counts an event of the fleet. Quick, and never throws. */
  readonly hear: EmitEvent;
  /** Counts an answered request. `route`: the pattern, never a path that somebody made up. */
  readonly countRequest: (request: { readonly route: string; readonly status: number; readonly seconds: number }) => void;
  readonly text: () => Promise<string>;
  readonly contentType: string;
};

const DECIMALS = 18;
const SECONDS = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const MS = 1_000;

/** An amount as a floating-point number: enough for a plot, and for nothing that is paid. */
const whole = (units: bigint, decimals = DECIMALS): number => Number(units) / 10 ** decimals;

const gauge = (registers: readonly Registry[], name: string, help: string, ...labelNames: readonly string[]) =>
  new Gauge({ name, help, labelNames: [...labelNames], registers: [...registers] });
const counter = (registers: readonly Registry[], name: string, help: string, ...labelNames: readonly string[]) =>
  new Counter({ name, help, labelNames: [...labelNames], registers: [...registers] });
const histogram = (registers: readonly Registry[], name: string, help: string, ...labelNames: readonly string[]) =>
  new Histogram({ name, help, labelNames: [...labelNames], buckets: SECONDS, registers: [...registers] });

/** What agents do: traffic, errors, latency. */
const workFigures = (to: readonly Registry[]) => ({
  up: gauge(to, "nexus_agent_up", "Whether an agent is connected to the chain", "agent"),
  decisions: counter(to, "nexus_decisions_total", "Rounds in which an agent decided", "agent"),
  proposals: counter(to, "nexus_proposals_total", "Proposals made", "agent", "path"),
  answers: counter(to, "nexus_answers_total", "Votes and refusals", "agent", "answer"),
  sent: counter(to, "nexus_transactions_sent_total", "Transactions sent", "agent"),
  results: counter(to, "nexus_executions_total", "Executions by their result", "result"),
  troubles: counter(to, "nexus_troubles_total", "Failures that an agent told of", "agent"),
  took: histogram(to, "nexus_decision_duration_seconds", "Time that a decision or an answer took", "work"),
  latency: histogram(to, "nexus_execution_latency_seconds", "From the block that was seen to the receipt"),
  payments: counter(to, "nexus_payment_steps_total", "Steps of payments, claims and jobs", "step"),
});

/** What money does. */
const moneyFigures = (to: readonly Registry[]) => ({
  block: gauge(to, "nexus_head_block", "Newest block that an agent read"),
  time: gauge(to, "nexus_head_time_seconds", "Unix time of that block"),
  value: gauge(to, "nexus_treasury_value_tokens", "Value of the treasury in its base token", "bound"),
  balance: gauge(to, "nexus_treasury_balance_tokens", "What the treasury holds", "token"),
  price: gauge(to, "nexus_price_usd", "Price of a token and the ends of its band", "token", "bound"),
  hasPrice: gauge(to, "nexus_price_ready", "Whether a token has a price", "token"),
  remaining: gauge(to, "nexus_limit_remaining_tokens", "What is left of a token's daily limit", "token"),
  remainingLoss: gauge(to, "nexus_loss_limit_remaining_usd", "What may still be lost within a day"),
  breaker: gauge(to, "nexus_breaker_level", "0 Normal, 1 ReduceOnly, 2 Halted", "scope"),
  lost: counter(to, "nexus_executed_loss_usd_total", "Losses that executions were charged"),
  gas: counter(to, "nexus_gas_paid_sei_total", "Gas paid", "path"),
});

const watchFigures = (to: readonly Registry[]) => ({
  active: gauge(to, "nexus_alert_active", "Alerts that stand", "rule", "severity"),
  told: counter(to, "nexus_alert_messages_total", "Messages about alerts", "kind"),
  failures: gauge(to, "nexus_alert_channel_failures", "Failures of a channel since its last delivery", "channel"),
  waiting: gauge(to, "nexus_alert_messages_waiting", "Messages that wait to be delivered", "channel"),
  agreeing: gauge(to, "nexus_price_sources_agreeing", "Sources that agree on a price", "asset"),
  confidence: gauge(to, "nexus_price_confidence_ratio", "Confidence of a price from 0 to 1", "asset"),
  age: gauge(to, "nexus_price_source_age_seconds", "Age of a source's price", "asset", "source"),
});

type Figures = ReturnType<typeof workFigures> & ReturnType<typeof moneyFigures> & ReturnType<typeof watchFigures>;

const tellView = (figures: Figures, view: ChainSnapshot, { symbolOf, baseDecimals }: MetricsOptions): void => {
  figures.block.set(Number(view.block));
  figures.time.set(Number(view.time));
  figures.remainingLoss.set(whole(view.remainingLoss));
  figures.breaker.set({ scope: "everything" }, BREAKER_LEVELS.indexOf(view.everything));
  // A value that is unknown is no old one.
  if (view.treasuryValue === undefined) figures.value.reset();
  else {
    figures.value.set({ bound: "lower" }, whole(view.treasuryValue.lower, baseDecimals));
    figures.value.set({ bound: "upper" }, whole(view.treasuryValue.upper, baseDecimals));
  }
  for (const { token, decimals, balance, status, price, remainingForAll, level } of view.tokens) {
    const name = symbolOf(token);
    figures.balance.set({ token: name }, whole(balance, decimals));
    figures.hasPrice.set({ token: name }, status === "Ready" ? 1 : 0);
    figures.remaining.set({ token: name }, whole(remainingForAll, decimals));
    figures.breaker.set({ scope: name }, BREAKER_LEVELS.indexOf(level));
    for (const bound of ["lower", "middle", "upper"] as const) {
      if (status === "Ready") figures.price.set({ token: name, bound }, whole(price[bound]));
      else figures.price.remove({ token: name, bound });
    }
  }
};

const tellResult = (figures: Figures, { result, latencyMs }: ResultMessage): void => {
  figures.results.inc({ result: result.kind });
  if (result.kind === "expired") return;
  figures.gas.inc({ path: "fast" }, whole(result.gasPaid));
  if (result.kind === "reverted") return;
  figures.latency.observe(latencyMs / MS);
  figures.lost.inc(whole(result.loss > 0n ? result.loss : 0n));
};

const tellAlerts = (figures: Figures, { standing, channels }: AlertsReport): void => {
  figures.active.reset();
  for (const { rule, severity } of standing) figures.active.inc({ rule, severity });
  for (const { channel, failures, waiting } of channels) {
    figures.failures.set({ channel }, failures);
    figures.waiting.set({ channel }, waiting);
  }
};

const tellFeeds = (figures: Figures, feeds: readonly FeedState[]): void => {
  for (const { asset, agreeing, confidenceBps, sources } of feeds) {
    figures.agreeing.set({ asset }, agreeing);
    figures.confidence.set({ asset }, confidenceBps / 10_000);
    for (const { name, ageSeconds } of sources) figures.age.set({ asset, source: name }, ageSeconds);
  }
};

const answerOf = (event: Extract<KeeperEvent, { readonly kind: "vote" | "refusal" | "ballot" }>): "for" | "against" =>
  event.kind === "vote" || (event.kind === "ballot" && event.ballot.support === FOR) ? "for" : "against";

/** What agents say and do to one another's proposals. */
const countWork = (figures: Figures, event: KeeperEvent): void => {
  const { agent } = event;
  if (event.kind === "decision") {
    figures.decisions.inc({ agent });
    figures.took.observe({ work: "decision" }, event.tookMs / MS);
  } else if (event.kind === "vote" || event.kind === "refusal" || event.kind === "ballot") {
    figures.answers.inc({ agent, answer: answerOf(event) });
    figures.took.observe({ work: "answer" }, event.tookMs / MS);
  } else if (event.kind === "proposal") figures.proposals.inc({ agent, path: "fast" });
  else if (event.kind === "slowProposal") figures.proposals.inc({ agent, path: "slow" });
  else if (event.kind === "connection") figures.up.set({ agent }, event.up ? 1 : 0);
  else if (event.kind === "trouble") figures.troubles.inc({ agent });
};

/** What is sent, and how it ends. */
const countMoney = (figures: Figures, event: KeeperEvent): void => {
  if (event.kind === "sent") figures.sent.inc({ agent: event.agent });
  else if (event.kind === "result") tellResult(figures, event.message);
  else if (event.kind === "slowPaid") figures.gas.inc({ path: "slow" }, whole(event.gasPaid));
  else if (event.kind === "payment") figures.payments.inc({ step: event.step });
  else if (event.kind === "alerts") tellAlerts(figures, event.report);
  else if (event.kind === "alertTold") figures.told.inc({ kind: event.told.kind });
  else if (event.kind === "feeds") tellFeeds(figures, event.feeds);
};

/** Makes the figures of a process; those of the process itself, memory, processor and event loop, come with them. */
export const createMetrics = (options: MetricsOptions): Metrics => {
  const registry = new Registry();
  const to = [registry];
  collectDefaultMetrics({ register: registry });
  gauge(to, "nexus_build_info", "The version that runs", "version").set({ version: options.version }, 1);
  const figures = { ...workFigures(to), ...moneyFigures(to), ...watchFigures(to) };
  const requests = counter(to, "nexus_http_requests_total", "Answered requests", "route", "status");
  const answered = histogram(to, "nexus_http_request_duration_seconds", "Time until a request was answered", "route");
  return {
    hear: (event) => {
      countWork(figures, event);
      countMoney(figures, event);
      if (event.kind === "snapshot") tellView(figures, event.view, options);
    },
    countRequest: ({ route, status, seconds }) => {
      requests.inc({ route, status });
      answered.observe({ route }, seconds);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
};
