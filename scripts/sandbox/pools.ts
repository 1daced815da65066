/** The three assets that the pools trade, by their names in the address book. */
export type SandboxTokenName = "WSEI" | "USDC" | "WETH";

/** What has a moving dollar price; the dollar stands still. */
export type AssetName = "SEI" | "ETH";

/** One position of a v3 pool: how far it reaches on each side of the first price, and its value on each side. */
export type PositionSpec = { readonly reachPercent: number; readonly depthUsd: number };

/** A pool of the sandbox. Its price is that of one `base` in `quote`. */
export type PoolSpec = {
  readonly name: string;
  readonly base: SandboxTokenName;
  readonly quote: SandboxTokenName;
  readonly feePips: number;
  readonly liquidity:
    | { readonly kind: "v2"; readonly depthUsd: number }
    | { readonly kind: "v3"; readonly tickSpacing: number; readonly positions: readonly PositionSpec[] };
};

/** The asset behind a token, or undefined for the dollar. */
export const assetOf = (token: SandboxTokenName): AssetName | undefined =>
  token === "USDC" ? undefined : token === "WSEI" ? "SEI" : "ETH";

/** Does the pool's price move with the asset's? */
export const trades = (pool: Pick<PoolSpec, "base" | "quote">, asset: AssetName): boolean =>
  assetOf(pool.base) === asset || assetOf(pool.quote) === asset;

const position = (reachPercent: number, depthUsd: number): PositionSpec => ({ reachPercent, depthUsd });

/** Where the recorded flow of a USDC/WETH pool is replayed: the pool most like the one it was recorded in. */
export const RECORDED_POOL = "v3-500 WETH/USDC";

/** Seven pools over three assets, of uneven depth and fee, so that two- and three-hop cycles of many shapes exist. */
export const POOLS: readonly PoolSpec[] = [
  {
    name: "v2 WSEI/USDC",
    base: "WSEI",
    quote: "USDC",
    feePips: 3000,
    liquidity: { kind: "v2", depthUsd: 500_000 },
  },
  {
    name: "v3-500 WSEI/USDC",
    base: "WSEI",
    quote: "USDC",
    feePips: 500,
    liquidity: {
      kind: "v3",
      tickSpacing: 10,
      positions: [position(60, 300_000), position(15, 120_000), position(4, 60_000)],
    },
  },
  {
    name: "v3-3000 WSEI/USDC",
    base: "WSEI",
    quote: "USDC",
    feePips: 3000,
    liquidity: { kind: "v3", tickSpacing: 60, positions: [position(60, 150_000), position(12, 40_000)] },
  },
  {
    name: "v2 WETH/USDC",
    base: "WETH",
    quote: "USDC",
    feePips: 3000,
    liquidity: { kind: "v2", depthUsd: 700_000 },
  },
  {
    name: RECORDED_POOL,
    base: "WETH",
    quote: "USDC",
    feePips: 500,
    liquidity: {
      kind: "v3",
      tickSpacing: 10,
      positions: [position(60, 400_000), position(15, 180_000), position(5, 90_000)],
    },
  },
  {
    name: "v3-3000 WSEI/WETH",
    base: "WSEI",
    quote: "WETH",
    feePips: 3000,
    liquidity: { kind: "v3", tickSpacing: 60, positions: [position(60, 120_000), position(15, 40_000)] },
  },
  {
    name: "v2 WSEI/WETH",
    base: "WSEI",
    quote: "WETH",
    feePips: 3000,
    liquidity: { kind: "v2", depthUsd: 150_000 },
  },
];
