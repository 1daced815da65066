import { Registry, collectDefaultMetrics } from "prom-client";
import type { AlertsReport } from "../../core/alerts.ts";
import { FOR } from "../../core/ballot.ts";
import type { ResultMessage } from "../../core/bus.ts";
import { type ChainSnapshot, BREAKER_LEVELS } from "../../core/chainSnapshot.ts";
import type { EmitEvent, KeeperEvent } from "../../core/events.ts";
import type { Address } from "../../core/units.ts";
import { type FigureMaker, makerOf } from "./maker.ts";
import { type PriceFigures, priceFigures, tellFeeds } from "./priceFigures.ts";

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
  readonly countRequest: (request: {
    readonly route: string;
    readonly status: number;
    readonly seconds: number;
  }) => void;
  readonly text: () => Promise<string>;
  readonly contentType: string;
};

const DECIMALS = 18;
const MS = 1_000;

/** An amount as a floating-point number: enough for a plot, and for nothing that is paid. */
const whole = (units: bigint, decimals = DECIMALS): number => Number(units) / Number(10n ** BigInt(decimals));

/** What agents do: traffic, errors, latency. */
const workFigures = ({ gauge, counter, histogram }: FigureMaker) => ({
  up: gauge("nexus_agent_up", "Whether an agent is connected to the chain", "agent"),
  decisions: counter("nexus_decisions_total", "Rounds in which an agent decided", "agent"),
  proposals: counter("nexus_proposals_total", "Proposals made", "agent", "path"),
  answers: counter("nexus_answers_total", "Votes and refusals", "agent", "answer"),
  sent: counter("nexus_transactions_sent_total", "Transactions sent", "agent"),
  results: counter("nexus_executions_total", "Executions by their result", "result"),
  troubles: counter("nexus_troubles_total", "Failures that an agent told of", "agent"),
  took: histogram("nexus_decision_duration_seconds", "Time that a decision or an answer took", "work"),
  latency: histogram("nexus_execution_latency_seconds", "From the block that was seen to the receipt"),
  payments: counter("nexus_payment_steps_total", "Steps of payments, claims and jobs", "step"),
});

/** What money does. */
const moneyFigures = ({ gauge, counter }: FigureMaker) => ({
  block: gauge("nexus_head_block", "Newest block that an agent read"),
  time: gauge("nexus_head_time_seconds", "Unix time of that block"),
  value: gauge("nexus_treasury_value_tokens", "Value of the treasury in its base token", "bound"),
  balance: gauge("nexus_treasury_balance_tokens", "What the treasury holds", "token"),
  price: gauge("nexus_price_usd", "Price of a token and the ends of its band", "token", "bound"),
  hasPrice: gauge("nexus_price_ready", "Whether a token has a price", "token"),
  remaining: gauge("nexus_limit_remaining_tokens", "What is left of a token's daily limit", "token"),
  remainingLoss: gauge("nexus_loss_limit_remaining_usd", "What may still be lost within a day"),
  breaker: gauge("nexus_breaker_level", "0 Normal, 1 ReduceOnly, 2 Halted", "scope"),
  lost: counter("nexus_executed_loss_usd_total", "Losses that executions were charged"),
  gas: counter("nexus_gas_paid_sei_total", "Gas paid", "path"),
});

const watchFigures = ({ gauge, counter }: FigureMaker) => ({
  active: gauge("nexus_alert_active", "Alerts that stand", "rule", "severity"),
  told: counter("nexus_alert_messages_total", "Messages about alerts", "kind"),
  failures: gauge("nexus_alert_channel_failures", "Failures of a channel since its last delivery", "channel"),
  foreseen: counter(
    "nexus_foreseen_pools_total",
    "Pools that pending swaps were to move, as the block left them",
    "outcome",
  ),
  waiting: gauge("nexus_alert_messages_waiting", "Messages that wait to be delivered", "channel"),
});

type Figures = ReturnType<typeof workFigures> &
  ReturnType<typeof moneyFigures> &
  ReturnType<typeof watchFigures> &
  PriceFigures;

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

const answerOf = (event: Extract<KeeperEvent, { readonly kind: "vote" | "refusal" | "ballot" }>): "for" | "against" =>
  event.kind === "vote" || (event.kind === "ballot" && event.ballot.support === FOR) ? "for" : "against";

/** What agents say to one another's proposals. */
const countVoices = (figures: Figures, event: KeeperEvent): void => {
  const { agent } = event;
  if (event.kind === "proposal") figures.proposals.inc({ agent, path: "fast" });
  if (event.kind === "slowProposal") figures.proposals.inc({ agent, path: "slow" });
  if (event.kind !== "vote" && event.kind !== "refusal" && event.kind !== "ballot") return;
  figures.answers.inc({ agent, answer: answerOf(event) });
  figures.took.observe({ work: "answer" }, event.tookMs / MS);
};

/** How agents are, and how often they decide. */
const countRounds = (figures: Figures, event: KeeperEvent): void => {
  const { agent } = event;
  if (event.kind === "connection") figures.up.set({ agent }, event.up ? 1 : 0);
  if (event.kind === "trouble") figures.troubles.inc({ agent });
  if (event.kind !== "decision") return;
  figures.decisions.inc({ agent });
  figures.took.observe({ work: "decision" }, event.tookMs / MS);
};

/** What is sent, and how it ends. */
const countMoney = (figures: Figures, event: KeeperEvent): void => {
  if (event.kind === "sent") figures.sent.inc({ agent: event.agent });
  if (event.kind === "result") tellResult(figures, event.message);
  if (event.kind === "slowPaid") figures.gas.inc({ path: "slow" }, whole(event.gasPaid));
  if (event.kind === "payment") figures.payments.inc({ step: event.step });
};

/** What those who watch say. */
const countWatch = (figures: Figures, event: KeeperEvent): void => {
  if (event.kind === "alerts") tellAlerts(figures, event.report);
  if (event.kind === "alertTold") figures.told.inc({ kind: event.told.kind });
  if (event.kind === "feeds") tellFeeds(figures, event);
  if (event.kind === "foresight") {
    figures.foreseen.inc({ outcome: "as foreseen" }, event.asForeseen);
    figures.foreseen.inc({ outcome: "otherwise" }, event.otherwise);
  }
  if (event.kind === "answerRefused") figures.refused.inc({ about: event.about, fault: event.fault });
};

const COUNTS = [countVoices, countRounds, countMoney, countWatch];

/** Makes the figures of a process; those of the process itself, memory, processor and event loop, come with them. */
export const createMetrics = (options: MetricsOptions): Metrics => {
  const registry = new Registry();
  const maker = makerOf(registry);
  collectDefaultMetrics({ register: registry });
  maker.gauge("nexus_build_info", "The version that runs", "version").set({ version: options.version }, 1);
  const figures = { ...workFigures(maker), ...moneyFigures(maker), ...watchFigures(maker), ...priceFigures(maker) };
  const requests = maker.counter("nexus_http_requests_total", "Answered requests", "route", "status");
  const answered = maker.histogram("nexus_http_request_duration_seconds", "Time until a request was answered", "route");
  return {
    hear: (event) => {
      for (const count of COUNTS) count(figures, event);
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
