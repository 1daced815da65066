import { type ChildProcess, fork } from "node:child_process";
import type { AddressBook } from "../../../deployments/schema.ts";
import type { KeeperEvent } from "../../core/events.ts";
import type { DesiredProcess, Exit, Instance } from "../../orchestrator/fleet.ts";
import type { ProcessOrder, ProcessReport } from "./reports.ts";

const STDERR_KEPT = 2_000;

/** The program that runs agents when it is told to over its channel. */
export type AgentProgram = {
  readonly module: string;
  readonly args: readonly string[];
  readonly execArgv: readonly string[];
};

/** What is heard of a process beside how it is. */
export type ProcessSign =
  { readonly kind: "started" | "ready" | "sign" } | { readonly kind: "event"; readonly event: KeeperEvent };

export type ChildOptions = {
  readonly program: AgentProgram;
  readonly book: AddressBook;
  /** The configuration of a process as JSON text; undefined for one that the fleet does not have. */
  readonly configOf: (name: string) => string | undefined;
  /** The children's environment; what begins with NEXUS_ is left out. */
  readonly environment: NodeJS.ProcessEnv;
  /** How long a process may take to stop; milliseconds. */
  readonly graceMs: number;
  readonly nowMs: () => number;
  readonly onSign: (name: string, sign: ProcessSign) => void;
  /** Something changed that a round of the orchestrator should look at. */
  readonly wake: () => void;
};

/** A process of ours, as far as it has told. */
export type Child = {
  readonly process: ChildProcess;
  readonly wanted: DesiredProcess;
  readonly id: string;
  /** Resolves when it has ended. */
  readonly gone: Promise<undefined>;
  phase: Instance["phase"];
  sinceMs: number;
  lastSignMs: number;
  readonly rounds: Map<string, { readonly count: number; readonly atMs: number }>;
  isAsked: boolean;
  failure: { readonly isFatal: boolean; readonly reason: string } | undefined;
  stderr: string;
};

/** Keys come over the channel: an environment can be read by whoever may look at the process. */
const withoutOurs = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("NEXUS_")));

const send = (child: ChildProcess, order: ProcessOrder): void => {
  // A channel that breaks now is told by the process's end.
  if (child.connected) child.send(order, () => undefined);
};

const roundOf = ({ rounds }: Child): number | undefined =>
  rounds.size === 0 ? undefined : Math.min(...[...rounds.values()].map(({ atMs }) => atMs));

/** A process as the rules see it. */
export const instanceOf = (child: Child): Instance => {
  const { wanted, id, phase, sinceMs, lastSignMs } = child;
  const { name, revision, restarts } = wanted;
  return { name, id, revision, restarts, phase, sinceMs, lastSignMs, lastRoundMs: roundOf(child) };
};

/** How a process ended: what it said itself, or else the last line that it complained in. */
export const exitOf = (child: Child, atMs: number): Exit => {
  const { wanted, id, isAsked, failure, stderr, process } = child;
  const { exitCode, signalCode } = process;
  const how = signalCode === null ? `it ended with code ${exitCode ?? "unknown"}` : `it was ended by ${signalCode}`;
  const lines = stderr.trim().split("\n");
  const reason = failure?.reason ?? (stderr === "" ? how : `${how}: ${lines.at(-1) ?? ""}`);
  return { name: wanted.name, id, atMs, isAsked, isFatal: failure?.isFatal ?? false, reason };
};

/** Notes what a process tells of itself. */
const note = (child: Child, report: ProcessReport, { nowMs, onSign, wake }: ChildOptions): void => {
  const { name } = child.wanted;
  child.lastSignMs = nowMs();
  if (report.kind === "failed") child.failure = report;
  if (report.kind === "event") onSign(name, report);
  if (report.kind === "ready" && child.phase === "starting") {
    [child.phase, child.sinceMs] = ["running", nowMs()];
    onSign(name, { kind: "ready" });
    wake();
  }
  if (report.kind !== "sign") return;
  for (const [agent, count] of Object.entries(report.rounds)) {
    const isNew = child.rounds.get(agent)?.count !== count;
    if (isNew) child.rounds.set(agent, { count, atMs: nowMs() });
  }
  onSign(name, { kind: "sign" });
};

const forked = ({ program, environment }: ChildOptions): ChildProcess =>
  fork(program.module, [...program.args], {
    execArgv: [...program.execArgv],
    env: withoutOurs(environment),
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });

/** Hears what a process tells, writes and complains of, until it ends. */
const follow = (child: Child, options: ChildOptions, end: () => void): void => {
  const { process: forkedProcess } = child;
  const { stderr } = forkedProcess;
  forkedProcess.on("message", (report: ProcessReport) => note(child, report, options));
  stderr?.on("data", (chunk: Buffer) => {
    child.stderr = (child.stderr + chunk.toString()).slice(-STDERR_KEPT);
  });
  forkedProcess.once("exit", end);
  // A process that could not be started has no exit.
  forkedProcess.on("error", ({ message }) => {
    child.failure ??= { isFatal: false, reason: message };
    if (forkedProcess.pid === undefined) end();
  });
};

/**
 * Starts a process and gives it its configuration.
 * @param onGone told once, when it has ended
 * @returns undefined for a name that the fleet does not have
 */
export const startChild = (
  options: ChildOptions,
  wanted: DesiredProcess,
  onGone: (child: Child) => void,
): Child | undefined => {
  const { book, configOf, graceMs, nowMs, onSign } = options;
  const config = configOf(wanted.name);
  if (config === undefined) return undefined;
  const [process, gone, startedMs] = [forked(options), Promise.withResolvers<undefined>(), nowMs()];
  const child: Child = {
    process,
    wanted,
    id: String(process.pid ?? "none"),
    gone: gone.promise,
    phase: "starting",
    sinceMs: startedMs,
    lastSignMs: startedMs,
    rounds: new Map(),
    isAsked: false,
    failure: undefined,
    stderr: "",
  };
  follow(child, options, () => {
    onGone(child);
    gone.resolve(undefined);
  });
  send(process, { kind: "run", process: wanted.name, config, book, graceMs });
  onSign(wanted.name, { kind: "started" });
  return child;
};

/** Lets a process finish what it is at. */
export const stopChild = (child: Child, nowMs: number): void => {
  if (child.phase === "stopping") return;
  [child.phase, child.sinceMs] = ["stopping", nowMs];
  send(child.process, { kind: "stop" });
};
