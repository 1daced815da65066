import { DEFAULT_FAULTS } from "../lib/sandboxFiles.ts";
import { JsonRpcProvider } from "ethers";
import type { AddressBook } from "../../deployments/schema.ts";
import type { Log } from "../../keepers/core/log.ts";
import type { DeployParameters } from "../deploy/parameters.ts";
import { BOND, FLEET } from "../sandbox/fleet.ts";
import { deployNexus } from "../sandbox/nexus.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import type { WorldOptions, WorldOrder, WorldReport } from "./messages.ts";
import { NODE_OPTIONS } from "../lib/nodeOptions.ts";

/*
 * The sandbox in a process of its own, so that the chain's work and the agents' thinking do not share a thread. It is
 * started by worldProcess.ts, does what it is told, and ends with its parent.
 */

const CHAIN_ID = 1329;
const POLLING_MS = 20;

const tell = (report: WorldReport): void => void process.send?.(report);
const progress = (line: string): void => tell({ kind: "progress", line });

const warn: Log["warn"] = (event, fields) => progress(`${event}: ${String(fields?.["reason"] ?? "")}`);
const log: Log = { debug: () => undefined, info: () => undefined, warn, error: warn };

/** All voters of the fleet, with all their weight. */
const unanimously = (usual: DeployParameters): DeployParameters => ({
  ...usual,
  policies: {
    ...usual.policies,
    Routine: { ...usual.policies.Routine, threshold: BOND * BigInt(FLEET.length), minVoters: FLEET.length },
  },
});

const deploy = async (sandbox: Sandbox, unanimous: boolean): Promise<AddressBook> => {
  const options = { ...NODE_OPTIONS, staticNetwork: true, pollingInterval: POLLING_MS };
  const provider = new JsonRpcProvider(sandbox.rpcUrl, CHAIN_ID, options);
  try {
    const { book } = await deployNexus(provider, sandbox, {
      say: progress,
      ...(unanimous ? { adapt: unanimously } : {}),
    });
    return book;
  } finally {
    provider.destroy();
  }
};

const open = async (options: WorldOptions, signal: AbortSignal): Promise<Sandbox> => {
  const { seed, marketFile, blocksPerRow, unanimous } = options;
  const started = performance.now();
  const seconds = (): string => ((performance.now() - started) / 1_000).toFixed(1);
  progress("starting the chain, its exchanges and oracles");
  const sandbox = await startSandbox({
    port: 0,
    seed,
    faultsFile: DEFAULT_FAULTS,
    signal,
    log,
    ...(marketFile === undefined ? {} : { marketFile }),
    ...(blocksPerRow === undefined ? {} : { blocksPerRow }),
  });
  progress(`sandbox ready after ${seconds()} s, ${sandbox.pools.length} pools; deploying NEXUS`);
  const book = await deploy(sandbox, unanimous);
  progress(`NEXUS deployed after ${seconds()} s, ${Object.keys(book.contracts).length} contracts`);
  await sandbox.startMining();
  tell({ kind: "ready", rpcUrl: sandbox.rpcUrl, wsUrl: sandbox.wsUrl, book });
  return sandbox;
};

/** Starts the market, and ends mining exactly `blocks` later, so that everybody measures the same blocks. */
const begin = (sandbox: Sandbox, blocks: number | undefined): void => {
  let first: number | undefined;
  sandbox.startMarket();
  const leave = sandbox.onHead(({ number }) => {
    if (first === undefined) {
      first = number;
      tell({ kind: "begun", block: first });
    }
    if (blocks === undefined || number < first + blocks) return;
    leave();
    sandbox.control("evm_setIntervalMining", [0]).then(() => tell({ kind: "halted", block: number }), fail);
  });
};

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const fail = (error: unknown): void => tell({ kind: "failed", reason: reasonOf(error) });

const ending = new AbortController();
let opening: Promise<Sandbox> | undefined;

const stop = async (): Promise<void> => {
  ending.abort();
  const sandbox = await opening?.catch(() => undefined);
  await sandbox?.stop();
  if (process.connected) process.disconnect();
};

const obey = async (order: WorldOrder): Promise<void> => {
  if (order.kind === "stop") return stop();
  if (order.kind === "open") opening ??= open(order.options, ending.signal);
  const sandbox = await opening;
  if (order.kind === "begin" && sandbox !== undefined) begin(sandbox, order.blocks);
};

process.on("message", (order: WorldOrder) => {
  obey(order).catch(fail);
});
process.on("disconnect", () => {
  stop().catch(fail);
});
// Ctrl-C and a closed terminal reach the whole group of processes: the parent lets its agents finish first, and then says stop.
for (const name of ["SIGINT", "SIGHUP"] as const) process.on(name, () => undefined);
