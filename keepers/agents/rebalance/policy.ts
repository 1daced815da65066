import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import type { Address, Seconds } from "../../core/units.ts";
import type { Pool } from "../../market/pool.ts";
import type { SizingPolicy } from "../../quant/risk/sizing.ts";
import type { PriceWindow } from "../../quant/priceWindow.ts";

/**
 * How targets are found. The fixed targets say how much of the treasury is not the base asset, in sum; how that is spread over their
 * tokens is optimised: the least CVaR of the returns that were seen, costs of trading included.
 */
export type OptimisePolicy = {
  /** The most of each token, in basis points of the treasury; the sum of the targets where it is not named. */
  readonly capsBps: ReadonlyMap<Address, bigint>;
  readonly sampleSeconds: bigint;
  /** How many samples are looked at, and how many there must be. */
  readonly rows: number;
  readonly leastRows: number;
  /** Over how many samples a position is expected to be held: costs of trading are spread over them. */
  readonly holdingRows: number;
};

/** How the treasury is meant to be spread. Parts in basis points of its value at the oracles' middle prices. */
export type RebalancePolicy = {
  readonly base: Address;
  /** What part of the treasury each token other than the base asset is to be; the base asset is the rest. */
  readonly targets: ReadonlyMap<Address, bigint>;
  /** How far a part may lie from its target before anything is done, and how far from it a trade ends; less, or zero. */
  readonly bandBps: bigint;
  readonly edgeBps: bigint;
  /** The most that one proposal may trade, in USD with 18 decimals. */
  readonly maxTradeUsd: bigint;
  /** How far the least output may lie below the oracles' price, and below the pool's now, in basis points. */
  readonly slippageBps: bigint;
  /** From the snapshot to the proposal's deadline: the class's delay and more. */
  readonly lifetime: Seconds;
  /** How the targets' sum is spread over their tokens; without it as they say. */
  readonly optimise?: OptimisePolicy | undefined;
  /** How large a position may become by its risk; without it as reviewers let it. */
  readonly sizing?: SizingPolicy | undefined;
};

/** What a decision depends on beside the policy. `skip`: tokens that are left alone; something about them is under way, or was vetoed. */
export type RebalanceSeen = {
  readonly view: ChainSnapshot;
  readonly pools: readonly Pool[];
  /** Prices that were seen up to now, for a policy that optimises or sizes by risk. */
  readonly window: PriceWindow;
  /** What reviewers let be of a token of late, in USD with 18 decimals. */
  readonly atMost: ReadonlyMap<Address, bigint>;
  readonly skip: ReadonlySet<Address>;
};
