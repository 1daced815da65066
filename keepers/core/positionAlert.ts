import type { Address } from "./units.ts";

/**
 * What a risk manager tells of a position that it watches, whenever that changes. Prices in USD for one whole token, 18 decimals.
 * `below`: the price is below the stop, not yet for long enough. `fires`: it is sold. `unjudged`: nothing fires, and why.
 */
export type PositionAlert =
  | {
      readonly kind: "well" | "below" | "fires";
      readonly token: Address;
      readonly stop: bigint;
      readonly upper: bigint;
    }
  | {
      readonly kind: "unjudged";
      readonly token: Address;
      readonly why: "price-not-ready" | "prices-missing" | "no-pool" | "pool-disagrees";
      readonly words: string;
    };
