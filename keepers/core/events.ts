import type { OutcomeMessage, ProposalMessage, RefusalMessage, VoteMessage } from "./bus.ts";
import type { ChainView } from "./chainView.ts";
import type { Address, BlockNumber } from "./units.ts";

/** Price of token0 in token1 of one pool, as √ in Q64.96. */
export type PoolPrice = { readonly pool: Address; readonly sqrtPriceX96: bigint };

/** Everything a terminal view, a report or a metric wants to know of a running fleet. `agent` is the configured name. */
export type KeeperEvent =
  | {
      readonly kind: "snapshot";
      readonly agent: string;
      readonly view: ChainView;
      readonly pools: readonly PoolPrice[];
      readonly tookMs: number;
    }
  | {
      readonly kind: "decision";
      readonly agent: string;
      readonly block: BlockNumber;
      /** Why nothing was proposed, or undefined when something was. */
      readonly why: string | undefined;
      /** How many ways to make money were seen. */
      readonly opportunities: number;
      readonly tookMs: number;
    }
  | { readonly kind: "proposal"; readonly agent: string; readonly message: ProposalMessage }
  | { readonly kind: "vote"; readonly agent: string; readonly message: VoteMessage; readonly tookMs: number }
  | { readonly kind: "refusal"; readonly agent: string; readonly message: RefusalMessage; readonly tookMs: number }
  | {
      readonly kind: "sent";
      readonly agent: string;
      readonly hash: string;
      readonly transaction: string;
      readonly block: BlockNumber;
    }
  | { readonly kind: "outcome"; readonly agent: string; readonly message: OutcomeMessage }
  | {
      readonly kind: "payment";
      readonly agent: string;
      /** What is or would be done, by the identity that the state gives it. */
      readonly deed: string;
      readonly step: "sent" | "done" | "reverted" | "expired" | "held-back" | "waits";
      /** Why, where it was not done; the gas paid in wei, where it was. */
      readonly detail: string;
      readonly block: BlockNumber;
    }
  | { readonly kind: "connection"; readonly agent: string; readonly up: boolean }
  | { readonly kind: "trouble"; readonly agent: string; readonly what: string };

/** Takes events; must not throw and must be quick. */
export type EmitEvent = (event: KeeperEvent) => void;
