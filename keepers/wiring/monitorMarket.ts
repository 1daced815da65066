import type { z } from "zod";
import { createSnapshotReader } from "../adapters/chain/snapshot.ts";
import { every } from "../adapters/clock/timers.ts";
import { type BookCache, type KeptBook, openBookCache } from "../adapters/oracles/bookCache.ts";
import { PRICE_ASK } from "../adapters/oracles/getJson.ts";
import { api3Endpoint } from "../adapters/oracles/api3.ts";
import { type PriceEndpoint, startPoller } from "../adapters/oracles/poller.ts";
import { pythEndpoint } from "../adapters/oracles/pythEndpoint.ts";
import { redstoneEndpoint } from "../adapters/oracles/redstone.ts";
import type { MonitorSettings } from "../agents/monitor/config.ts";
import type { MarketConfig, MarketReading } from "../agents/monitor/market.ts";
import type { MonitorPorts } from "../agents/monitor/ports.ts";
import type { SharedConfig, orchestratorSettings } from "../config/schema.ts";
import { USD } from "../config/shapes.ts";
import type { BlockNumber } from "../core/units.ts";
import type { HeardPrices } from "../market/prices/samples.ts";
import { type AgentTools, type Common, tokenNamed } from "./agentKind.ts";

const SECOND_MS = 1_000;
/** A stream that misses so many questions' time is over. */
const SILENT_POLLS = 3;
/** Words of v3 ticks on each side of the price: enough for a trade of the size that depths are told for. */
const TICK_REACH = 2;
const NO_SIGNERS: readonly never[] = [];

/** How markets are looked at. A pool in which a trade loses more than 2 % beyond its fee says little of a price. */
export const marketConfigOf = ({ tradeSizeUsd, pollSeconds }: MonitorSettings): MarketConfig => ({
  sizeUsd: tradeSizeUsd * USD,
  maxAge: BigInt(pollSeconds) * 6n,
  deviationBps: 10n,
  maxImpactBps: 200n,
  maxBandBps: 500n,
  samples: { maxAge: BigInt(pollSeconds) * 6n, aheadSlack: 5n, maxJumpBps: 2_000n },
});

export type MarketSideConfig = SharedConfig & {
  readonly monitor: MonitorSettings;
  readonly orchestrator: Pick<z.output<typeof orchestratorSettings>, "redis" | "prefix">;
};

/** What reads markets, what an earlier life kept of them, and what must be closed behind it. */
export type MarketSide = {
  readonly ports: Pick<MonitorPorts, "readMarket" | "market" | "keep">;
  readonly kept: KeptBook | undefined;
  readonly close: () => void;
};

const marketReader = (common: Common, { node, addresses }: AgentTools): MonitorPorts["readMarket"] => {
  const base = tokenNamed(common, common.config.baseToken);
  const read = createSnapshotReader(node, addresses, {
    signers: () => NO_SIGNERS,
    agentId: 0n,
    withPools: true,
    tickReach: TICK_REACH,
  });
  const readMarket = async (block: BlockNumber): Promise<MarketReading> => {
    const { view, pools } = await read(block);
    const held = new Map(view.tokens.map(({ token, balance }) => [token, balance]));
    const tokens = addresses.tokens.map((token) => ({ ...token, balance: held.get(token.address) ?? 0n }));
    return { tokens, base, pools };
  };
  // Prices of sources are watched also where pools cannot be read.
  return (block) => readMarket(block).catch(() => undefined);
};

/** The endpoints that the operator names, each as one that is followed. */
const endpointsOf = ({ config, book }: Common<MarketSideConfig>): readonly PriceEndpoint[] => {
  const { pythUrl: url, pythToken: token, pollSeconds, redstone, api3 } = config.monitor;
  const silenceMs = pollSeconds * SECOND_MS * SILENT_POLLS;
  const pyth = url === undefined ? undefined : pythEndpoint({ ...PRICE_ASK, url, token, silenceMs }, book.environment);
  return [
    ...(pyth === undefined ? [] : [pyth]),
    ...(redstone === undefined ? [] : [redstoneEndpoint(redstone, PRICE_ASK)]),
    ...(api3 === undefined ? [] : [api3Endpoint(api3, PRICE_ASK)]),
  ];
};

type Followed = { readonly market: MonitorPorts["market"]; readonly close: () => void };

const followEndpoints = (common: Common<MarketSideConfig>): Followed => {
  const everyMs = common.config.monitor.pollSeconds * SECOND_MS;
  const pollers = endpointsOf(common).map((endpoint) => startPoller({ endpoint, everyMs, every }));
  const take = (): HeardPrices => {
    const heard = pollers.map((poller) => poller.take());
    return { answers: heard.flatMap(({ answers }) => answers), refusals: heard.flatMap(({ refusals }) => refusals) };
  };
  const close = (): void => pollers.forEach((poller) => poller.close());
  return { market: pollers.length === 0 ? undefined : { take }, close };
};

const NO_CACHE: BookCache = { load: () => Promise.resolve(undefined), keep: () => undefined, close: () => undefined };

/** The cache in the operator's own Redis; a bus that others write to as well is none. */
const openCache = ({ config }: Common<MarketSideConfig>, { name, nowMs, emit }: AgentTools): BookCache => {
  const { redis, prefix } = config.orchestrator;
  if (redis === undefined) return NO_CACHE;
  const onTrouble = (what: string): void => emit({ kind: "trouble", agent: name, what });
  const { chainId } = config;
  return openBookCache({ url: redis.reveal(), prefix, chainId, agent: name, nowMs, onTrouble });
};

/** Opens what reads pools, balances and the endpoints of prices that are named, which are followed in the background. */
export const openMarket = async (common: Common<MarketSideConfig>, tools: AgentTools): Promise<MarketSide> => {
  const readMarket = marketReader(common, tools);
  const [cache, followed] = [openCache(common, tools), followEndpoints(common)];
  const close = (): void => {
    followed.close();
    cache.close();
  };
  return { ports: { readMarket, market: followed.market, keep: cache.keep }, kept: await cache.load(), close };
};
