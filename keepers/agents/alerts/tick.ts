import type { Agent } from "../../core/agent.ts";
import { assertNever } from "../../core/assertNever.ts";
import type { AlertMessage, AlertOrder, AlertsReport, MessageChannel } from "../../core/alerts.ts";
import { EMPTY_QUEUE, channelState, dueMessage, ended, enqueued, started } from "./deliveries.ts";
import { applyFact } from "./fold.ts";
import type { AlertsMemory } from "./memory.ts";
import { nextMessage } from "./messages.ts";
import type { AlertsConfig, AlertsPorts } from "./ports.ts";
import { RULES } from "./rules/all.ts";
import { alertsOf, judged } from "./standing.ts";

/** An agent that watches the others of its process, and tells people what is wrong. It neither votes nor sends. */
export type AlertsAgent = Agent<AlertsPorts, AlertsMemory, AlertsConfig>;

const BALANCES_MS = 15_000;
/** Commands and displays see by the age of what was said last that somebody watches. */
const WRITE_MS = 5_000;

/** Takes up what people said before a restart, and what they were told. */
export const resume = async ({ ports, memory }: AlertsAgent): Promise<void> => {
  const kept = await ports.load();
  if (kept === undefined) return;
  memory.acknowledged = kept.acknowledged;
  memory.silences = kept.silences;
  memory.messages = { ...memory.messages, told: kept.told };
};

const queueOf = ({ queues }: AlertsMemory, channel: string) => queues.get(channel) ?? EMPTY_QUEUE;

const enqueue = ({ ports, memory, config }: AlertsAgent, message: AlertMessage): void => {
  for (const { name } of ports.channels) memory.queues.set(name, enqueued(queueOf(memory, name), message));
  ports.emit({ kind: "alertTold", agent: config.name, told: message });
};

const testMessage = (id: string, by: string, nowMs: number): AlertMessage => ({
  id,
  kind: "test",
  severity: "info",
  title: `a test of the channels, asked for by ${by}`,
  atMs: nowMs,
  alerts: [],
});

const obey = async (agent: AlertsAgent, order: AlertOrder): Promise<void> => {
  const { ports, memory } = agent;
  const nowMs = ports.nowMs();
  switch (order.kind) {
    case "acknowledge":
      memory.acknowledged = new Map([...memory.acknowledged, [order.id, order.by]]);
      return;
    case "silence": {
      const { rule, subject, untilMs, by } = order;
      const others = memory.silences.filter((one) => one.rule !== rule || one.subject !== subject);
      memory.silences = untilMs > nowMs ? [...others, { rule, subject, untilMs, by }] : others;
      return;
    }
    case "test":
      enqueue(agent, testMessage(order.id, order.by, nowMs));
      return;
    case "subscribe":
      await ports.subscribe(order.subscription, order.by);
      return;
    case "unsubscribe":
      await ports.unsubscribe(order.endpoint, order.by);
      return;
    default:
      assertNever(order);
  }
};

/** Balances change slowly; while the chain does not answer the last ones stand, and the chain's own alert says why. */
const readBalances = async ({ ports, memory }: AlertsAgent, nowMs: number) => {
  const { balances } = memory.facts.process;
  if (memory.balancesMs !== undefined && nowMs - memory.balancesMs < BALANCES_MS) return balances;
  memory.balancesMs = nowMs;
  return ports.readBalances().catch(() => balances);
};

const look = async (agent: AlertsAgent): Promise<void> => {
  const { ports, memory, config } = agent;
  const nowMs = ports.nowMs();
  for (const { event, atMs } of ports.takeEvents()) memory.facts = applyFact(memory.facts, event, atMs);
  const process = { ...ports.readProcess(), balances: await readBalances(agent, nowMs) };
  const channels = ports.channels.map(({ name }) => channelState(name, queueOf(memory, name)));
  memory.facts = { ...memory.facts, nowMs, process, channels };
  memory.entries = judged(memory.entries, { rules: RULES, facts: memory.facts, limits: config.limits });
  memory.silences = memory.silences.filter(({ untilMs }) => untilMs > nowMs);
  const isOver = (id: string): boolean => memory.entries.get(id)?.resolvedMs !== undefined;
  memory.acknowledged = new Map([...memory.acknowledged].filter(([id]) => !isOver(id)));
};

const settle = ({ ports, memory }: AlertsAgent, { name, send }: MessageChannel): void => {
  const message = dueMessage(queueOf(memory, name), ports.nowMs());
  if (message === undefined) return;
  memory.queues.set(name, started(queueOf(memory, name)));
  const end = (delivery: Awaited<ReturnType<typeof send>>): void => {
    memory.queues.set(name, ended(queueOf(memory, name), delivery, ports.nowMs()));
    ports.wake();
  };
  // A delivery takes seconds, and no round waits for it.
  send(message).then(end, (error: unknown) => end({ kind: "failed", why: String(error) }));
};

/** What changes with time alone is no change. */
const withoutTime = (report: AlertsReport): string => JSON.stringify({ ...report, atMs: 0 });

const tell = async ({ ports, memory, config }: AlertsAgent, report: AlertsReport): Promise<void> => {
  const now = withoutTime(report);
  const isNew = now !== memory.lastReport;
  if (!isNew && memory.writtenMs !== undefined && report.atMs - memory.writtenMs < WRITE_MS) return;
  memory.lastReport = now;
  memory.writtenMs = report.atMs;
  ports.emit({ kind: "alerts", agent: config.name, report });
  const { acknowledged, silences, messages } = memory;
  await ports.save(report, { acknowledged, silences, told: messages.told });
};

/** One round: take in what happened and what operators said, judge every rule, and send what is to be told. */
export const tick = async (agent: AlertsAgent): Promise<void> => {
  const { ports, memory, config } = agent;
  for (const order of await ports.takeOrders()) await obey(agent, order);
  await look(agent);
  const nowMs = ports.nowMs();
  const alerts = alertsOf(memory.entries, memory, nowMs);
  const next = nextMessage(memory.messages, { alerts, least: config.leastSeverity, nowMs });
  memory.messages = next.memory;
  if (next.message !== undefined) enqueue(agent, next.message);
  for (const channel of ports.channels) settle(agent, channel);
  await tell(agent, {
    atMs: nowMs,
    rules: RULES.length,
    standing: alerts.filter(({ resolvedMs }) => resolvedMs === undefined),
    resolved: alerts
      .filter(({ resolvedMs }) => resolvedMs !== undefined)
      .toSorted((a, b) => (b.resolvedMs ?? 0) - (a.resolvedMs ?? 0)),
    silences: memory.silences,
    channels: ports.channels.map(({ name }) => channelState(name, queueOf(memory, name))),
    pushKey: config.pushKey,
  });
};
