import { pino } from "pino";
import type { Severity } from "../../keepers/core/alerts.ts";
import type { EmitEvent, KeeperEvent } from "../../keepers/core/events.ts";
import type { Names } from "../../keepers/views/names.ts";
import { plainLines } from "../../keepers/views/eventLines.ts";
import { reasonWords } from "../../keepers/views/reasons.ts";
import { type DisplayState, EMPTY_STATE, applyEvent } from "../../keepers/views/stories.ts";

/** Levels of the log, the loudest last. */
export const LEVELS = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof LEVELS)[number];

type Kind = KeeperEvent["kind"];

/** Events of these kinds are as loud as they are, whatever they say. */
const LOUDNESS: Readonly<Partial<Record<Kind, Level>>> = {
  trouble: "warn",
  slowBlocked: "warn",
  answerRefused: "warn",
  snapshot: "debug",
  slowPaid: "debug",
  keys: "debug",
};

/** Whether a person should look at an event soon, by what it says. */
const isAlarming = (event: KeeperEvent): boolean =>
  (event.kind === "connection" && !event.up) ||
  (event.kind === "agentState" && (event.now.status !== "Active" || event.now.validUntil !== 0n)) ||
  (event.kind === "result" && event.message.result.kind === "reverted") ||
  (event.kind === "payment" && event.step === "reverted");

/** A page is for a person who must act now. */
const LOUD: Readonly<Record<Severity, Level>> = { info: "info", warn: "warn", page: "error" };

/** How loud an event is: a warning is what a person should look at soon. */
export const levelOf = (event: KeeperEvent): Level => {
  if (event.kind === "alertTold") return LOUD[event.told.severity];
  const fixed = LOUDNESS[event.kind];
  if (fixed !== undefined) return fixed;
  if (event.kind === "decision" && event.opportunities === 0) return "debug";
  return isAlarming(event) ? "warn" : "info";
};

/** What an event says in a log, which also has what a view leaves out since it repeats at each block. */
const wordsOf = (event: KeeperEvent, state: DisplayState, names: Names): readonly string[] => {
  if (event.kind !== "decision") return plainLines(event, state, names);
  const found = `#${event.block} ${event.agent} found ${event.opportunities} chances in ${event.tookMs.toFixed(0)} ms`;
  return [`${found}: ${event.why === undefined ? "it proposes one" : reasonWords(event.why)}`];
};

/** Fields by which a program finds what belongs together. */
const fieldsOf = (event: KeeperEvent): Readonly<Record<string, string>> => {
  const { agent } = event;
  if ("message" in event) return { agent, proposal: event.message.hash };
  return "hash" in event ? { agent, proposal: event.hash } : { agent };
};

/** Hides what must stay secret wherever it stands: keys, and endpoints, whose path often holds a key. */
export const hiding =
  (secrets: readonly string[]) =>
  (line: string): string =>
    secrets.reduce((text, secret) => text.replaceAll(secret, "[secret]"), line);

export type KeeperLogOptions = {
  readonly level: Level;
  readonly names: Names;
  readonly secrets: readonly string[];
  /** Takes each entry, one line of JSON. */
  readonly write: (line: string) => void;
};

/** The log of a keepers' process. `tally`: what happened since it was last asked. */
export type KeeperLog = {
  readonly emit: EmitEvent;
  readonly say: (level: Level, event: string, words: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly tally: () => Readonly<Record<string, number>>;
};

/** Opens the log: one entry for each fact, with time, level, event, agent and words. [NX-FAC-03] */
export const openKeeperLog = ({ level, names, secrets, write }: KeeperLogOptions): KeeperLog => {
  const hide = hiding(secrets);
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const log = pino(options, { write: (line: string) => write(hide(line)) });
  let state = EMPTY_STATE;
  let counts: Record<string, number> = {};
  const emit: EmitEvent = (event) => {
    state = applyEvent(state, event);
    counts[event.kind] = (counts[event.kind] ?? 0) + 1;
    const [loud, fields] = [levelOf(event), fieldsOf(event)];
    for (const words of wordsOf(event, state, names)) log[loud]({ event: event.kind, ...fields }, words);
  };
  const tally = (): Readonly<Record<string, number>> => {
    const told = counts;
    counts = {};
    return told;
  };
  return { emit, say: (loud, event, words, fields = {}) => log[loud]({ event, ...fields }, words), tally };
};
