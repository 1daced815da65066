import type { LifecycleAction, DesiredProcess, Exit, Instance, LifecyclePolicy, Observed } from "./fleet.ts";

/** What is remembered of a process between two rounds. Losing it costs no more than a pause. */
export type FailureRecord = {
  /** Ends in a row that nobody asked for. */
  readonly failures: number;
  /** It is not started before. */
  readonly notBeforeMs: number;
  /** Since when it has been seen behind the others without a round of its own in between. */
  readonly behind: { readonly sinceMs: number; readonly roundMs: number } | undefined;
};
export type FailureRecords = ReadonlyMap<string, FailureRecord>;

const NO_FAILURES: FailureRecord = { failures: 0, notBeforeMs: 0, behind: undefined };

/** An end that trying again at once cannot mend counts as the fourth in a row. */
const FATAL_HEAD_START = 3;

/** One round's question. `random` gives numbers in [0, 1). */
export type Situation = {
  readonly desired: readonly DesiredProcess[];
  readonly observed: Observed;
  readonly records: FailureRecords;
  readonly nowMs: number;
  readonly policy: LifecyclePolicy;
  readonly random: () => number;
};

export type ReconcilePlan = { readonly actions: readonly LifecycleAction[]; readonly records: FailureRecords };

/** The pause after so many failures in a row: twice as long each time, shortened by up to a half so that a fleet does not start in step. */
export const pauseAfter = (
  failures: number,
  { firstPauseMs, longestPauseMs }: LifecyclePolicy,
  random: () => number,
): number =>
  failures === 0 ? 0 : Math.min(longestPauseMs, firstPauseMs * (1 << Math.min(failures - 1, 30))) * (1 - random() / 2);

/** A record after an end. Who asked for the end is not made to wait. */
const afterExit = (
  record: FailureRecord,
  { isAsked, isFatal, atMs }: Exit,
  { policy, random }: Situation,
): FailureRecord => {
  if (isAsked) return record;
  const failures = record.failures + 1;
  // A reason that most likely stays is not asked about at short intervals.
  const counted = isFatal ? failures + FATAL_HEAD_START : failures;
  return { failures, notBeforeMs: atMs + pauseAfter(counted, policy, random), behind: undefined };
};

/** Where the fleet is: the newest round that any running process began. */
const newestRound = (instances: readonly Instance[]): number | undefined => {
  const rounds = instances.flatMap(({ phase, lastRoundMs }) =>
    phase === "running" && lastRoundMs !== undefined ? [lastRoundMs] : [],
  );
  return rounds.length === 0 ? undefined : Math.max(...rounds);
};

/** The last round of a process that lags behind the fleet's newest one; undefined for one that keeps up. */
const roundBehind = (
  { phase, sinceMs, lastRoundMs }: Instance,
  { observed, policy }: Situation,
): number | undefined => {
  const [newest, own] = [newestRound(observed.instances), lastRoundMs ?? sinceMs];
  return phase === "running" && newest !== undefined && newest - own > policy.stallMs ? own : undefined;
};

/**
 * Whether it stays behind: after a standstill of the chain, which is no fault of a process, all are behind the first one for a
 * moment.
 */
const behindOf = (instance: Instance, before: FailureRecord, situation: Situation): FailureRecord["behind"] => {
  const roundMs = roundBehind(instance, situation);
  if (roundMs === undefined) return undefined;
  return before.behind?.roundMs === roundMs ? before.behind : { sinceMs: situation.nowMs, roundMs };
};

/** Why a process must end, and how; undefined while it is as it should be. */
type Fault = { readonly kind: "stop" | "kill"; readonly isFault: boolean; readonly why: string };

const asked = (why: string): Fault => ({ kind: "stop", isFault: false, why });

const healthFault = (
  instance: Instance,
  { behind }: FailureRecord,
  { nowMs, policy }: Situation,
): Fault | undefined => {
  const { phase, sinceMs, lastSignMs } = instance;
  if (nowMs - lastSignMs > policy.silenceMs) return { kind: "kill", isFault: true, why: "it gives no sign of life" };
  if (phase === "starting") {
    const isLate = nowMs - sinceMs > policy.startMs;
    return isLate ? { kind: "kill", isFault: true, why: "it did not get ready in time" } : undefined;
  }
  const isStuck = behind !== undefined && nowMs - behind.sinceMs > policy.silenceMs;
  return isStuck ? { kind: "stop", isFault: true, why: "it does no rounds while others do" } : undefined;
};

