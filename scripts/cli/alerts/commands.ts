import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type AlertsReport, type MessageChannelState, type StandingAlert } from "../../../keepers/core/alerts.ts";
import { pushSubscriptionSchema } from "../../../keepers/adapters/alerts/push.ts";
import { spanWords } from "../../../keepers/views/spans.ts";
import {
  type Command,
  type Commands,
  type Values,
  UsageError,
  requiredArgument,
  wholeNumber,
} from "../../lib/command.ts";
import { say, sayJson } from "../../lib/output.ts";
import { EXIT } from "../../lib/program.ts";
import { JSON_OPTION } from "../endpoint.ts";
import { keys } from "./keys.ts";
import { FOLDER_OPTION, SILENT_MS, ageOf, dirIn, operator, orderAndSee, reportIn } from "./folder.ts";

const OPTIONS = { ...FOLDER_OPTION, json: JSON_OPTION };
/** A round of the agent, and some time for a busy machine. */
const OBEY_MS = 5_000;
/** A delivery takes eight seconds at most. */
const TEST_MS = 20_000;
const DEFAULT_MINUTES = 60;
const MINUTE_MS = 60_000;
const NOT_TAKEN = "the agent does not run, or is busy: it will take the order as soon as it looks";

const span = (ms: number): string => spanWords(BigInt(Math.max(0, Math.round(ms / 1_000))));

const marks = (alert: StandingAlert): string =>
  [
    alert.acknowledgedBy === undefined ? "" : `taken up by ${alert.acknowledgedBy}`,
    alert.silencedUntilMs === undefined ? "" : `silenced for ${span(alert.silencedUntilMs - Date.now())}`,
    alert.explainedBy === undefined ? "" : `explained by ${alert.explainedBy}`,
  ]
    .filter((mark) => mark !== "")
    .map((mark) => `  (${mark})`)
    .join("");

const sayStanding = (alert: StandingAlert): void => {
  const { severity, title, subject, what, sinceMs, next, id } = alert;
  say(`${severity.padEnd(5)} ${title}: ${subject}, for ${span(Date.now() - sinceMs)}${marks(alert)}`);
  if (what !== "") say(`      ${what}`);
  say(`      ${next}`);
  say(`      ${id}`);
};

const channelLine = ({ channel, delivered, failures, lastFailure, waiting }: MessageChannelState): string =>
  `${channel}: ${delivered} delivered, ${waiting} waiting${failures === 0 ? "" : `, ${failures} failed: ${lastFailure ?? ""}`}`;

const isUrgent = ({ severity, silencedUntilMs }: StandingAlert): boolean =>
  severity !== "info" && silencedUntilMs === undefined;

const list: Command = {
  about: "alerts that stand, what was over lately, silences and channels; reads only",
  example: "--json",
  options: OPTIONS,
  run: async (values) => {
    const report = await reportIn(dirIn(values));
    const isSilent = ageOf(report) > SILENT_MS;
    const code = isSilent || report.standing.some(isUrgent) ? EXIT.wrong : EXIT.done;
    if (values.has("json")) {
      sayJson({ isRunning: !isSilent, ...report });
      return code;
    }
    report.standing.forEach(sayStanding);
    for (const { title, subject, resolvedMs } of report.resolved) {
      say(`over  ${title}: ${subject}, since ${span(Date.now() - (resolvedMs ?? 0))}`);
    }
    for (const { rule, subject, untilMs, by } of report.silences) {
      say(`${by} silences ${rule}${subject === undefined ? "" : ` of ${subject}`} for ${span(untilMs - Date.now())}`);
    }
    for (const channel of report.channels) say(channelLine(channel));
    say(`${report.rules} rules watch, ${report.standing.length} alerts stand`);
    if (isSilent) say(`the alerts agent has said nothing for ${span(ageOf(report))}: it does not run`);
    return code;
  },
};

const ID = "ID";

const ack: Command = {
  about: "take an alert up: it is not repeated, and all see who has it",
  takes: ID,
  example: "agent-down/risk-1",
  options: OPTIONS,
  run: async (values) => {
    const [dir, id] = [dirIn(values), requiredArgument(values, ID)];
    const known = (await reportIn(dir)).standing.map((alert) => alert.id);
    if (!known.includes(id)) throw new UsageError(`no alert ${id} stands; there are ${known.join(", ") || "none"}`);
    const fits = ({ standing }: AlertsReport): boolean =>
      standing.every((alert) => alert.id !== id || alert.acknowledgedBy !== undefined);
    const seen = await orderAndSee(dir, { kind: "acknowledge", id, by: operator() }, { patienceMs: OBEY_MS, fits });
    if (values.has("json")) sayJson({ id, isTaken: seen !== undefined });
    else say(seen === undefined ? NOT_TAKEN : `${id} is taken up by ${operator()}`);
    return seen === undefined ? EXIT.wrong : EXIT.done;
  },
};

