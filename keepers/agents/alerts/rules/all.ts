import { AGENT_RULES } from "./agents.ts";
import { POSITION_RULES } from "./positions.ts";
import { PRICE_RULES } from "./prices.ts";
import type { AlertRule } from "./rule.ts";
import { SENDING_RULES } from "./sending.ts";
import { SYSTEM_RULES } from "./system.ts";
import { TREASURY_RULES } from "./treasury.ts";

/** Every rule. A new one is an entry of one of these lists and a section of the runbook, README.md beside this folder. */
export const RULES: readonly AlertRule[] = [
  ...SYSTEM_RULES,
  ...AGENT_RULES,
  ...SENDING_RULES,
  ...TREASURY_RULES,
  ...PRICE_RULES,
  ...POSITION_RULES,
];

/** Where the runbook describes a rule. */
export const runbookOf = ({ id }: Pick<AlertRule, "id">): string => `keepers/agents/alerts/README.md#${id}`;