/** Why a process must end that is not ending yet, by what its operator wants. */
const changeOf = ({ revision, restarts }: Instance, wanted: DesiredProcess | undefined): Fault | undefined => {
  if (wanted === undefined) return asked("it is not in the fleet");
  if (wanted.state !== "running") return asked(`it is ${wanted.state}`);
  if (revision !== wanted.revision) return asked("its configuration changed");
  return restarts < wanted.restarts ? asked("its operator restarts it") : undefined;
};

const faultOf = (
  instance: Instance,
  { wanted, record, situation }: { wanted: DesiredProcess | undefined; record: FailureRecord; situation: Situation },
): Fault | undefined => {
  const { nowMs, policy } = situation;
  if (instance.phase !== "stopping") return changeOf(instance, wanted) ?? healthFault(instance, record, situation);
  const isLate = nowMs - instance.sinceMs > policy.graceMs;
  return isLate ? { kind: "kill", isFault: false, why: "it did not stop in time" } : undefined;
};

/** All lives but the oldest of one process: there must never be two. */
const surplusOf = (instances: readonly Instance[]): ReadonlySet<string> => {
  const first = new Map<string, Instance>();
  for (const one of instances) {
    const other = first.get(one.name);
    if (other === undefined || one.sinceMs < other.sinceMs) first.set(one.name, one);
  }
  return new Set(instances.filter((one) => first.get(one.name)?.id !== one.id).map(({ id }) => id));
};

const endsOf = (situation: Situation, records: FailureRecords): readonly LifecycleAction[] => {
  const { desired, observed } = situation;
  const wanted = new Map(desired.map((one) => [one.name, one]));
  const surplus = surplusOf(observed.instances);
  return observed.instances.flatMap((instance): readonly LifecycleAction[] => {
    const { name, id } = instance;
    if (surplus.has(id)) return [{ kind: "kill", isFault: false, name, id, why: "it runs twice" }];
    const record = records.get(name) ?? NO_FAILURES;
    const fault = faultOf(instance, { wanted: wanted.get(name), record, situation });
    return fault === undefined ? [] : [{ ...fault, name, id }];
  });
};

const startsOf = ({ desired, observed, nowMs }: Situation, records: FailureRecords): readonly LifecycleAction[] => {
  const present = new Set(observed.instances.map(({ name }) => name));
  return desired.flatMap((process): readonly LifecycleAction[] => {
    const { failures, notBeforeMs } = records.get(process.name) ?? NO_FAILURES;
    if (process.state !== "running" || present.has(process.name) || nowMs < notBeforeMs) return [];
    return [{ kind: "start", process, why: failures === 0 ? "it shall run" : `after ${failures} ends` }];
  });
};

const recordsAfter = (situation: Situation): FailureRecords => {
  const { desired, observed, nowMs, policy } = situation;
  return new Map(
    desired.map(({ name }) => {
      const before = situation.records.get(name) ?? NO_FAILURES;
      const instance = observed.instances.find((one) => one.name === name);
      const exits = observed.exits.filter((exit) => exit.name === name);
      const record = exits.reduce((now, exit) => afterExit(now, exit, situation), before);
      const isWell = instance?.phase === "running" && nowMs - instance.sinceMs > policy.healthyMs;
      const behind = instance === undefined ? undefined : behindOf(instance, before, situation);
      return [name, { ...(isWell ? NO_FAILURES : record), behind }];
    }),
  );
};

/**
 * What to do so that what runs becomes what is desired. Pure: it may be asked again at any time, by whoever leads, and with
 * records that were lost. A name is never started while one of it is there. [NX-ORC-01]
 */
export const reconcile = (situation: Situation): ReconcilePlan => {
  const records = recordsAfter(situation);
  return { actions: [...endsOf(situation, records), ...startsOf(situation, records)], records };
};
