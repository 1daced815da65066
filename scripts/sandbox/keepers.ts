import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AddressBook } from "../../deployments/schema.ts";
import type { EmitEvent } from "../../keepers/core/events.ts";
import { type KeeperConfig, type KeeperConfigInput, configSchema } from "../../keepers/wiring/config.ts";
import { runKeepers } from "../../keepers/main.ts";
import { testKeys } from "./account.ts";
import { FLEET, ROLE_INDICES, SPREAD } from "./fleet.ts";
import { messageSecretsOf } from "./messageKeys.ts";
import { removeFolder } from "../lib/removeFolder.ts";

/** A fleet that runs. */
export type Fleet = {
  /** Rejects when an agent had to give up. */
  readonly done: Promise<void>;
  /** Lets every agent finish what it is at. A second call does nothing. */
  readonly stop: () => Promise<void>;
};

export type FleetOptions = {
  readonly wsUrl: string;
  readonly book: AddressBook;
  readonly emit: EmitEvent;
  /** What differs from the keepers' own defaults. */
  readonly adapt?: Partial<KeeperConfigInput>;
};

/** Who proposes beyond the fast path: a second task of this voter, whose agent proposes nothing else. */
const REBALANCER = { name: "rebalancer", of: "risk-4" } as const;

/** The voter with whose box key those who have no seat read, as one operator's processes do. */
const LENDER = "searcher";

/**
 * Who runs: the voters, the one who proposes for one of them, three who have no vote but pay gas (for the two paths, and for what
 * the prices' monitor shows), and one who watches them all.
 */
export const AGENTS = FLEET.length + 5;

/** The fleet's configuration: each agent with a key of its own. */
export const fleetConfig = (wsUrl: string, dataDir: string, adapt: Partial<KeeperConfigInput> = {}): KeeperConfig => {
  const keyAt = testKeys();
  const voters = FLEET.map(({ name, kind }, index) => {
    return { name, kind, key: keyAt(ROLE_INDICES.firstSigner + index).privateKey, ...messageSecretsOf(name) };
  });
  // Who has no seat reads with the box key of a member of its operator.
  const { boxKey } = messageSecretsOf(LENDER);
  const sender = (index: number) => ({ key: keyAt(index).privateKey, boxKey });
  const ofVoter = FLEET.findIndex(({ name }) => name === REBALANCER.of);
  const rebalancer = {
    name: REBALANCER.name,
    kind: "rebalance",
    key: keyAt(ROLE_INDICES.firstSigner + ofVoter).privateKey,
    ...messageSecretsOf(REBALANCER.of),
  } as const;
  const steward = { name: "steward", kind: "steward", ...sender(ROLE_INDICES.steward) } as const;
  const executor = { name: "executor", kind: "execution", ...sender(ROLE_INDICES.executor) } as const;
  const monitor = { name: "monitor", kind: "monitor", ...sender(ROLE_INDICES.monitor) } as const;
  const alerts = { name: "alerts", kind: "alerts", ...sender(ROLE_INDICES.alerts) } as const;
  return configSchema.parse({
    rpcUrl: wsUrl,
    chainId: 1329,
    addressBook: "sandbox",
    dataDir,
    dryRun: false,
    agents: [...voters, executor, rebalancer, steward, monitor, alerts],
    rebalance: SPREAD,
    ...adapt,
  });
};

/**
 * Runs the sandbox's fleet. Journals lie in a folder of their own that goes with it: the chain they are about goes too.
 * @throws FatalError when an agent cannot start
 */
export const startFleet = async ({ wsUrl, book, emit, adapt = {} }: FleetOptions): Promise<Fleet> => {
  const dataDir = await mkdtemp(join(tmpdir(), "nexus-"));
  const ending = new AbortController();
  const tidy = (): Promise<void> => removeFolder(dataDir);
  const running = await runKeepers(fleetConfig(wsUrl, dataDir, adapt), { book, signal: ending.signal, emit }).catch(
    async (error: unknown) => {
      await tidy();
      throw error;
    },
  );
  // Who does not wait for the end must not be ended by it.
  running.done.catch(() => undefined);
  let stopping: Promise<void> | undefined;
  const stopOnce = async (): Promise<void> => {
    ending.abort();
    await running.done.catch(() => undefined);
    await tidy();
  };
  return { done: running.done, stop: () => (stopping ??= stopOnce()) };
};
