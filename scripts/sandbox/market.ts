import { type Random, seededRandom } from "../../keepers/core/random.ts";
import { type Planner, createPlanner } from "./planner.ts";
import type { Market, MarketStep, PoolRef, TraderParams } from "./requests.ts";
import { type AssetName, POOLS } from "./pools.ts";

/** How one asset's price moves. Sizes are logarithmic (0.01 ≈ 1 %), rates are per block. */
export type AssetParams = {
  readonly startUsd: number;
  readonly diffusion: number;
  readonly jumpRate: number;
  readonly jumpMin: number;
  readonly jumpMax: number;
};

export type MarketParams = {
  readonly pools: readonly PoolRef[];
  readonly assets: Readonly<Record<AssetName, AssetParams>>;
  readonly traders: TraderParams;
  /** Prices stay within about ± this much of where they started (logarithmic), so that liquidity stays in range. */
  readonly band: number;
};

/** An event of some kind about every seven blocks, gone after three to eight. */
export const DEFAULT_PARAMS: MarketParams = {
  pools: POOLS,
  assets: {
    SEI: { startUsd: 0.3, diffusion: 0.00005, jumpRate: 1 / 18, jumpMin: 0.005, jumpMax: 0.02 },
    ETH: { startUsd: 2500, diffusion: 0.00003, jumpRate: 1 / 24, jumpMin: 0.005, jumpMax: 0.02 },
  },
  traders: {
    delayMin: 3,
    delayMax: 8,
    noise: 0.0003,
    tolerancePips: 1_000n,
    pushRate: 1 / 24,
    pushMin: 0.007,
    pushMax: 0.014,
    visitRate: 1 / 25,
  },
  band: 0.12,
};

/** A dollar price as a number becomes 18 decimals, of which 12 carry information. */
export const toFair = (usd: number): bigint => BigInt(Math.round(usd * 1e12)) * 1_000_000n;

/** A price path: each call moves it by one block and says whether it jumped. */
export type PricePath = { readonly usd: () => number; readonly advance: () => boolean };

/**
 * A jump diffusion in logarithms. The further the price is from its start the likelier a jump leads back, and at `band`
 * it is certain, so that the path never leaves the band by more than one jump.
 */
export const jumpDiffusion = (random: Random, params: AssetParams, band: number): PricePath => {
  let x = 0;
  const advance = (): boolean => {
    x += params.diffusion * random.normal() - x * params.diffusion;
    const [arrives, side, size] = [random.uniform(), random.uniform(), random.uniform()];
    if (arrives >= params.jumpRate) return false;
    const up = side < 0.5 - x / (2 * band);
    x += (up ? 1 : -1) * (params.jumpMin + size * (params.jumpMax - params.jumpMin));
    return true;
  };
  return { usd: () => params.startUsd * Math.exp(x), advance };
};

/** One block of the seeded market: prices move, news and pushes are planned, and what is due is handed out. */
const seededStep = (paths: Readonly<Record<AssetName, PricePath>>, planner: Planner, step: number): MarketStep => {
  const seiJumped = paths.SEI.advance();
  const ethJumped = paths.ETH.advance();
  if (seiJumped) planner.news(step, "SEI");
  if (ethJumped) planner.news(step, "ETH");
  planner.pushAndVisit(step);
  const prices = { SEI: toFair(paths.SEI.usd()), ETH: toFair(paths.ETH.usd()) };
  return { step, prices, requests: planner.due(step, prices) };
};

/**
 * An endless market from a seed: SEI and ETH follow jump diffusions. At each jump the traders of one pool act at once
 * and those of the others some blocks later; now and then a large order pushes a pool off. Hence gaps open and close.
 * @param seed any integer; the same seed and parameters give the same market on every machine
 */
export const seededMarket = (seed: number, params: MarketParams = DEFAULT_PARAMS): Market => ({
  initial: { SEI: toFair(params.assets.SEI.startUsd), ETH: toFair(params.assets.ETH.startUsd) },
  *steps() {
    // One generator each, so that a change in how traders behave leaves the prices as they were.
    const paths = {
      SEI: jumpDiffusion(seededRandom(seed * 3), params.assets.SEI, params.band),
      ETH: jumpDiffusion(seededRandom(seed * 3 + 1), params.assets.ETH, params.band),
    };
    const planner = createPlanner(seededRandom(seed * 3 + 2), params.pools, params.traders);
    for (let step = 0; ; step += 1) yield seededStep(paths, planner, step);
  },
});
