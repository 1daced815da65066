import type { Hex } from "./hex.ts";
import { type Address, type UnixSeconds, address } from "./units.ts";

/** How much agreement a batch needs: Routine, Elevated, Critical. */
export type RiskClass = 0 | 1 | 2;
export const ROUTINE: RiskClass = 0;

export const ZERO_ADDRESS: Address = address(`0x${"0".repeat(40)}`);

/** One call that the treasury makes. */
export type Call = { readonly target: Address; readonly data: Hex };

/** What a post-condition says; mirrors `ConditionKind` of contracts/types/Proposal.sol, which says what each means. */
export const CONDITION_KIND = {
  balanceAtLeast: 0,
  balanceAtMost: 1,
  balanceIncreasesAtLeast: 2,
  balanceDecreasesAtMost: 3,
  positionAtMost: 4,
  healthFactorAtLeast: 5,
  valueDecreasesAtMostBps: 6,
  onlyMoves: 7,
} as const;
export type ConditionKind = (typeof CONDITION_KIND)[keyof typeof CONDITION_KIND];

/** Something that must be true once the calls are made; `amount` in the kind's unit. */
export type Condition = {
  readonly kind: ConditionKind;
  readonly subject: Address;
  readonly holder: Address;
  readonly amount: bigint;
};

/** What agents vote on; mirrors `Proposal` of contracts/types/Proposal.sol. */
export type Proposal = {
  readonly agentId: bigint;
  readonly nonce: bigint;
  readonly deadline: UnixSeconds;
  /** Who may send it; zero means anyone. */
  readonly submitter: Address;
  /** The most that the calls may lose, in USD with 18 decimals. */
  readonly maxLoss: bigint;
  /** What the calls are expected to gain, in USD with 18 decimals. */
  readonly forecast: bigint;
  readonly calls: readonly Call[];
  readonly conditions: readonly Condition[];
  /** Keccak-256 of the decision record. */
  readonly evidence: Hex;
};

/** Proves that the mandate permits one call. */
export type CallProof = { readonly decoder: Address; readonly minClass: RiskClass; readonly proof: readonly Hex[] };

/** What a decoder says about one call; mirrors `DecodedCall`. The zero address means none. */
export type DecodedCall = {
  readonly key: Hex;
  readonly tokenIn: Address;
  readonly amountIn: bigint;
  readonly tokenOut: Address;
  readonly recipient: Address;
  readonly spender: Address;
};

/** By how much a balance of the treasury changes, in the token's units. */
export type TokenChange = { readonly token: Address; readonly change: bigint };
