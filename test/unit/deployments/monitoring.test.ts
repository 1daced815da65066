import { readFileSync } from "node:fs";
import { parser } from "@prometheus-io/lezer-promql";
import { expect } from "chai";
import { RULES } from "../../../keepers/agents/alerts/rules/all.ts";
import { createMetrics } from "../../../keepers/adapters/metrics/metrics.ts";
import { linkFindings } from "../../../scripts/check/links.ts";
import { readManifests } from "../../../scripts/check/manifests/read.ts";
import { alertmanagerConfig } from "../../../scripts/monitoring/alertmanager.ts";
import { BOARDS } from "../../../scripts/monitoring/dashboards.ts";
import { monitoringFiles } from "../../../scripts/monitoring/files.ts";
import { PROCESS_RULES, RECORDING_RULES } from "../../../scripts/monitoring/processRules.ts";
import { ruleGroups, ruleTests } from "../../../scripts/monitoring/rules.ts";
import { z } from "zod";

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

/** What Prometheus adds of itself. */
const OWN_FIGURES = ["up"];

/** Figures in an expression, and whether it parses. */
const judged = (expr: string): { readonly isWhole: boolean; readonly names: readonly string[] } => {
  const names: string[] = [];
  let isWhole = true;
  parser.parse(expr).iterate({
    enter: (node) => {
      if (node.type.isError) isWhole = false;
      if (node.name === "VectorSelector") names.push(/^[\w:]+/.exec(expr.slice(node.from, node.to))?.[0] ?? "");
    },
  });
  return { isWhole, names };
};

const scaled = z.looseObject({ triggers: z.array(z.looseObject({ metadata: z.looseObject({ query: z.string() }) })) });

const scalingQueries = (): readonly string[] =>
  readManifests(read("deployments/kubernetes/components/keda/scaling.yaml")).flatMap(({ spec }) =>
    scaled.parse(spec).triggers.map(({ metadata }) => metadata.query),
  );

const allExpressions = (): readonly string[] => [
  ...ruleGroups().flatMap(({ rules }) => rules.map(({ expr }) => expr)),
  ...BOARDS.flatMap(({ panels }) => panels.flatMap(({ lines }) => lines.map(([expr]) => expr))),
  ...scalingQueries(),
];

const exportedFigures = async (): Promise<ReadonlySet<string>> => {
  const { text } = createMetrics({ version: "1", symbolOf: (token) => token, baseDecimals: 6 });
  const plain = [...(await text()).matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  return new Set(
    plain.flatMap(([, name = "", type]) =>
      type === "histogram" ? ["bucket", "count", "sum"].map((part) => `${name}_${part}`) : [name],
    ),
  );
};

const alerts = ruleGroups().flatMap(({ rules }) => rules.flatMap((rule) => ("alert" in rule ? [rule] : [])));

describe("Monitoring", () => {
  it("[NX-DEP-04] is written from the keepers' list: npm run monitoring changes nothing", () => {
    for (const [path, text] of monitoringFiles()) expect(read(path) === text, path).to.equal(true);
  });

  it("[NX-DEP-04] asks only for figures that processes export, in expressions that parse", async () => {
    const known = new Set([
      ...(await exportedFigures()),
      ...OWN_FIGURES,
      ...RECORDING_RULES.map(({ record }) => record),
    ]);
    const expressions = allExpressions();
    expect(expressions.length).to.be.above(90);
    for (const expr of expressions) {
      const { isWhole, names } = judged(expr);
      expect(isWhole, expr).to.equal(true);
      expect(names.length, expr).to.be.above(0);
      expect(
        names.filter((name) => !known.has(name)),
        expr,
      ).to.deep.equal([]);
    }
  });

  it("[NX-DEP-04] sees an expression that does not parse, and a figure that nobody exports", async () => {
    expect(judged("sum(rate(nexus_decisions_total[5m])").isWhole).to.equal(false);
    expect(judged("sum by (rate(x[5m]))").isWhole).to.equal(false);
    expect(judged("a + sum(rate(b[5m])) > 0").names).to.deep.equal(["a", "b"]);
    expect((await exportedFigures()).has("nexus_decision_total")).to.equal(false);
  });

  it("[NX-DEP-04] has exactly one alert for each rule, each with severity, cause, advice and a runbook that is there", () => {
    const names = alerts.map(({ alert }) => alert);
    expect(names).to.have.length(RULES.length + PROCESS_RULES.length);
    expect(new Set(names).size).to.equal(names.length);
    for (const { id } of RULES) {
      expect(
        alerts.filter(({ expr }) => expr.includes(`rule="${id}"`)),
        id,
      ).to.have.length(1);
    }
    const pages = ["keepers/agents/alerts/README.md", "deployments/monitoring/runbook.md"];
    const links = alerts.map(({ annotations }) => `[x](${annotations.runbook_url})`).join("\n");
    const files = new Map([["all.md", links], ...pages.map((path) => [path, read(path)] as const)]);
    expect(linkFindings(files, () => false).filter((finding) => finding.startsWith("all.md"))).to.deep.equal([]);
    for (const { annotations, labels } of alerts) {
      expect(Math.min(annotations.summary.length, annotations.description.length, labels.cause.length)).to.be.above(3);
    }
  });

  it("[NX-DEP-04] tests each alert once where it stands and once where it does not", () => {
    const { tests } = ruleTests("x.yml");
    expect(tests).to.have.length(2 * alerts.length);
    const counts = tests.map((one) =>
      "alert_rule_test" in one
        ? (one.alert_rule_test[0]?.exp_alerts.length ?? -1)
        : (one.promql_expr_test[0]?.exp_samples[0]?.value ?? -1),
    );
    expect(counts).to.deep.equal(alerts.flatMap(() => [1, 0]));
  });

  it("[NX-DEP-04] keeps back what another alert explains, and tells pages and warnings in a message each", () => {
    const { inhibit_rules: inhibitions, route } = alertmanagerConfig();
    const pairs = inhibitions.map(({ source_matchers: [source], target_matchers: [target] }) => `${source} ${target}`);
    const explained = RULES.flatMap(({ id, explainedBy = [] }) => explainedBy.map((by) => `rule="${by}" rule="${id}"`));
    expect(explained.length).to.be.above(10);
    expect(pairs).to.include.members(explained);
    expect(route.group_by).to.deep.equal(["severity"]);
    const severities = new Set([...RULES, ...PROCESS_RULES].map(({ severity }) => severity));
    const told = route.routes.map(({ matchers }) => matchers[0]);
    expect([...severities].filter((one) => !told.includes(`severity="${one}"`))).to.deep.equal(["info"]);
  });

  it("shows every figure of the keepers on a dashboard or judges it in a rule", async () => {
    const used = new Set(
      allExpressions().flatMap((expr) => judged(expr).names.map((name) => name.replace(/_(?:bucket|count|sum)$/, ""))),
    );
    const own = new Set([...(await exportedFigures())].map((name) => name.replace(/_(?:bucket|count|sum)$/, "")));
    const unseen = [...own].filter((name) => name.startsWith("nexus_") && !used.has(name));
    expect(unseen).to.deep.equal([]);
  });
});
