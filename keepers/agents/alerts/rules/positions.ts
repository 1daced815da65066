import type { PositionAlert } from "../../../core/positionAlert.ts";
import { type AlertRule, type RuleFinding, type RuleQuestion, MINUTE_MS } from "./rule.ts";

type Of<K extends PositionAlert["kind"]> = Extract<PositionAlert, { readonly kind: K }>;

/** The positions that are in one state, by any of the risk managers. */
const eachPosition = <K extends PositionAlert["kind"]>(
  { facts: { positions }, limits: { symbolOf } }: RuleQuestion,
  kind: K,
  words: (alert: Of<K>) => string,
): readonly RuleFinding[] => {
  const isOf = (alert: PositionAlert): alert is Of<K> => alert.kind === kind;
  return [...positions.values()].filter(isOf).map((alert) => ({ subject: symbolOf(alert.token), what: words(alert) }));
};

const WHY: Readonly<Record<Of<"unjudged">["why"], string>> = {
  "price-not-ready": "its price is not ready",
  "prices-missing": "blocks or prices are missing between its snapshots",
  "no-pool": "no pool takes a slice of it",
  "pool-disagrees": "its pools lie far from the oracles' price",
};

/** The positions that risk managers watch for their stop-loss. */
export const POSITION_RULES: readonly AlertRule[] = [
  {
    id: "stop-loss-fires",
    severity: "page",
    cause: "position",
    holdMs: 0,
    clearMs: MINUTE_MS,
    title: "A position is sold by its stop-loss",
    next: "nexus risk positions says what is left. Take the token out of the rebalancer's targets, or it is bought back.",
    find: (question) => eachPosition(question, "fires", () => "oracles and pool both show the price below its stop"),
  },
  {
    id: "stop-loss-blind",
    severity: "warn",
    cause: "position",
    holdMs: 5 * MINUTE_MS,
    clearMs: MINUTE_MS,
    title: "A stop-loss cannot judge its position",
    next: "Nothing is sold meanwhile. nexus oracles says which price is missing; else compare the pools with other markets.",
    explainedBy: ["price-missing"],
    find: (question) => eachPosition(question, "unjudged", ({ why }) => WHY[why]),
  },
];
