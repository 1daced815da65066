import type { AlertsReport, StandingAlert } from "../../core/alerts.ts";
import type { AlertDocument, AlertsDocument } from "../schema/alerts.ts";
import { asOfView, untrusted } from "./amounts.ts";
import type { GatewayState } from "./state.ts";

/** Enough for a person; `nexus alerts list --json` has all. */
const MAX_SHOWN = 100;
const NO_AGENT =
  "No alerts agent runs in this process, so nothing is watched and no silence here means that all is well. " +
  "Add an agent of the kind alerts to the keepers' configuration.";

const alertDocument = (alert: StandingAlert): AlertDocument => ({
  id: alert.id,
  rule: alert.rule,
  untrustedSubject: untrusted(alert.subject) ?? "",
  severity: alert.severity,
  cause: alert.cause,
  title: alert.title,
  untrustedWhat: untrusted(alert.what === "" ? undefined : alert.what),
  next: alert.next,
  runbook: alert.runbook,
  sinceMs: alert.sinceMs,
  resolvedMs: alert.resolvedMs ?? null,
  acknowledgedBy: alert.acknowledgedBy ?? null,
  silencedUntilMs: alert.silencedUntilMs ?? null,
  explainedBy: alert.explainedBy ?? null,
});

const watchOf = ({ atMs, rules, silences, channels }: AlertsReport): AlertsDocument["watch"] => ({
  atMs,
  rules,
  silences: silences.map(({ rule, subject, untilMs, by }) => ({ rule, subject: subject ?? null, untilMs, by })),
  channels: channels.map(({ channel, delivered, waiting, failures, lastFailure }) => {
    return { channel, delivered, waiting, failures, untrustedFailure: untrusted(lastFailure) };
  }),
});

export const alertsDocument = ({ view, alerts }: Pick<GatewayState, "view" | "alerts">): AlertsDocument => ({
  asOf: asOfView(view),
  watch: alerts === undefined ? null : watchOf(alerts),
  items: (alerts?.standing ?? []).slice(0, MAX_SHOWN).map(alertDocument),
  resolved: (alerts?.resolved ?? []).slice(0, MAX_SHOWN).map(alertDocument),
  notes: alerts === undefined ? [NO_AGENT] : [],
});

/** How many alerts want somebody: those that stand, are more than a note, and that nobody has silenced. */
export const urgentAlerts = ({ alerts }: Pick<GatewayState, "alerts">): number =>
  (alerts?.standing ?? []).filter(({ severity, silencedUntilMs, explainedBy }) => {
    return severity !== "info" && silencedUntilMs === undefined && explainedBy === undefined;
  }).length;
