import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JsonRpcProvider, MaxUint256 } from "ethers";
import type { AddressBook } from "../../deployments/schema.ts";
import { loadConfig } from "../../keepers/wiring/config.ts";
import type { KeeperConfig } from "../../keepers/wiring/config.ts";
import type { KeeperEvent } from "../../keepers/core/events.ts";
import type { Log } from "../../keepers/core/log.ts";
import { testKeys } from "../../scripts/sandbox/account.ts";
import { ROLE_INDICES } from "../../scripts/sandbox/fleet.ts";
import { type SandboxNexus, deployNexus } from "../../scripts/sandbox/nexus.ts";
import { type Sandbox, startSandbox } from "../../scripts/sandbox/sandbox.ts";
import { IV2Router__factory, SandboxToken__factory } from "../../types/index.ts";
import { NODE_OPTIONS } from "../../scripts/lib/nodeOptions.ts";
import { removeFolder } from "../../scripts/lib/removeFolder.ts";

/** A sandbox with NEXUS on it, and a folder for the keepers' files. */
export type KeeperWorld = {
  readonly sandbox: Sandbox;
  readonly nexus: SandboxNexus;
  readonly book: AddressBook;
  readonly provider: JsonRpcProvider;
  readonly dataDir: string;
  readonly close: () => Promise<void>;
};

const timeoutPayment: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Starts everything, under automine; `startMining` is for the caller. `marketFile`: a recorded market, one row a block. */
export const startKeeperWorld = async (
  seed: number,
  signal: AbortSignal,
  market: { readonly marketFile?: string } = {},
): Promise<KeeperWorld> => {
  const sandbox = await startSandbox({ port: 0, seed, signal, log: timeoutPayment, ...market });
  const options = { ...NODE_OPTIONS, staticNetwork: true, pollingInterval: 20 };
  const provider = new JsonRpcProvider(sandbox.rpcUrl, 1329, options);
  const nexus = await deployNexus(provider, sandbox);
  const { book } = nexus;
  const dataDir = await mkdtemp(join(tmpdir(), "nexus-keepers-"));
  const close = async (): Promise<void> => {
    provider.destroy();
    await sandbox.stop();
    await removeFolder(dataDir);
  };
  return { sandbox, nexus, book, provider, dataDir, close };
};

/** The sandbox's whole fleet with its executor, not in dry-run. */
export const fleetConfig = (world: KeeperWorld, overrides: Readonly<Record<string, unknown>> = {}): KeeperConfig => {
  const agents = world.nexus.agents.map(({ name, kind, signer }) => ({ name, kind, key: signer.privateKey }));
  const executor = { name: "executor", kind: "execution", key: world.nexus.executor.privateKey };
  const { wsUrl } = world.sandbox;
  return loadConfig(
    {
      rpcUrl: wsUrl,
      chainId: 1329,
      addressBook: "unused",
      dataDir: world.dataDir,
      dryRun: false,
      agents: [...agents, executor],
      ...overrides,
    },
    {},
  );
};

const SWAP_GAS = 400_000n;

/** Someone with money and standing approvals who moves pools. Made while the chain still mines at once. */
export const createPusher = async ({ sandbox, provider }: KeeperWorld) => {
  const wallet = testKeys()(ROLE_INDICES.depositor).connect(provider);
  const { tokens, dexes } = sandbox.environment;
  const [usdc, wsei] = [tokens["USDC"]?.address ?? "", tokens["WSEI"]?.address ?? ""];
  const router = dexes.find(({ kind }) => kind === "v2")?.router ?? "";
  for (const [name, token, available] of [
    ["USDC", usdc, 10n ** 13n],
    ["WSEI", wsei, 10n ** 25n],
  ] as const) {
    await sandbox.mint(name, wallet.address, available);
    await (await SandboxToken__factory.connect(token, wallet).approve(router, MaxUint256)).wait();
  }
  const contract = IV2Router__factory.connect(router, wallet);
  /** Sends a swap on the v2 pair of WSEI and USDC without waiting for it. Gas price in wei. */
  return async (side: "buy" | "sell", amountIn: bigint, gasPrice = 10n ** 12n): Promise<void> => {
    const path = side === "buy" ? [usdc, wsei] : [wsei, usdc];
    const overrides = { nonce: await wallet.getNonce("pending"), gasPrice, gasLimit: SWAP_GAS };
    await contract.swapExactTokensForTokens(amountIn, 0n, path, wallet.address, MaxUint256, overrides);
  };
};

/** Stops the clockwork: from now on a block comes when the test says so. */
export const mineByHand = async ({ sandbox }: KeeperWorld): Promise<() => Promise<void>> => {
  await sandbox.control("evm_setAutomine", [false]);
  return async () => void (await sandbox.control("evm_mine", []));
};

/** Remembers all events, and waits for some. */
export const createRecorder = () => {
  const events: KeeperEvent[] = [];
  return {
    events,
    emit: (event: KeeperEvent): void => void events.push(event),
    of: <K extends KeeperEvent["kind"]>(kind: K): readonly Extract<KeeperEvent, { readonly kind: K }>[] =>
      events.filter((event): event is Extract<KeeperEvent, { readonly kind: K }> => event.kind === kind),
  };
};
