import { mulDivDown, sqrtDown } from "../../keepers/core/integers.ts";
import { PIPS } from "../../keepers/market/pips.ts";
import type { V2Pool } from "../../keepers/market/pool.ts";
import { pushToPrice } from "../../keepers/market/toPrice.ts";
import type { TradeRequest } from "./requests.ts";
import { type Orientation, distancePips, priceFromReserves, priceFromSqrt, sqrtFromPrice } from "./sizing.ts";

/** A pool's state as far as an order's size depends on it. Raw token units. */
export type PoolState = V2Pool | { readonly kind: "v3"; readonly sqrtPriceX96: bigint; readonly liquidity: bigint };

/**
 * A swap to send. `minOut` keeps a v2 order, and `sqrtPriceLimitX96` a v3 order, from going further than wanted when
 * somebody else trades first; zero is no limit.
 */
export type Order = {
  readonly sellsBase: boolean;
  readonly amountIn: bigint;
  readonly minOut: bigint;
  readonly sqrtPriceLimitX96: bigint;
};

/** A v2 order accepts this much less than the pair promised: less than what anybody else's order in front would take. */
const SLACK_PIPS = 200n;
/** A v3 order ends at its price limit, long before this. */
const UNBOUNDED = 2n ** 127n;

const v2ToPrice = (pool: V2Pool, side: Orientation, price: bigint): readonly Order[] => {
  const push = pushToPrice(pool, sqrtFromPrice(price, side));
  if (push.kind !== "push") return [];
  const sellsBase = (push.tokenIn === pool.token0) === side.baseIsToken0;
  const minOut = push.amountOut - (push.amountOut * SLACK_PIPS) / PIPS;
  return [{ sellsBase, amountIn: push.amountIn, minOut, sqrtPriceLimitX96: 0n }];
};

const ordersToPrice = (
  request: Extract<TradeRequest, { kind: "toPrice" }>,
  side: Orientation,
  state: PoolState,
): readonly Order[] => {
  const now =
    state.kind === "v2"
      ? priceFromReserves(state.reserve0, state.reserve1, side)
      : priceFromSqrt(state.sqrtPriceX96, side);
  if (distancePips(now, request.price) <= request.tolerancePips) return [];
  if (state.kind === "v2") return v2ToPrice(state, side, request.price);
  // The exact size is the pool's own business: it stops at the limit, also when somebody else traded first.
  const sqrtPriceLimitX96 = sqrtFromPrice(request.price, side);
  return [{ sellsBase: now > request.price, amountIn: UNBOUNDED, minOut: 0n, sqrtPriceLimitX96 }];
};

const ordersOfFlow = (request: Extract<TradeRequest, { kind: "flow" }>, state: PoolState): readonly Order[] => {
  if (request.liquidity === 0n) return [];
  const ours = state.kind === "v2" ? sqrtDown(state.reserve0 * state.reserve1) : state.liquidity;
  const order = (sellsBase: boolean, paidIn: bigint): readonly Order[] => {
    const amountIn = mulDivDown(paidIn, ours, request.liquidity);
    return amountIn === 0n ? [] : [{ sellsBase, amountIn, minOut: 0n, sqrtPriceLimitX96: 0n }];
  };
  return [...order(true, request.baseIn), ...order(false, request.quoteIn)];
};

/**
 * The swaps that carry out a request, given the pool as it stands; none when there is nothing to do. Recorded flow has
 * no least output and no limit: it stands for traders who took what they got.
 */
export const ordersFor = (request: TradeRequest, side: Orientation, state: PoolState): readonly Order[] =>
  request.kind === "toPrice" ? ordersToPrice(request, side, state) : ordersOfFlow(request, state);
