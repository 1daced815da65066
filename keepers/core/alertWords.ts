import type { AlertMessage, Severity, StandingAlert } from "./alerts.ts";
import { printable } from "./printable.ts";

/** What stands before a line for a person who sees no colour. */
const SEVERITY_WORDS: Readonly<Record<Severity, string>> = { page: "PAGE", warn: "warning", info: "note" };
/** So many alerts of one cause are told in full; the rest are counted. */
const MAX_TOLD = 10;

const alertLine = ({ title, subject, what, resolvedMs }: StandingAlert): string =>
  resolvedMs === undefined ? `${title}: ${subject}${what === "" ? "" : `, ${what}`}` : `over: ${title}: ${subject}`;

const causesOf = (alerts: readonly StandingAlert[]): readonly (readonly StandingAlert[])[] =>
  [...new Set(alerts.map(({ cause }) => cause))].map((cause) => alerts.filter((one) => one.cause === cause));

const causeLines = (alerts: readonly StandingAlert[]): readonly string[] => {
  const [first] = alerts;
  const advice = first === undefined ? [] : [`  do: ${first.next}`, `  see ${first.runbook}`];
  const more = alerts.length > MAX_TOLD ? [`  and ${alerts.length - MAX_TOLD} more`] : [];
  return [...alerts.slice(0, MAX_TOLD).map((alert) => `- ${alertLine(alert)}`), ...more, ...advice];
};

/** A message in lines for a person: the title, then for each cause its alerts and what to do. Nothing in it is obeyed. */
export const messageLines = ({ severity, title, alerts }: AlertMessage): readonly string[] =>
  [`${SEVERITY_WORDS[severity]}: ${title}`, ...causesOf(alerts).flatMap(causeLines)].map(printable);
