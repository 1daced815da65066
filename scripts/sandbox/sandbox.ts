import { readFile } from "node:fs/promises";
import type { Log } from "../../keepers/core/log.ts";
import type { BookEnvironment } from "../../deployments/schema.ts";
import { SANDBOX_INDICES, testKeys, textOf } from "./account.ts";
import { type Chain, startChain } from "./chain.ts";
import { type Switch, faultyKeepers } from "./feeds/faults.ts";
import { watchFaults } from "./feeds/faultsFile.ts";
import { type Environment, type FundedToken, controlProvider, createEnvironment } from "./environment.ts";
import type { FairPrices, Market } from "./requests.ts";
import type { LivePool } from "./liquidity.ts";
import { seededMarket } from "./market.ts";
import { replayMarket } from "./replay.ts";
import { type SandboxSymphonyWorld, createSymphony } from "./symphony.ts";
import { type MarketStats, type MarketWorld, type RunningMarket, runMarket } from "./traders.ts";

/** Sei's time between blocks. */
export const BLOCK_MS = 400;

export type SandboxOptions = {
  /** Port on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** Decides the market: prices, traders, delays. */
  readonly seed: number;
  /** A file of recorded flow to replay instead; the seed then decides only what the file does not say. */
  readonly marketFile?: string;
  /** Blocks that one recorded minute takes. */
  readonly blocksPerRow?: number;
  /** A file that says what is wrong with the feeds, looked at in each block; it is removed at the start. */
  readonly faultsFile?: string;
  /** Stops the sandbox. */
  readonly signal: AbortSignal;
  readonly log: Log;
};

/** A local chain with everything that NEXUS finds on Sei, still under automine until `startMining`. */
export type Sandbox = {
  /** For agents and deployers: guarded, so that nobody mines, moves time or makes money. */
  readonly rpcUrl: string;
  readonly wsUrl: string;
  /** For the sandbox's owner alone. */
  readonly control: Chain["control"];
  readonly onHead: Chain["onHead"];
  readonly environment: BookEnvironment;
  /** The pools with their names and orientations, for views and measurements. */
  readonly pools: readonly LivePool[];
  readonly mint: Environment["mint"];
  /** Sets an account's native balance, in wei. */
  readonly setBalance: (account: string, wei: bigint) => Promise<void>;
  /** Ends automine: from now on a block every 400 ms. */
  readonly startMining: () => Promise<void>;
  /** Lets the market run; call it after `startMining`. A second call does nothing. */
  readonly startMarket: () => void;
  readonly marketStats: () => MarketStats | undefined;
  readonly fairPrices: () => FairPrices;
  /** The stand-in for Symphony's router, whose owner signs what is called here. */
  readonly symphony: SandboxSymphonyWorld["router"];
  /** Ends market, mining and server. A second call does nothing. */
  readonly stop: () => Promise<void>;
};

export type { FundedToken };

const readMarket = async (options: SandboxOptions): Promise<Market> => {
  if (options.marketFile === undefined) return seededMarket(options.seed);
  const { seed, blocksPerRow } = options;
  const csv = await readFile(options.marketFile, "utf8");
  return replayMarket(csv, { seed, ...(blocksPerRow === undefined ? {} : { blocksPerRow }) });
};

/** Any code that reverts at once. */
const REVERTING = "0x60006000fd";

/** Takes the code of a contract away and brings it back. */
const switchOf = ({ control }: Chain, contract: string): Switch => {
  let code = "";
  const set = async (next: string): Promise<void> => void (await control("hardhat_setCode", [contract, next]));
  return {
    off: async () => {
      code = textOf(await control("eth_getCode", [contract, "latest"]), "eth_getCode");
      await set(REVERTING);
    },
    on: () => set(code),
  };
};

/** The keepers of all feeds, which do wrong as the file of faults says, if one is named. */
const keepersOf = async (
  chain: Chain,
  { feedKeepers, feedContracts }: Environment,
  { faultsFile, log }: SandboxOptions,
): Promise<Environment["feedKeepers"]> => {
  if (faultsFile === undefined) return feedKeepers;
  const { faults, look } = await watchFaults(faultsFile, log);
  chain.onHead(() => void look());
  const { API3, Pyth, RedStone } = feedContracts;
  const contracts = { API3: switchOf(chain, API3), Pyth: switchOf(chain, Pyth), RedStone: switchOf(chain, RedStone) };
  return faultyKeepers(feedKeepers, contracts, faults);
};

/** The market's life: begun once, ended once. */
const marketOf = (world: MarketWorld, market: Market) => {
  const ending = new AbortController();
  let running: RunningMarket | undefined;
  const start = (): void => {
    if (running === undefined && !ending.signal.aborted) {
      running = runMarket(world, market, ending.signal);
    }
  };
  const stop = async (): Promise<void> => {
    ending.abort();
    await running?.done;
  };
  return { start, stop, stats: () => running?.stats(), prices: () => running?.prices() ?? market.initial };
};

/** The world before NEXUS, and the stand-ins for Symphony on top of its pools. */
const createWorld = async (chain: Chain, market: Market) => {
  const environment = await createEnvironment(chain, market.initial);
  const signer = testKeys()(SANDBOX_INDICES.environment).connect(controlProvider(chain));
  const symphony = await createSymphony(signer, chain.control, environment);
  return { environment, symphony, book: { ...environment.book, aggregators: [symphony.entry] } };
};

/**
 * Starts the chain and deploys the world before NEXUS. The caller then deploys NEXUS under automine, calls
 * `startMining` and `startMarket`, and at the end `stop`, which an abort of `signal` does too.
 * @throws FlowFileError when the market file is malformed; Error when the port is taken or the set-up fails
 */
export const startSandbox = async (options: SandboxOptions): Promise<Sandbox> => {
  const { signal, log } = options;
  signal.throwIfAborted();
  const market = await readMarket(options);
  const chain = await startChain(options.port, (block) => log.warn("sandbox.subscription.renewed", { block }));
  const { environment, symphony, book } = await createWorld(chain, market).catch(async (error: unknown) => {
    await chain.stop();
    throw error;
  });
  const feedKeepers = await keepersOf(chain, environment, options);
  const life = marketOf({ chain, environment: { ...environment, feedKeepers }, log }, market);
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= life.stop().then(symphony.stop).then(chain.stop));
  const onAbort = (): void => {
    stop().catch((error: unknown) => {
      log.error("sandbox.stop.failed", { reason: String(error) });
    });
  };
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) await stop();
  signal.throwIfAborted();
  log.info("sandbox.ready", { rpcUrl: chain.rpcUrl, pools: environment.pools.length });
  return {
    rpcUrl: chain.rpcUrl,
    wsUrl: chain.wsUrl,
    control: chain.control,
    onHead: chain.onHead,
    environment: book,
    pools: environment.pools,
    mint: environment.mint,
    setBalance: async (account, wei) =>
      void (await chain.control("hardhat_setBalance", [account, `0x${wei.toString(16)}`])),
    startMining: () => chain.startMining(BLOCK_MS),
    startMarket: life.start,
    marketStats: life.stats,
    fairPrices: life.prices,
    symphony: symphony.router,
    stop,
  };
};
