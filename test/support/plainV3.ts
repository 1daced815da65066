import type { V3Moved, V3Swap } from "../../keepers/market/v3Swap.ts";
import type { V3State } from "../../keepers/market/v3State.ts";
import {
  MAX_SQRT_RATIO,
  MAX_TICK,
  MIN_SQRT_RATIO,
  MIN_TICK,
  sqrtRatioAtTick,
  tickAtSqrtRatio,
} from "../../keepers/market/tickMaths.ts";

/** The plain twin of `swapV3`: one step after the other, as the white paper tells it, with no sums kept and no leaps. */

const PIPS = 1_000_000n;
const Q96 = 1n << 96n;
const TWO_256 = 1n << 256n;
const ceilDiv = (n: bigint, d: bigint): bigint => n / d + (n % d === 0n ? 0n : 1n);

type PlainStep = {
  readonly price: bigint;
  readonly amountIn: bigint;
  readonly amountOut: bigint;
  readonly fee: bigint;
};

const amount0 = (low: bigint, high: bigint, liquidity: bigint, up: boolean): bigint => {
  const numerator = (liquidity << 96n) * (high - low);
  return up ? ceilDiv(ceilDiv(numerator, high), low) : numerator / high / low;
};
const amount1 = (low: bigint, high: bigint, liquidity: bigint, up: boolean): bigint =>
  up ? ceilDiv(liquidity * (high - low), Q96) : (liquidity * (high - low)) / Q96;

const nextPrice = (price: bigint, liquidity: bigint, input: { amount: bigint; down: boolean }): bigint => {
  const { amount, down } = input;
  if (!down) return price + (amount * Q96) / liquidity;
  if (amount === 0n) return price;
  const scaled = liquidity << 96n;
  const product = amount * price;
  if (product < TWO_256 && scaled + product < TWO_256) return ceilDiv(scaled * price, scaled + product);
  return ceilDiv(scaled, scaled / price + amount);
};

const plainStep = (at: {
  price: bigint;
  target: bigint;
  liquidity: bigint;
  remaining: bigint;
  feePips: bigint;
}): PlainStep => {
  const { price, target, liquidity, remaining, feePips } = at;
  const down = price >= target;
  const input = (to: bigint): bigint =>
    down ? amount0(to, price, liquidity, true) : amount1(price, to, liquidity, true);
  const available = (remaining * (PIPS - feePips)) / PIPS;
  const next = available >= input(target) ? target : nextPrice(price, liquidity, { amount: available, down });
  const amountIn = input(next);
  const amountOut = down ? amount1(next, price, liquidity, false) : amount0(price, next, liquidity, false);
  const fee = next === target ? ceilDiv(amountIn * feePips, PIPS - feePips) : remaining - amountIn;
  return { price: next, amountIn, amountOut, fee };
};

/** The next initialised tick within one word of the bitmap, or the edge of that word. */
const nextTick = (state: V3State, tick: number, down: boolean): number => {
  const compressed = Math.floor(tick / state.tickSpacing) + (down ? 0 : 1);
  const word = Math.floor(compressed / 256);
  const edge = (down ? word * 256 : word * 256 + 255) * state.tickSpacing;
  const found = state.ticks
    .map(({ index }) => index)
    .filter((index) => (down ? index <= tick && index >= edge : index > tick && index <= edge));
  const next = down ? Math.max(edge, ...found) : Math.min(edge, ...found);
  return Math.min(Math.max(next, MIN_TICK), MAX_TICK);
};

export type PlainResult = {
  readonly spent: bigint;
  readonly amountOut: bigint;
  readonly moved: V3Moved & { readonly tick: number };
};

/** Swaps in a pool of which every tick is known. `farthest` tells how far the price came, to compare with a window. */
export const plainSwapV3 = (state: V3State, swap: V3Swap): PlainResult => {
  const down = swap.zeroForOne;
  const limit = swap.sqrtPriceLimitX96 ?? (down ? MIN_SQRT_RATIO + 1n : MAX_SQRT_RATIO - 1n);
  let { sqrtPriceX96: price, tick, liquidity } = state;
  let [remaining, out] = [swap.amountIn, 0n];
  while (remaining !== 0n && price !== limit) {
    const stop = nextTick(state, tick, down);
    const stopPrice = sqrtRatioAtTick(stop);
    const target = (down ? stopPrice < limit : stopPrice > limit) ? limit : stopPrice;
    const step = plainStep({ price, target, liquidity, remaining, feePips: state.feePips });
    remaining -= step.amountIn + step.fee;
    out += step.amountOut;
    if (step.price === stopPrice) {
      const net = state.ticks.find(({ index }) => index === stop)?.liquidityNet ?? 0n;
      liquidity += down ? -net : net;
      tick = down ? stop - 1 : stop;
    } else if (step.price !== price) {
      tick = tickAtSqrtRatio(step.price);
    }
    price = step.price;
  }
  return { spent: swap.amountIn - remaining, amountOut: out, moved: { sqrtPriceX96: price, tick, liquidity } };
};
