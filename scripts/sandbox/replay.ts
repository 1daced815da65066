import { seededRandom } from "../../keepers/core/random.ts";
import type { Market, MarketStep, PoolRef } from "./requests.ts";
import { type MarketParams, DEFAULT_PARAMS, jumpDiffusion, toFair } from "./market.ts";
import { createPlanner } from "./planner.ts";
import { RECORDED_POOL, trades } from "./pools.ts";
import { type FlowRow, FlowFileError, parseFlow } from "./recordedFlow.ts";

/** How a recorded file becomes a market. */
export type ReplayParams = {
  /** For what the file does not say: SEI's path and the traders' delays. */
  readonly seed: number;
  /** Blocks that one recorded minute takes; at least one. */
  readonly blocksPerRow: number;
  /** A pool other than the recorded one follows ETH when its price has moved this far (logarithmic). */
  readonly reluctance: number;
  /** Blocks between the visits of a trader who holds the recorded pool to the recorded price. */
  readonly correctionBlocks: number;
  readonly market: MarketParams;
};

/** SEI, which the file does not know, jumps half as often as in the seeded market. */
export const DEFAULT_REPLAY: ReplayParams = {
  seed: 1,
  blocksPerRow: 1,
  reluctance: 0.006,
  correctionBlocks: 10,
  market: {
    ...DEFAULT_PARAMS,
    assets: { ...DEFAULT_PARAMS.assets, SEI: { ...DEFAULT_PARAMS.assets.SEI, jumpRate: 1 / 36 } },
  },
};

const usdPerEth = (row: FlowRow): number => 1e12 * Math.exp(-row.closeTick * Math.log(1.0001));

/** Only what traders paid in counts; what the pool paid out follows from our own pool's curve. */
const flowOf = (row: FlowRow): MarketStep["requests"] => {
  const baseIn = row.netWeth > 0n ? row.netWeth : 0n;
  const quoteIn = row.netUsdc > 0n ? row.netUsdc : 0n;
  if (baseIn === 0n && quoteIn === 0n) return [];
  return [{ kind: "flow", pool: RECORDED_POOL, baseIn, quoteIn, liquidity: row.liquidity }];
};

/** Pools that trade ETH follow it late, each from the price that it last followed. */
const createFollowers = (pools: readonly PoolRef[], firstPrice: number, reluctance: number) => {
  const followed = new Map(pools.map((pool) => [pool, Math.log(firstPrice)]));
  return (price: number): readonly PoolRef[] => {
    const now = Math.log(price);
    const moved = pools.filter((pool) => Math.abs(now - (followed.get(pool) ?? now)) > reluctance);
    for (const pool of moved) followed.set(pool, now);
    return moved;
  };
};

const checkParams = (params: ReplayParams): void => {
  for (const [name, value] of Object.entries({
    blocksPerRow: params.blocksPerRow,
    correctionBlocks: params.correctionBlocks,
  })) {
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`${name} must be a whole number above 0, got ${value}`);
  }
};

function* replaySteps(rows: readonly FlowRow[], first: number, params: ReplayParams): Generator<MarketStep, void> {
  const { pools, assets, traders, band } = params.market;
  const sei = jumpDiffusion(seededRandom(params.seed * 3), assets.SEI, band);
  const planner = createPlanner(seededRandom(params.seed * 3 + 2), pools, traders);
  const recorded = pools.find((pool) => pool.name === RECORDED_POOL);
  const others = pools.filter((pool) => pool !== recorded && trades(pool, "ETH"));
  const moved = createFollowers(others, first, params.reluctance);
  for (let step = 0; step < rows.length * params.blocksPerRow; step += 1) {
    const row = rows[Math.floor(step / params.blocksPerRow)];
    if (row === undefined) return;
    if (sei.advance()) planner.news(step, "SEI");
    for (const pool of moved(usdPerEth(row))) planner.follow(step, pool);
    if (recorded !== undefined && step % params.correctionBlocks === 0) planner.follow(step, recorded, 0);
    const prices = { SEI: toFair(sei.usd()), ETH: toFair(usdPerEth(row)) };
    const planned = planner.due(step, prices);
    // A trader who moves the recorded pool to the recorded price does what that minute's flow did.
    const corrected = planned.some(({ pool }) => pool === RECORDED_POOL);
    const flow = corrected || step % params.blocksPerRow !== 0 ? [] : flowOf(row);
    yield { step, prices, requests: [...flow, ...planned] };
  }
}

/**
 * A market from recorded flow: ETH has the file's prices, its net amounts are traded in the pool most like the recorded
 * one, and SEI follows a gentle seeded path. It ends with the file.
 * @param csv the file's text
 * @throws FlowFileError when the file is malformed or has no rows, RangeError for impossible parameters
 */
export const replayMarket = (csv: string, params: Partial<ReplayParams> = {}): Market => {
  const full = { ...DEFAULT_REPLAY, ...params };
  checkParams(full);
  const rows = parseFlow(csv);
  const [firstRow] = rows;
  if (firstRow === undefined) throw new FlowFileError(1, "the file has a header and no rows");
  const first = usdPerEth(firstRow);
  return {
    initial: { SEI: toFair(full.market.assets.SEI.startUsd), ETH: toFair(first) },
    steps: () => replaySteps(rows, first, full),
  };
};