const RULE = "RULE";

const minutesIn = (values: Values): number =>
  values.has("end") ? 0 : (wholeNumber(values, "minutes", 1) ?? DEFAULT_MINUTES);

const silence: Command = {
  about: "keep messages of a rule back for a while; its alerts are still shown",
  takes: RULE,
  example: "source-lost --subject “WETH: Pyth” --minutes 120",
  options: {
    ...OPTIONS,
    subject: { value: "SUBJECT", about: "those of one subject, as the list names it" },
    minutes: { value: "N", about: `for so long (${DEFAULT_MINUTES})` },
    end: { about: "end the silence" },
  },
  run: async (values) => {
    const [dir, rule, subject] = [dirIn(values), requiredArgument(values, RULE), values.get("subject")];
    const minutes = minutesIn(values);
    const order = {
      kind: "silence",
      rule,
      subject,
      untilMs: Date.now() + minutes * MINUTE_MS,
      by: operator(),
    } as const;
    const isThere = ({ silences }: AlertsReport): boolean =>
      silences.some((one) => one.rule === rule && one.subject === subject);
    const fits = (report: AlertsReport): boolean => isThere(report) === minutes > 0;
    const seen = await orderAndSee(dir, order, { patienceMs: OBEY_MS, fits });
    if (values.has("json")) sayJson({ rule, subject, untilMs: order.untilMs, isTaken: seen !== undefined });
    else if (seen === undefined) say(NOT_TAKEN);
    else say(minutes === 0 ? `${rule} is heard again` : `${rule} is silenced for ${minutes} min`);
    return seen === undefined ? EXIT.wrong : EXIT.done;
  },
};

const hasEnded =
  (id: string, before: AlertsReport) =>
  ({ channel, lastDelivered, failures }: MessageChannelState): boolean => {
    const failedBefore = before.channels.find((one) => one.channel === channel)?.failures ?? 0;
    return lastDelivered === id || failures > failedBefore;
  };

const test: Command = {
  about: "send a test message by every channel, and say how each ended",
  example: "",
  options: OPTIONS,
  run: async (values) => {
    const [dir, id] = [dirIn(values), `test-${randomUUID()}`];
    const ended = hasEnded(id, await reportIn(dir));
    const fits = ({ channels }: AlertsReport): boolean => channels.every(ended);
    const seen = await orderAndSee(dir, { kind: "test", id, by: operator() }, { patienceMs: TEST_MS, fits });
    const { channels } = seen ?? (await reportIn(dir));
    const results = channels.map((one) => ({ ...one, isDelivered: one.lastDelivered === id }));
    const isWell = seen !== undefined && results.every(({ isDelivered }) => isDelivered);
    if (values.has("json")) sayJson({ id, isTaken: seen !== undefined, channels: results });
    else {
      for (const { channel, isDelivered, lastFailure } of results) {
        say(`${channel}: ${isDelivered ? "delivered" : (lastFailure ?? "not yet")}`);
      }
      if (channels.length === 0) say("no channel is configured: messages go to the log alone");
      if (seen === undefined) say(NOT_TAKEN);
    }
    return isWell ? EXIT.done : EXIT.wrong;
  },
};

const FILE = "FILE";

const subscriptionIn = async (path: string) => {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) throw new UsageError(`there is no file ${path}`);
  try {
    return pushSubscriptionSchema.parse(JSON.parse(text));
  } catch {
    throw new UsageError(`${path} is no push subscription: it must hold what a browser's PushManager.subscribe gave`);
  }
};

const subscribe: Command = {
  about: "add a browser to those that get pushes; FILE holds its subscription as JSON",
  takes: FILE,
  example: "phone.json",
  options: OPTIONS,
  run: async (values) => {
    const [dir, subscription] = [dirIn(values), await subscriptionIn(requiredArgument(values, FILE))];
    const order = { kind: "subscribe", subscription, by: operator() } as const;
    const seen = await orderAndSee(dir, order, { patienceMs: OBEY_MS, fits: () => true });
    if (values.has("json")) sayJson({ isTaken: seen !== undefined });
    else say(seen === undefined ? NOT_TAKEN : "taken: nexus alerts test sends it a message");
    return seen === undefined ? EXIT.wrong : EXIT.done;
  },
};

/** `nexus alerts …`: what stands, who has it, what is silenced, and whether messages arrive. */
export const ALERTS_COMMANDS: Commands = {
  "alerts list": list,
  "alerts ack": ack,
  "alerts silence": silence,
  "alerts test": test,
  "alerts subscribe": subscribe,
  "alerts keys": keys,
};
