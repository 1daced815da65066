import { type AlertMessage, type Severity, type StandingAlert, SEVERITIES, isAtLeast } from "../../core/alerts.ts";

/** What was last told of one cause. */
type Told = {
  readonly atMs: number;
  /** The gravest severity that was told of it. */
  readonly severity: Severity;
  /** The alerts that are known to last. */
  readonly ids: ReadonlySet<string>;
};

/** Of each cause, what was told, and since when something is to be told. */
export type MessageMemory = {
  readonly told: ReadonlyMap<string, Told>;
  readonly waitingMs: ReadonlyMap<string, number>;
  readonly count: number;
};

export const NOTHING_TOLD: MessageMemory = { told: new Map(), waitingMs: new Map(), count: 0 };

/** Alerts of one fault arrive within moments: so long the first one waits for the others. */
export const GATHER_MS = 2_000;
/** At most one message for a cause in this time, unless it gets graver. */
export const PAUSE_MS = 300_000;
/** A page that nobody acknowledges is repeated. */
export const REMIND_MS = 1_800_000;

const gravest = (alerts: readonly StandingAlert[]): Severity | undefined =>
  SEVERITIES.findLast((severity) => alerts.some((alert) => alert.severity === severity));

const isGraver = (a: Severity, b: Severity): boolean => a !== b && isAtLeast(a, b);

/** What messages may tell: not what is silenced, explained by another alert, or too small. */
const isTold = (least: Severity) => (alert: StandingAlert) =>
  isAtLeast(alert.severity, least) && alert.silencedUntilMs === undefined && alert.explainedBy === undefined;

type Due = { readonly kind: AlertMessage["kind"]; readonly alerts: readonly StandingAlert[] };

const lasts = ({ resolvedMs }: StandingAlert): boolean => resolvedMs === undefined;

/** Alerts of one cause: all of them, and those that messages may tell. */
type OfCause = { readonly all: readonly StandingAlert[]; readonly tellable: readonly StandingAlert[] };

/** What is to be told of one cause, whether or not it is time; undefined for nothing. */
const newsOf = (told: Told | undefined, { all, tellable }: OfCause, nowMs: number): Due | undefined => {
  const standing = tellable.filter(lasts);
  if (standing.some(({ id }) => told?.ids.has(id) !== true)) return { kind: "firing", alerts: standing };
  if (told === undefined || told.ids.size === 0) return undefined;
  const known = all.filter(({ id }) => told.ids.has(id));
  // What was told and is silenced or explained since then still lasts.
  if (!known.some(lasts)) return { kind: "resolved", alerts: known };
  const unheard = standing.filter(
    ({ severity, acknowledgedBy }) => severity === "page" && acknowledgedBy === undefined,
  );
  return nowMs - told.atMs >= REMIND_MS && unheard.length > 0 ? { kind: "reminder", alerts: unheard } : undefined;
};

/** Whether the pause after the last message is over, or something graver has come. */
const mayTell = (told: Told | undefined, { kind, alerts }: Due, nowMs: number): boolean => {
  if (told === undefined || nowMs - told.atMs >= PAUSE_MS) return true;
  const severity = gravest(alerts);
  return kind === "firing" && severity !== undefined && isGraver(severity, told.severity);
};

type News = { readonly cause: string; readonly due: Due };

/** What waits to be told by cause, with the time since when; a cause whose news went away waits no longer. */
const waitingOf = (memory: MessageMemory, news: readonly News[], nowMs: number): ReadonlyMap<string, number> =>
  new Map(news.map(({ cause }) => [cause, memory.waitingMs.get(cause) ?? nowMs]));

const toldOf = (before: Told | undefined, { alerts, kind }: Due, nowMs: number): Told => {
  const severity = gravest(alerts) ?? "info";
  if (kind === "resolved") return { atMs: nowMs, severity: before?.severity ?? severity, ids: new Set() };
  const ids = new Set([...(kind === "reminder" ? (before?.ids ?? []) : []), ...alerts.map(({ id }) => id)]);
  return { atMs: nowMs, severity, ids };
};

const plural = (count: number): string => (count === 1 ? "1 alert" : `${count} alerts`);

const titleOf = (kind: AlertMessage["kind"], alerts: readonly StandingAlert[]): string => {
  const titles = [...new Set(alerts.map(({ title }) => title))];
  const [first = ""] = titles;
  if (kind === "resolved") return titles.length === 1 ? `over: ${first}` : `over: ${plural(alerts.length)}`;
  const again = kind === "reminder" ? "still: " : "";
  return titles.length === 1 && alerts.length === 1 ? `${again}${first}` : `${again}${plural(alerts.length)}, ${first}`;
};

/** Everything that is due goes into one message: twenty failures at once are one. */
const messageOf = (news: readonly News[], id: string, nowMs: number): AlertMessage => {
  const kinds = news.map(({ due }) => due.kind);
  const kind = (["firing", "reminder"] as const).find((one) => kinds.includes(one)) ?? "resolved";
  const alerts = news.flatMap(({ due }) => due.alerts);
  const named = alerts.filter(({ resolvedMs }) => kind === "resolved" || resolvedMs === undefined);
  const severity = kind === "resolved" ? "info" : (gravest(named) ?? "info");
  const lead = named.filter((alert) => kind === "resolved" || alert.severity === severity);
  const title = titleOf(kind, lead.length === 0 ? named : [...lead, ...named.filter((one) => !lead.includes(one))]);
  return { id, kind, severity, title, atMs: nowMs, alerts };
};

const ofCause = (alerts: readonly StandingAlert[], cause: string): readonly StandingAlert[] =>
  alerts.filter((alert) => alert.cause === cause);

/**
 * The message that is to go out now, if one is, and the memory after it. One cause is told in one message; several causes at
 * once are told in one too. Of one cause there is at most one message in five minutes, unless a graver alert joins it. Pure.
 * @param least severity below which nothing is told; it is shown all the same
 */
export const nextMessage = (
  memory: MessageMemory,
  {
    alerts,
    least,
    nowMs,
  }: { readonly alerts: readonly StandingAlert[]; readonly least: Severity; readonly nowMs: number },
): { readonly memory: MessageMemory; readonly message: AlertMessage | undefined } => {
  const tellable = alerts.filter(isTold(least));
  const causes = [...new Set([...tellable.map(({ cause }) => cause), ...memory.told.keys()])];
  const news = causes.flatMap((cause): readonly News[] => {
    const told = memory.told.get(cause);
    const due = newsOf(told, { all: ofCause(alerts, cause), tellable: ofCause(tellable, cause) }, nowMs);
    return due !== undefined && mayTell(told, due, nowMs) ? [{ cause, due }] : [];
  });
  const waitingMs = waitingOf(memory, news, nowMs);
  const isTime = [...waitingMs.values()].some((sinceMs) => nowMs - sinceMs >= GATHER_MS);
  if (!isTime) return { memory: { ...memory, waitingMs }, message: undefined };
  const count = memory.count + 1;
  const told = new Map([
    ...memory.told,
    ...news.map(({ cause, due }) => [cause, toldOf(memory.told.get(cause), due, nowMs)] as const),
  ]);
  return {
    memory: { told, waitingMs: new Map(), count },
    message: messageOf(news, `${Math.round(nowMs)}-${count}`, nowMs),
  };
};
