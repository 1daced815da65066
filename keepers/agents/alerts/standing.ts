import { type Severity, type Silence, type StandingAlert, SEVERITIES } from "../../core/alerts.ts";
import type { FleetFacts } from "./facts.ts";
import { runbookOf } from "./rules/all.ts";
import type { AlertLimits, AlertRule, RuleFinding } from "./rules/rule.ts";

/** One alert in the making, standing, or over. */
export type AlertEntry = {
  readonly rule: AlertRule;
  readonly subject: string;
  readonly what: string;
  readonly severity: Severity;
  /** Since when the condition holds, or since when it is gone; the other one is undefined. */
  readonly heldMs: number | undefined;
  readonly goneMs: number | undefined;
  /** Since when it stands; undefined before that. */
  readonly sinceMs: number | undefined;
  readonly resolvedMs: number | undefined;
};

/** AlertEntries by their ids. */
export type AlertEntries = ReadonlyMap<string, AlertEntry>;

/** Names an alert: its rule and its subject, without what a command line would trip over. */
export const alertId = (rule: string, subject: string): string =>
  `${rule}/${subject.replaceAll(/[^A-Za-z0-9.]+/g, "-").slice(0, 60)}`;

/** How long what is over is still shown, and how much of it. */
const SHOWN_MS = 3_600_000;
const MAX_OVER = 200;
/** A rule tells of so many subjects at most; a fault of everything needs no longer list. */
const MAX_SUBJECTS = 100;

export const isStanding = ({ sinceMs, resolvedMs }: AlertEntry): boolean =>
  sinceMs !== undefined && resolvedMs === undefined;

/** A rule's word about one subject. */
type Judged = { readonly id: string; readonly rule: AlertRule; readonly finding: RuleFinding };

/** A condition that holds: it stands once it has held for long enough. */
const held = (before: AlertEntry | undefined, { rule, finding }: Judged, nowMs: number): AlertEntry => {
  const { subject, what, severity = rule.severity } = finding;
  const isOver = before === undefined || before.resolvedMs !== undefined;
  const heldMs = (isOver ? undefined : before.heldMs) ?? nowMs;
  const sinceMs = isOver ? undefined : before.sinceMs;
  return {
    rule,
    subject,
    what,
    severity,
    heldMs,
    goneMs: undefined,
    sinceMs: sinceMs ?? (nowMs - heldMs >= rule.holdMs ? nowMs : undefined),
    resolvedMs: undefined,
  };
};

/** A condition that is gone: its alert is over once it has been gone for long enough; undefined where none ever stood. */
const gone = (before: AlertEntry, nowMs: number): AlertEntry | undefined => {
  if (before.resolvedMs !== undefined) return nowMs - before.resolvedMs > SHOWN_MS ? undefined : before;
  if (before.sinceMs === undefined) return undefined;
  const goneMs = before.goneMs ?? nowMs;
  const isOver = nowMs - goneMs >= before.rule.clearMs;
  return { ...before, heldMs: undefined, goneMs, resolvedMs: isOver ? nowMs : undefined };
};

/** What is judged: every rule, on the facts, within the operator's limits. */
export type Judgement = {
  readonly rules: readonly AlertRule[];
  readonly facts: FleetFacts;
  readonly limits: AlertLimits;
};

const judge = (entries: AlertEntries, { rules, facts, limits }: Judgement): readonly Judged[] =>
  rules.flatMap((rule) => {
    const stands = (subject: string): boolean => {
      const entry = entries.get(alertId(rule.id, subject));
      return entry !== undefined && isStanding(entry);
    };
    const found = rule.find({ facts, limits, isStanding: stands }).slice(0, MAX_SUBJECTS);
    return found.map((finding) => ({ id: alertId(rule.id, finding.subject), rule, finding }));
  });

/** What is over, newest first, and no more than is shown. */
const prune = (entries: AlertEntries): AlertEntries => {
  const over = [...entries].filter(([, { resolvedMs }]) => resolvedMs !== undefined);
  const kept = over.toSorted(([, a], [, b]) => (b.resolvedMs ?? 0) - (a.resolvedMs ?? 0)).slice(0, MAX_OVER);
  return new Map([...[...entries].filter(([, { resolvedMs }]) => resolvedMs === undefined), ...kept]);
};

/** The entries after one more look at the facts. Pure. */
export const judged = (entries: AlertEntries, judgement: Judgement): AlertEntries => {
  const { nowMs } = judgement.facts;
  const found = new Map(judge(entries, judgement).map((one) => [one.id, one]));
  const lasting = [...found].map(([id, one]) => [id, held(entries.get(id), one, nowMs)] as const);
  const others = [...entries].flatMap(([id, entry]) => {
    const after = found.has(id) ? undefined : gone(entry, nowMs);
    return after === undefined ? [] : [[id, after] as const];
  });
  return prune(new Map([...lasting, ...others]));
};

const silenceOf = ({ rule, subject }: AlertEntry, silences: readonly Silence[], nowMs: number): number | undefined => {
  const fitting = silences.filter(
    (one) => one.rule === rule.id && (one.subject ?? subject) === subject && one.untilMs > nowMs,
  );
  return fitting.length === 0 ? undefined : Math.max(...fitting.map(({ untilMs }) => untilMs));
};

/** The first rule with a standing alert that explains this one: of the same subject, or about everything here. */
const explanation = ({ rule, subject }: AlertEntry, standing: readonly AlertEntry[]): string | undefined =>
  rule.explainedBy?.find((other) =>
    standing.some((one) => one.rule.id === other && (one.subject === subject || one.rule.isWide === true)),
  );

/** What people said about alerts: who has taken up which, and what is silenced. */
export type Attention = {
  readonly acknowledged: ReadonlyMap<string, string>;
  readonly silences: readonly Silence[];
};

/** Every alert that stands or stood, the gravest first, then the oldest. */
export const alertsOf = (
  entries: AlertEntries,
  { acknowledged, silences }: Attention,
  nowMs: number,
): readonly StandingAlert[] => {
  const standing = [...entries.values()].filter(isStanding);
  const alerts = [...entries].flatMap(([id, entry]) => {
    const { rule, subject, what, severity, sinceMs, resolvedMs } = entry;
    if (sinceMs === undefined) return [];
    const { cause, title, next } = rule;
    const names = { id, rule: rule.id, subject, severity, cause, title, what, next, runbook: runbookOf(rule) };
    const acknowledgedBy = acknowledged.get(id);
    const silencedUntilMs = silenceOf(entry, silences, nowMs);
    const explainedBy = explanation(entry, standing);
    return [{ ...names, sinceMs, resolvedMs, acknowledgedBy, silencedUntilMs, explainedBy }];
  });
  return alerts.toSorted(
    (a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) || a.sinceMs - b.sinceMs,
  );
};
