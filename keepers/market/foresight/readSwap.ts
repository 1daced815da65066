import { type Hex, sizeOf, sliceBytes, wordAt } from "../../core/hex.ts";
import type { Call } from "../../core/proposal.ts";
import { uniswapV2 } from "../../core/protocols/uniswapV2.ts";
import { uniswapV3 } from "../../core/protocols/uniswapV3.ts";
import { selectorOf } from "../../core/protocols/protocol.ts";
import { type Address, address } from "../../core/units.ts";
import type { Pool } from "../pool.ts";

/** A pool, and the router whose swaps go through it. */
export type RoutedPool = { readonly pool: Pool; readonly router: Address };

/** A swap that a router was asked for. Amounts in the tokens' units, `deadline` in Unix seconds. */
export type RouterSwap = {
  readonly kind: Pool["kind"];
  readonly amountIn: bigint;
  readonly minOut: bigint;
  readonly deadline: bigint | undefined;
  /** Where the price must stop; of a v3 swap in one pool only. */
  readonly sqrtPriceLimitX96: bigint | undefined;
  /** Each hop's pool, or undefined where it is none that we know. */
  readonly hops: readonly { readonly pool: Address | undefined; readonly tokenIn: Address }[];
};

type Step = { readonly tokenIn: Address; readonly tokenOut: Address; readonly feePips: bigint | undefined };

const TOKEN_BYTES = 20;
const HOP_BYTES = 23;

const trades = ({ token0, token1 }: Pool, { tokenIn, tokenOut }: Step): boolean =>
  (token0 === tokenIn && token1 === tokenOut) || (token0 === tokenOut && token1 === tokenIn);

const hopsOf = (steps: readonly Step[], kind: Pool["kind"], routed: readonly Pool[]): RouterSwap["hops"] =>
  steps.map((step) => {
    const found = routed.find(
      (pool) =>
        pool.kind === kind && trades(pool, step) && (step.feePips === undefined || step.feePips === pool.feePips),
    );
    return { pool: found?.address, tokenIn: step.tokenIn };
  });

const v2Steps = (tokens: readonly Address[]): readonly Step[] =>
  tokens.slice(1).flatMap((tokenOut, index) => {
    const tokenIn = tokens[index];
    return tokenIn === undefined ? [] : [{ tokenIn, tokenOut, feePips: undefined }];
  });

const v3Steps = (path: Hex): readonly Step[] =>
  Array.from({ length: (sizeOf(path) - TOKEN_BYTES) / HOP_BYTES }, (_, hop) => {
    const at = hop * HOP_BYTES;
    return {
      tokenIn: address(sliceBytes(path, at, at + TOKEN_BYTES)),
      feePips: BigInt(sliceBytes(path, at + TOKEN_BYTES, at + HOP_BYTES)),
      tokenOut: address(sliceBytes(path, at + HOP_BYTES, at + HOP_BYTES + TOKEN_BYTES)),
    };
  });

/** The price limit of a swap in one pool; zero is none, as the routers read it. */
const limitOf = (call: Call): bigint | undefined => {
  const limit = selectorOf(call) === uniswapV3.pools.selector ? wordAt(call.data, 6, 4) : undefined;
  return limit === 0n ? undefined : limit;
};

/**
 * What a call asks of a router of these pools: an exact input along one path. Undefined for every other call, a bundle of calls
 * among them.
 */
export const readRouterSwap = (call: Call, pools: readonly RoutedPool[]): RouterSwap | undefined => {
  const routed = pools.flatMap(({ pool, router }) => (router === call.target ? [pool] : []));
  const v2 = uniswapV2.read(call);
  if (v2 !== undefined) {
    const hops = hopsOf(v2Steps(uniswapV2.tokens(v2)), "v2", routed);
    const [minOut, deadline] = [uniswapV2.minOut(call) ?? 0n, wordAt(call.data, 4, 4)];
    return { kind: "v2", amountIn: v2.amountIn, minOut, deadline, sqrtPriceLimitX96: undefined, hops };
  }
  const v3 = uniswapV3.read(call);
  if (v3 === undefined) return undefined;
  const hops = hopsOf(v3Steps(v3.keyBytes), "v3", routed);
  const [minOut, sqrtPriceLimitX96] = [uniswapV3.minOut(call) ?? 0n, limitOf(call)];
  return { kind: "v3", amountIn: v3.amountIn, minOut, deadline: undefined, sqrtPriceLimitX96, hops };
};
