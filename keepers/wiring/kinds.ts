/**
 * The kinds of agents: one line each. The configuration, the fleet, `nexus keeper` and `nexus doctor` derive from this list;
 * docs/extending.md says how to add one.
 */
export { arbitrage } from "./arbitrage.ts";
export { risk } from "./risk.ts";
export { execution } from "./execution.ts";
export { rebalance } from "./rebalance.ts";
export { outside } from "./outside.ts";
export { steward } from "./steward.ts";
export { payments } from "./payments.ts";
export { alerts } from "./alerts.ts";
export { monitor } from "./monitor.ts";
