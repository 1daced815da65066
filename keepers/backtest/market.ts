import type { Address, UnixSeconds } from "../core/units.ts";
import type { Pool } from "../market/pool.ts";

/** A swap of somebody else's. `sqrtPriceLimitX96`: where a v3 swap stops; zero for no limit. It is not made below `minOut`. */
export type StrangersOrder = {
  readonly pool: Address;
  readonly tokenIn: Address;
  readonly amountIn: bigint;
  readonly minOut: bigint;
  readonly sqrtPriceLimitX96: bigint;
};

/** Says what a stranger sends, given the pools as they stand when it is his turn. */
export type StrangersPlan = (poolAt: (pool: Address) => Pool | undefined) => readonly StrangersOrder[];

/**
 * One block of a market: its time, its base fee in wei per gas, true prices in USD with 18 decimals, and who trades. `isWatched`:
 * agents have their rounds in it; not in the last blocks before a gap in time, after which nothing they decided would still hold.
 */
export type MarketBlock = {
  readonly time: UnixSeconds;
  readonly baseFee: bigint;
  readonly prices: ReadonlyMap<Address, bigint>;
  readonly strangers: readonly StrangersPlan[];
  readonly isWatched: boolean;
};

/** A market from its first block on. Each walk through it gives the same blocks, whatever anybody trades. */
export type SimulatedMarket = Iterable<MarketBlock>;
