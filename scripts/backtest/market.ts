import type { MarketBlock, SimulatedMarket, StrangersOrder, StrangersPlan } from "../../keepers/backtest/market.ts";
import type { Address } from "../../keepers/core/units.ts";
import { unixSeconds } from "../../keepers/core/units.ts";
import { orientation } from "../sandbox/liquidity.ts";
import { ordersFor } from "../sandbox/orders.ts";
import { POOLS, type PoolSpec } from "../sandbox/pools.ts";
import { parseFlow } from "../sandbox/recordedFlow.ts";
import { replayMarket } from "../sandbox/replay.ts";
import type { FairPrices, TradeRequest } from "../sandbox/requests.ts";
import { POOL_AT, TOKENS, tokenAt } from "./plan.ts";

/** How recorded minutes become blocks. */
export type MarketTerms = {
  /** For what the files do not say: SEI's path, and how late traders are. */
  readonly seed: number;
  /** Blocks at the beginning of each minute; the rest of it is left out, since the file says nothing of it. */
  readonly blocksPerRow: number;
  /** After how many blocks a transaction is in one: in so many before a minute's end agents have no rounds. */
  readonly latencyBlocks: number;
  /** In wei per gas. */
  readonly baseFee: bigint;
};

/** A recorded market: prices at the start, and its blocks, the same at each walk. `rows`: how many minutes it has. */
export type RecordedMarket = {
  readonly initial: FairPrices;
  readonly blocks: SimulatedMarket;
  readonly rows: number;
  readonly from: string;
  readonly to: string;
};

/** Sei makes a block every 0.4 s. */
const BLOCK_MS = 400;
const DOLLAR = 10n ** 18n;

const specNamed = (name: string): PoolSpec => {
  const spec = POOLS.find((one) => one.name === name);
  if (spec === undefined) throw new RangeError(`the sandbox has no pool ${name}`);
  return spec;
};

/** What a trader of the sandbox sends for a request, in the pool as it stands at his turn. */
const planOf = (request: TradeRequest): StrangersPlan => {
  const { base, quote, name } = specNamed(request.pool);
  const at = POOL_AT.get(name);
  const side = orientation(TOKENS[base], TOKENS[quote]);
  return (poolAt): readonly StrangersOrder[] => {
    const pool = at === undefined ? undefined : poolAt(at);
    if (pool === undefined) return [];
    return ordersFor(request, side, pool).map(({ sellsBase, ...order }) => ({
      ...order,
      pool: pool.address,
      tokenIn: tokenAt(sellsBase ? base : quote),
    }));
  };
};

const pricesOf = ({ SEI, ETH }: FairPrices): ReadonlyMap<Address, bigint> =>
  new Map([
    [tokenAt("USDC"), DOLLAR],
    [tokenAt("WETH"), ETH],
    [tokenAt("WSEI"), SEI],
  ]);

/**
 * A market from the text of a recorded file: the sandbox's own traders and its own replay, in memory.
 * @throws FlowFileError when the text is malformed or has no rows, RangeError for impossible terms
 */
export const recordedMarket = (csv: string, terms: MarketTerms): RecordedMarket => {
  const { seed, blocksPerRow, latencyBlocks, baseFee } = terms;
  if (latencyBlocks < 1 || latencyBlocks >= blocksPerRow) {
    throw new RangeError(`a latency of ${latencyBlocks} blocks does not fit into ${blocksPerRow} blocks a minute`);
  }
  const rows = parseFlow(csv);
  const market = replayMarket(csv, { seed, blocksPerRow });
  const startOf = (row: number): number => Date.parse(`${rows[row]?.timestamp.replace(" ", "T") ?? ""}Z`);
  const blocks = {
    *[Symbol.iterator](): Generator<MarketBlock, void> {
      for (const { step, prices, requests } of market.steps()) {
        const place = step % blocksPerRow;
        const ms = startOf(Math.floor(step / blocksPerRow)) + place * BLOCK_MS;
        const isWatched = place < blocksPerRow - latencyBlocks;
        const time = unixSeconds(BigInt(Math.floor(ms / 1_000)));
        yield { time, baseFee, prices: pricesOf(prices), strangers: requests.map(planOf), isWatched };
      }
    },
  };
  const [from = "", to = ""] = [rows[0]?.timestamp, rows.at(-1)?.timestamp];
  return { initial: market.initial, blocks, rows: rows.length, from, to };
};
