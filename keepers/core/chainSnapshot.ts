import type { Hex } from "./hex.ts";
import type { Refusal } from "./refusal.ts";
import type { ConsensusPolicy, SignerRecord } from "./signerRecord.ts";
import type { Address, BlockNumber, UnixSeconds } from "./units.ts";

/** Mirrors `QuoteStatus`. */
export const QUOTE_STATUSES = ["Ready", "UnknownAsset", "QuorumMissed", "BandTooWide", "SourcesDisagree"] as const;
export type QuoteStatus = (typeof QUOTE_STATUSES)[number];

/** Mirrors `BreakerLevel`. */
export const BREAKER_LEVELS = ["Normal", "ReduceOnly", "Halted"] as const;
export type BreakerLevel = (typeof BREAKER_LEVELS)[number];

/** A price in USD for one whole unit, with 18 decimals. */
export type PriceBand = { readonly middle: bigint; readonly lower: bigint; readonly upper: bigint };

/** One token of the treasury at one block. Amounts in the token's units. */
export type TokenState = {
  readonly token: Address;
  readonly decimals: number;
  readonly balance: bigint;
  readonly status: QuoteStatus;
  readonly price: PriceBand;
  readonly perAction: bigint;
  readonly remainingForAgent: bigint;
  readonly remainingForAll: bigint;
  readonly level: BreakerLevel;
};

/** What `amount` of a token is worth at `price`, in USD with 18 decimals, rounded towards zero. */
export const valueAt = ({ decimals }: Pick<TokenState, "decimals">, amount: bigint, price: bigint): bigint =>
  (amount * price) / 10n ** BigInt(decimals);

/** All that is not a pool, at one block. Losses in USD with 18 decimals, the treasury's value in base units. */
export type ChainSnapshot = {
  readonly block: BlockNumber;
  readonly time: UnixSeconds;
  readonly tokens: readonly TokenState[];
  readonly signerRecords: readonly SignerRecord[];
  /** Levels of the protocols that are called, and of everything. */
  readonly levels: ReadonlyMap<Address, BreakerLevel>;
  readonly everything: BreakerLevel;
  readonly policy: ConsensusPolicy;
  readonly mandateRoot: Hex;
  readonly lossPerAction: bigint;
  readonly remainingLoss: bigint;
  /** Undefined while a held token has no price. */
  readonly treasuryValue: { readonly lower: bigint; readonly upper: bigint } | undefined;
};

/** What a dry run of a proposal's calls did. `gasUsed` counts the call alone, refunds not taken off. */
export type Simulation =
  | {
      readonly kind: "ok";
      readonly block: BlockNumber;
      readonly gasUsed: bigint;
      readonly changes: ReadonlyMap<Address, bigint>;
    }
  | { readonly kind: "reverted"; readonly block: BlockNumber; readonly error: RevertReason };

/** A contract's own error by name, as far as it is known. `refusal` where the error carries one. */
export type RevertReason = { readonly name: string; readonly text: string; readonly refusal?: Refusal };
