import type { AlertRule } from "../../keepers/agents/alerts/rules/rule.ts";
import { RULES, runbookOf } from "../../keepers/agents/alerts/rules/all.ts";
import { PROCESS_RULES, type ProcessRule, RECORDING_RULES, type FigureSeries } from "./processRules.ts";

/** Where the runbook of the rules lies that only a collector can judge. */
export const PROCESS_RUNBOOK = "deployments/monitoring/runbook.md";

/** A rule's name as Prometheus has it: `chain-silent` is `NexusChainSilent`. */
export const alertName = (id: string): string =>
  `Nexus${id
    .split("-")
    .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
    .join("")}`;

/** An alert that an alerts agent judged already: Prometheus only hands it on. A finding may be graver than its rule, so the figure says how grave. */
const agentAlert = (rule: AlertRule) => ({
  alert: alertName(rule.id),
  expr: `max by (instance, rule, severity) (nexus_alert_active{rule="${rule.id}"}) > 0`,
  labels: { cause: rule.cause },
  annotations: { summary: rule.title, description: rule.next, runbook_url: runbookOf(rule) },
});

const processAlert = ({ id, severity, cause, title, next, expr, for: held }: ProcessRule) => ({
  alert: alertName(id),
  expr,
  for: held,
  labels: { severity, cause, rule: id },
  annotations: { summary: title, description: next, runbook_url: `${PROCESS_RUNBOOK}#${id}` },
});

/** Every group of rules for Prometheus. */
export const ruleGroups = () => [
  { name: "nexus-recorded", interval: "15s", rules: RECORDING_RULES },
  { name: "nexus-processes", interval: "15s", rules: PROCESS_RULES.map(processAlert) },
  { name: "nexus-agents", interval: "15s", rules: RULES.map(agentAlert) },
];

const inputs = (series: FigureSeries) => Object.entries(series).map(([name, values]) => ({ series: name, values }));

const agentTest = (rule: AlertRule, other: AlertRule) => {
  const { alert, annotations } = agentAlert(rule);
  const of = (id: string): FigureSeries => ({
    [`nexus_alert_active{rule="${id}", severity="${rule.severity}", instance="a"}`]: "_ 1 1 1",
  });
  const labels = { instance: "a", rule: rule.id, severity: rule.severity, cause: rule.cause };
  const stands = {
    eval_time: "2m",
    alertname: alert,
    exp_alerts: [{ exp_labels: labels, exp_annotations: annotations }],
  };
  return [
    { interval: "1m", input_series: inputs(of(rule.id)), alert_rule_test: [stands] },
    { interval: "1m", input_series: inputs(of(other.id)), alert_rule_test: [{ ...stands, exp_alerts: [] }] },
  ];
};

const processTest = (rule: ProcessRule) => {
  const name = alertName(rule.id);
  // Where it stands, the alert is told by the figure that counts alerts: its labels are the expression's own.
  const query = (value: number) => ({
    expr: `count(ALERTS{alertname="${name}", alertstate="firing"}) or vector(0)`,
    eval_time: `${rule.atMinute}m`,
    exp_samples: [{ labels: "{}", value }],
  });
  return [
    { interval: "1m", input_series: inputs(rule.firing), promql_expr_test: [query(1)] },
    { interval: "1m", input_series: inputs(rule.silent), promql_expr_test: [query(0)] },
  ];
};

/** For each alert a case in which it stands and one in which it does not, in promtool's words. */
export const ruleTests = (file: string) => ({
  rule_files: [file],
  evaluation_interval: "15s",
  tests: [
    ...RULES.flatMap((rule, at) => agentTest(rule, RULES[(at + 1) % RULES.length] ?? rule)),
    ...PROCESS_RULES.flatMap(processTest),
  ],
});

/** The runbook of the rules that only a collector can judge. */
export const processRunbook = (): string =>
  [
    "# What only a collector sees",
    "",
    "A process that is gone cannot say so. These rules are Prometheus' own; [the others](../../keepers/agents/alerts/README.md#rules) are judged",
    "by the alerts agents and handed on. `npm run monitoring` writes this page.",
    ...PROCESS_RULES.flatMap(({ id, severity, title, when, next }) => [
      "",
      `## ${id}`,
      "",
      `**${severity}** · ${title}. ${when}`,
      "",
      next,
    ]),
    "",
  ].join("\n");
