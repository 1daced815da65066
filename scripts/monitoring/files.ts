import { stringify } from "yaml";
import { alertmanagerConfig } from "./alertmanager.ts";
import { BOARDS, dashboardOf } from "./dashboards.ts";
import { PROCESS_RUNBOOK, processRunbook, ruleGroups, ruleTests } from "./rules.ts";

const HEADER =
  "# npm run monitoring writes this file from the lists in keepers/agents/alerts/rules and scripts/monitoring.\n";
const FOLDER = "deployments/monitoring";
const COMPONENT = "deployments/kubernetes/components/monitoring";
const RULES_FILE = "nexus.rules.yml";

const yaml = (value: unknown): string => `${HEADER}${stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })}`;
const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

const prometheusRule = () => ({
  apiVersion: "monitoring.coreos.com/v1",
  kind: "PrometheusRule",
  metadata: { name: "nexus" },
  spec: { groups: ruleGroups() },
});

/** Everything about monitoring that a program writes: path from the root of the repository → text. */
export const monitoringFiles = (): ReadonlyMap<string, string> =>
  new Map([
    [`${FOLDER}/${RULES_FILE}`, yaml({ groups: ruleGroups() })],
    [`${FOLDER}/nexus.rules.test.yml`, yaml(ruleTests(RULES_FILE))],
    [`${FOLDER}/alertmanager.yml`, yaml(alertmanagerConfig())],
    [PROCESS_RUNBOOK, processRunbook()],
    [`${COMPONENT}/rules.yaml`, yaml(prometheusRule())],
    ...BOARDS.flatMap((board) => [
      [`${FOLDER}/dashboards/${board.uid}.json`, json(dashboardOf(board))] as const,
      [`${COMPONENT}/${board.uid}.json`, json(dashboardOf(board))] as const,
    ]),
  ]);
