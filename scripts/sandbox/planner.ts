import type { Random } from "../../keepers/core/random.ts";
import type { FairPrices, TradeRequest, PoolRef, TraderParams } from "./requests.ts";
import { type AssetName, type SandboxTokenName, assetOf, trades } from "./pools.ts";

type Plan = { readonly pool: PoolRef; readonly shift: number };

/** Who trades where and when. Plans are made ahead; the price that they aim at is the fair one of the block they act in. */
export type Planner = {
  /** The asset's price has moved: one pool follows at once, the others later. */
  readonly news: (step: number, asset: AssetName) => void;
  /** Large orders without news, each undone later, and traders who look in by chance. */
  readonly pushAndVisit: (step: number) => void;
  /** Plans that the traders of one pool move it to the fair price, `delay` blocks from now or by chance. */
  readonly follow: (step: number, pool: PoolRef, delay?: number) => void;
  /** The orders of this block, in the order in which they were planned. */
  readonly due: (step: number, prices: FairPrices) => readonly TradeRequest[];
};

const WAD = 10n ** 18n;

const usdOf = (token: SandboxTokenName, prices: FairPrices): bigint => {
  const asset = assetOf(token);
  return asset === undefined ? WAD : prices[asset];
};

/** Fair price of one base in quote, 18 decimals. */
export const fairPrice = (pool: Pick<PoolRef, "base" | "quote">, prices: FairPrices): bigint =>
  (usdOf(pool.base, prices) * WAD) / usdOf(pool.quote, prices);

/** Moves a price by a logarithmic distance. */
const shifted = (price: bigint, shift: number): bigint =>
  (price * BigInt(Math.round(Math.exp(shift) * 1e12))) / 1_000_000_000_000n;

/** One order a pool: two traders who saw the same state would together go too far. */
const firstOfEach = (list: readonly Plan[]): readonly Plan[] =>
  list.filter(({ pool }, index) => list.findIndex((other) => other.pool === pool) === index);

const toTransaction = ({ pool, shift }: Plan, prices: FairPrices, tolerancePips: bigint): TradeRequest => ({
  kind: "toPrice",
  pool: pool.name,
  price: shifted(fairPrice(pool, prices), shift),
  tolerancePips,
});

/** A planner that draws all chance from `random`. */
export const createPlanner = (random: Random, pools: readonly PoolRef[], params: TraderParams): Planner => {
  const plans = new Map<number, Plan[]>();
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random.uniform() * list.length)];
  const between = (low: number, high: number): number => low + random.uniform() * (high - low);
  const delayed = (): number => Math.floor(between(params.delayMin, params.delayMax + 1));

  const add = (step: number, plan: Plan): void => {
    const list = plans.get(step);
    if (list === undefined) plans.set(step, [plan]);
    else list.push(plan);
  };
  const follow: Planner["follow"] = (step, pool, delay = delayed()) => {
    add(step + delay, { pool, shift: params.noise * random.normal() });
  };

  const news: Planner["news"] = (step, asset) => {
    const affected = pools.filter((pool) => trades(pool, asset));
    const first = pick(affected);
    for (const pool of affected) follow(step, pool, pool === first ? 0 : undefined);
  };
  const push = (step: number): void => {
    const pool = pick(pools);
    if (pool === undefined) return;
    add(step, { pool, shift: (random.uniform() < 0.5 ? -1 : 1) * between(params.pushMin, params.pushMax) });
    follow(step, pool);
  };
  const pushAndVisit: Planner["pushAndVisit"] = (step) => {
    if (random.uniform() < params.pushRate) push(step);
    for (const pool of pools) if (random.uniform() < params.visitRate) follow(step, pool, 0);
  };
  const due: Planner["due"] = (step, prices) => {
    const list = plans.get(step) ?? [];
    plans.delete(step);
    return firstOfEach(list).map((plan) => toTransaction(plan, prices, params.tolerancePips));
  };
  return { news, pushAndVisit, follow, due };
};
