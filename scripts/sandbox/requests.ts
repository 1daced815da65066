import type { AssetName, PoolSpec } from "./pools.ts";

/** As much of a pool as the market's plans need. */
export type PoolRef = Pick<PoolSpec, "name" | "base" | "quote">;

/** Fair dollar prices of one whole unit, with 18 decimals. */
export type FairPrices = Readonly<Record<AssetName, bigint>>;

/** What one trader wants at one step. The size follows from the pool's state at that moment. */
export type TradeRequest =
  /** Move `pool` to `price` (quote per base, 18 decimals) if it is further away than `tolerancePips` (10⁶ = 100 %). */
  | { readonly kind: "toPrice"; readonly pool: string; readonly price: bigint; readonly tolerancePips: bigint }
  /** Pay in what was paid in where liquidity in range was `liquidity`, scaled to the pool's own; raw token units. */
  | {
      readonly kind: "flow";
      readonly pool: string;
      readonly baseIn: bigint;
      readonly quoteIn: bigint;
      readonly liquidity: bigint;
    };

/** What happens during one block: fair prices, which the oracles report, and the orders that traders send. */
export type MarketStep = {
  readonly step: number;
  readonly prices: FairPrices;
  readonly requests: readonly TradeRequest[];
};

/** A market as a pure sequence: it never depends on what anybody else trades. Each call of `steps` starts again. */
export type Market = { readonly initial: FairPrices; readonly steps: () => Generator<MarketStep, void> };

/** How traders behave. Delays in blocks. */
export type TraderParams = {
  /** How late the traders of all pools but one follow a jump. */
  readonly delayMin: number;
  readonly delayMax: number;
  /** Scatter of the price at which a trader is content (logarithmic), and the distance at which he acts at all. */
  readonly noise: number;
  readonly tolerancePips: bigint;
  /** How often a large order without news pushes one pool off, and how far (logarithmic). */
  readonly pushRate: number;
  readonly pushMin: number;
  readonly pushMax: number;
  /** How often somebody looks at a given pool without any cause. */
  readonly visitRate: number;
};
