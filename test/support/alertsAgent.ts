import { join } from "node:path";
import webPush from "web-push";
import { type AlertsFolder, openAlertsFolder } from "../../keepers/adapters/alerts/folder.ts";
import { openPush } from "../../keepers/adapters/alerts/push.ts";
import { emptyAlertsMemory } from "../../keepers/agents/alerts/memory.ts";
import { type AlertsAgent, tick } from "../../keepers/agents/alerts/tick.ts";
import { LIMITS } from "./alertScene.ts";

const ROUND_MS = 100;

/** An alerts agent with its real folder and its real pushes, and a fleet that tells nothing. */
export type PushingAgent = {
  /** The public key by which browsers ask. */
  readonly key: string;
  readonly folder: AlertsFolder;
  readonly stop: () => Promise<void>;
};

/** Starts the agent over a folder: ten rounds a second, until it is stopped. */
export const startPushingAgent = (dir: string): PushingAgent => {
  const { publicKey, privateKey } = webPush.generateVAPIDKeys();
  const push = openPush({ path: join(dir, "push.json"), contact: "mailto:ada@example.org", publicKey, privateKey });
  const folder = openAlertsFolder(dir, () => undefined);
  const nowMs = (): number => Date.now();
  const agent: AlertsAgent = {
    ports: {
      ...folder,
      nowMs,
      takeEvents: () => [],
      readProcess: () => ({ headMs: nowMs(), residentBytes: 1, lagMs: 0 }),
      readBalances: () => Promise.resolve(new Map()),
      subscribe: push.subscribe,
      unsubscribe: push.unsubscribe,
      channels: [push.channel],
      emit: () => undefined,
      wake: () => undefined,
    },
    memory: emptyAlertsMemory(nowMs()),
    config: { name: "alerts", leastSeverity: "warn", pushKey: publicKey, limits: LIMITS },
  };
  const controller = new AbortController();
  const rounds = async (): Promise<void> => {
    while (!controller.signal.aborted) {
      await tick(agent);
      await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
    }
  };
  const running = rounds();
  return {
    key: publicKey,
    folder,
    stop: async () => {
      controller.abort();
      await running;
    },
  };
};
