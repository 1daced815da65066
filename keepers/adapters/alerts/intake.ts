import type { PushSubscription } from "../../core/alerts.ts";
import { giveOrder, readAlerts } from "./folder.ts";

/** What a gateway says to an alerts agent for a browser, by the agent's folder. */
export type AlertsIntake = {
  /** The public key by which browsers ask; undefined where no agent that pushes is at work. */
  readonly key: () => Promise<string | undefined>;
  readonly subscribe: (subscription: PushSubscription, by: string) => Promise<void>;
  readonly unsubscribe: (endpoint: string, by: string) => Promise<void>;
};

/** An agent writes every five seconds: after this it counts as gone, and nobody fills its folder with orders. */
const SILENT_MS = 60_000;

/** Opens the intake of an agent that has its folder at `dir`, whether the agent runs yet or not. */
export const openAlertsIntake = (dir: string, nowMs: () => number): AlertsIntake => ({
  key: async () => {
    const report = await readAlerts(dir);
    return report === undefined || nowMs() - report.atMs > SILENT_MS ? undefined : report.pushKey;
  },
  subscribe: (subscription, by) => giveOrder(dir, { kind: "subscribe", subscription, by }),
  unsubscribe: (endpoint, by) => giveOrder(dir, { kind: "unsubscribe", endpoint, by }),
});
