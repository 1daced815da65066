import { type ContractTransactionResponse, type Signer, type TransactionResponse, JsonRpcProvider } from "ethers";
import type { DeployParameters } from "../deploy/parameters.ts";
import { testKeys } from "../sandbox/account.ts";
import type { FleetAgent } from "../sandbox/fleet.ts";
import { type NexusOptions, type SandboxNexus, deployNexus } from "../sandbox/nexus.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { type Cost, countNewSlots } from "./trace.ts";
import { NODE_OPTIONS } from "../lib/nodeOptions.ts";

/** The sandbox under automine, with a way to pay for transactions and to see what they cost. */
export type BenchWorld = {
  readonly sandbox: Sandbox;
  readonly provider: JsonRpcProvider;
  /** A funded account that is nobody's; it sends what is measured. */
  readonly anyone: Signer;
  /** NEXUS with one price source for each asset. */
  readonly deploy: (options: NexusOptions) => Promise<SandboxNexus>;
  /** NEXUS with every source that the sandbox has for each asset. */
  readonly deployWithAllSources: (options: NexusOptions) => Promise<SandboxNexus>;
  /** Waits for a transaction and measures it. @throws Error when it reverted */
  readonly measure: (sent: Promise<TransactionResponse | ContractTransactionResponse>) => Promise<Cost>;
  readonly stop: () => Promise<void>;
};

/** Given with each swap: a pool's cost depends on whether the clock moved since the estimate. Only what is used counts. */
export const GAS_LIMIT = { gasLimit: 5_000_000n } as const;

const ANYONE = 70;
const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** `count` agents of as many operators, all of equal weight. */
export const equalFleet = (count: number): readonly FleetAgent[] =>
  Array.from({ length: count }, (_, index) => ({ name: `agent-${index}`, kind: "risk", operator: index }));

/** One source for each asset: the cost of more is measured by itself, and added to what values something. */
export const withOneSource = (parameters: DeployParameters): DeployParameters => ({
  ...parameters,
  assets: parameters.assets.map((asset) => ({ ...asset, sources: asset.sources.slice(0, 1), quorum: 1 })),
});

/** Without positions in lending markets, which have a bench of their own. */
const withoutPositions = (parameters: DeployParameters): DeployParameters => {
  const { lending = [], tokens } = parameters.environment;
  const positions = new Set(lending.flatMap(({ reserves }) => reserves.map(({ position }) => position)));
  const isPosition = (name: string): boolean => positions.has(tokens[name]?.address ?? "");
  return { ...parameters, assets: parameters.assets.filter(({ token }) => !isPosition(token)) };
};

/** Starts a world that never mines by itself. The caller stops it. */
export const startWorld = async (): Promise<BenchWorld> => {
  const ending = new AbortController();
  const sandbox = await startSandbox({ port: 0, seed: 1, signal: ending.signal, log: SILENT });
  const provider = new JsonRpcProvider(sandbox.rpcUrl, 1329, { ...NODE_OPTIONS, staticNetwork: true });
  provider.pollingInterval = 50;
  const anyone = testKeys()(ANYONE).connect(provider);
  await sandbox.setBalance(anyone.address, 10n ** 24n);
  const measure: BenchWorld["measure"] = async (sent) => {
    const response = await sent;
    const receipt = await response.wait();
    if (receipt === null) throw new Error(`no receipt of ${response.hash}`);
    return { gas: receipt.gasUsed, newSlots: await countNewSlots(sandbox.control, receipt.hash) };
  };
  const stop = async (): Promise<void> => {
    provider.destroy();
    await sandbox.stop();
  };
  const deployWithAllSources: BenchWorld["deploy"] = ({ adapt = (usual) => usual, ...options }) =>
    deployNexus(provider, sandbox, { ...options, adapt: (usual) => adapt(withoutPositions(usual)) });
  const deploy: BenchWorld["deploy"] = ({ adapt = (usual) => usual, ...options }) =>
    deployWithAllSources({ ...options, adapt: (usual) => withOneSource(adapt(usual)) });
  return { sandbox, provider, anyone, deploy, deployWithAllSources, measure, stop };
};
