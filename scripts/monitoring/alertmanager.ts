import { RULES } from "../../keepers/agents/alerts/rules/all.ts";

/**
 * An alert that another one explains is told by nobody, as the alerts agent has it. Both come from the same process: a figure has no
 * subject, so that a rule about one agent keeps back the same of its neighbours there, as a wide one does.
 */
const inhibitions = () =>
  RULES.flatMap(({ id, explainedBy = [] }) =>
    explainedBy.map((other) => ({
      source_matchers: [`rule="${other}"`],
      target_matchers: [`rule="${id}"`],
      equal: ["instance"],
    })),
  );

/** A process that is gone explains all that its neighbours say of a fleet without it. */
const PROCESS_INHIBITIONS = [
  { source_matchers: ['rule="fleet-unseen"'], target_matchers: ['rule="process-gone"'], equal: [] },
];

/**
 * How Alertmanager tells people: all pages that begin together in one message, all warnings in another, notes in none. The address of
 * the webhook is in a file that the operator mounts.
 */
export const alertmanagerConfig = () => ({
  global: { resolve_timeout: "5m" },
  route: {
    receiver: "nobody",
    group_by: ["severity"],
    group_wait: "5s",
    group_interval: "1m",
    repeat_interval: "4h",
    routes: [
      { matchers: ['severity="page"'], receiver: "people", repeat_interval: "30m" },
      { matchers: ['severity="warn"'], receiver: "people", group_wait: "30s", group_interval: "5m" },
    ],
  },
  inhibit_rules: [...PROCESS_INHIBITIONS, ...inhibitions()],
  receivers: [
    { name: "nobody" },
    {
      name: "people",
      webhook_configs: [{ url_file: "/etc/alertmanager/secrets/webhook", send_resolved: true, max_alerts: 50 }],
    },
  ],
});
