import type { Hex } from "../../core/hex.ts";
import type { MandateLeaf } from "../../core/merkle.ts";
import { type Call, type CallProof, type Proposal, ZERO_ADDRESS } from "../../core/proposal.ts";
import { poolCallsOf } from "../../core/protocols/all.ts";
import type { Address, UnixSeconds } from "../../core/units.ts";

/** One swap of a plan. Amounts in the tokens' units. */
export type PlannedSwap = {
  readonly pool: Address;
  readonly kind: "v2" | "v3";
  readonly feePips: bigint;
  readonly tokenIn: Address;
  readonly tokenOut: Address;
  readonly amountIn: bigint;
  readonly minOut: bigint;
};

/** What the deployment says of pools: who swaps in them, and the proof that the mandate permits it. */
export type Venues = {
  readonly routerOf: (pool: Address) => Address | undefined;
  readonly callProofOf: (call: Call) => CallProof | undefined;
};

/** What a proposal needs beside its swaps. */
export type ProposalFields = {
  readonly agentId: bigint;
  readonly nonce: bigint;
  readonly deadline: UnixSeconds;
  /** What the plan is expected to gain, in USD with 18 decimals. */
  readonly forecast: bigint;
  readonly treasury: Address;
  readonly evidence: Hex;
};

/** Finds the proof of a call: target, selector and decoder's key must be those of a leaf. */
export type CallProofBook = ReadonlyMap<string, { readonly leaf: MandateLeaf; readonly callProof: CallProof }>;

const toCall = (swap: PlannedSwap, router: Address, envelope: ProposalFields): Call => {
  const { tokenIn, tokenOut, amountIn, minOut, feePips } = swap;
  const { treasury: recipient, deadline } = envelope;
  return poolCallsOf(swap.kind).encode({ router, tokenIn, tokenOut, amountIn, minOut, recipient, feePips, deadline });
};

/**
 * The proposal that carries out a plan, and its call proofs. It allows no loss: every hop's least output is what the next
 * one spends. So it needs no post-condition either.
 * @returns undefined when a pool has no router or the mandate holds no leaf for a hop
 */
export const buildProposal = (
  swaps: readonly PlannedSwap[],
  envelope: ProposalFields,
  venues: Venues,
): { readonly proposal: Proposal; readonly callProofs: readonly CallProof[] } | undefined => {
  const calls: Call[] = [];
  const callProofs: CallProof[] = [];
  for (const swap of swaps) {
    const router = venues.routerOf(swap.pool);
    const call = router === undefined ? undefined : toCall(swap, router, envelope);
    const callProof = call === undefined ? undefined : venues.callProofOf(call);
    if (call === undefined || callProof === undefined) return undefined;
    calls.push(call);
    callProofs.push(callProof);
  }
  const { agentId, nonce, deadline, forecast, evidence } = envelope;
  const named = { agentId, nonce, deadline, submitter: ZERO_ADDRESS, maxLoss: 0n, forecast };
  return { proposal: { ...named, calls, conditions: [], evidence }, callProofs };
};
