import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import type { Address, Seconds } from "../../core/units.ts";
import type { Pool } from "../../market/pool.ts";

/** What a pool is to a mind: where it is and what it trades, and what its price follows from. */
export type SeenPool = {
  readonly address: Address;
  readonly kind: Pool["kind"];
  readonly token0: Address;
  readonly token1: Address;
  readonly feePips: bigint;
  /** Of a v2 pool its reserves; of a v3 pool √price × 2^96 and the liquidity at it. */
  readonly state:
    | { readonly reserve0: bigint; readonly reserve1: bigint }
    | { readonly sqrtPriceX96: bigint; readonly liquidity: bigint };
};

/** The world at the block at which a mind was asked. It holds no key, no vote and no message of anybody. */
export type OutsideSeen = {
  readonly view: Pick<ChainSnapshot, "block" | "time" | "tokens" | "everything">;
  readonly pools: readonly SeenPool[];
};

/** What a mind may ask for, whatever it says. */
export type OutsidePolicy = {
  readonly base: Address;
  /** The most that one trade may be worth, at the upper price, in USD with 18 decimals. */
  readonly maxTradeUsd: bigint;
  /** How far the least output may lie below the oracles' price, in basis points. */
  readonly slippageBps: bigint;
  /** From the snapshot to the proposal's deadline. */
  readonly lifetime: Seconds;
};

/** The part of a snapshot that a mind is asked about. */
export const seenOf = (view: ChainSnapshot, pools: readonly Pool[]): OutsideSeen => {
  const { block, time, tokens, everything } = view;
  return {
    view: { block, time, tokens, everything },
    pools: pools.map((pool) => {
      const { address, kind, token0, token1, feePips } = pool;
      const state =
        pool.kind === "v2"
          ? { reserve0: pool.reserve0, reserve1: pool.reserve1 }
          : { sqrtPriceX96: pool.sqrtPriceX96, liquidity: pool.liquidity };
      return { address, kind, token0, token1, feePips, state };
    }),
  };
};
