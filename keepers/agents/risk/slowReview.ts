import type { CallRules } from "../../core/callRule.ts";
import type { SlowProposalMessage } from "../../core/bus.ts";
import { type ChainSnapshot, type Simulation, valueAt } from "../../core/chainSnapshot.ts";
import { firstInvalid } from "../../core/conditionRule.ts";
import type { Hex } from "../../core/hex.ts";
import { type Condition, type DecodedCall, CONDITION_KIND } from "../../core/proposal.ts";
import type { Address } from "../../core/units.ts";
import type { PriceWindow } from "../../quant/priceWindow.ts";
import { type SizingPolicy, isTooLarge, sizeLimit, tooLargeWords } from "../../quant/risk/sizing.ts";
import { type Fault, type Review, type ReviewInput, against, proposerFault, swapFault } from "./decide.ts";
import { minOutOf, readCall } from "../../core/protocols/all.ts";

/** What a risk manager accepts on the slow path. USD amounts have 18 decimals. */
export type SlowVotePolicy = {
  /** How far ahead a deadline may lie, in seconds. */
  readonly maxDeadlineSeconds: bigint;
  /** The most that a proposal may allow itself to lose. */
  readonly maxLossUsd: bigint;
  /** The most that the treasury may hold of one token other than its base asset afterwards, at the upper price. */
  readonly maxPositionUsd: bigint;
  /** How far a swap's least terms may lie from the oracles' prices, in basis points. */
  readonly maxPriceDeviationBps: bigint;
  readonly base: Address;
  /** How large a position may be by its risk; without it only by `maxPositionUsd`. */
  readonly sizing?: SizingPolicy | undefined;
};

export type SlowReview = { readonly kind: "for" } | Fault;

/** All that a vote on the slow path depends on. */
export type SlowReviewInput = {
  readonly message: SlowProposalMessage;
  /** The digest that we compute of the proposal. */
  readonly digest: Hex;
  readonly view: ChainSnapshot;
  /** Prices that were seen up to now, for a policy that looks at risk. */
  readonly window: PriceWindow;
  /** Whether the chain has it, open to votes: its nonce is used then, by itself. */
  readonly isMade: boolean;
};

/** What never changes: the deployment and the policy. */
export type SlowReviewContext = CallRules & { readonly policy: SlowVotePolicy };

/** A verdict of either path, and what it was reached on. */
export type Reviewed =
  | { readonly kind: "review"; readonly input: ReviewInput; readonly verdict: Review }
  | {
      readonly kind: "slowReview";
      readonly input: SlowReviewInput & Pick<ReviewInput, "simulation">;
      readonly verdict: SlowReview;
    };

/** Digest, times, nonce and allowance: what needs neither decoding nor a dry run. */
const formFault = ({ message, digest, view, isMade }: SlowReviewInput, policy: SlowVotePolicy): Fault | undefined => {
  const { proposal, hash } = message;
  if (digest !== hash) return against("hash-mismatch", `it hashes to ${digest}`);
  if (view.time > proposal.deadline) return against("DeadlinePassed", `deadline ${proposal.deadline}`);
  if (proposal.deadline > view.time + policy.maxDeadlineSeconds)
    return against("DeadlineTooFar", `${proposal.deadline - view.time} s ahead`);
  if (proposal.conditions.length === 0) return against("NoConditions", "nothing is promised");
  const invalid = firstInvalid(proposal.conditions);
  if (invalid !== undefined) return against("InvalidCondition", `condition ${invalid}`);
  if (proposal.maxLoss > policy.maxLossUsd) return against("loss-allowance-too-large", `${proposal.maxLoss}`);
  return proposerFault(proposal, view, isMade);
};

/** Whether some condition says this of a token, whoever holds it or of one holder. */
const says = (
  conditions: readonly Condition[],
  { kind, subject, holder }: Pick<Condition, "kind" | "subject"> & { readonly holder?: Address },
): boolean =>
  conditions.some(
    (one) => one.kind === kind && one.subject === subject && (holder === undefined || one.holder === holder),
  );

/** Whether the conditions let the spent token fall only so far, and nothing move beside the two. */
export const boundFault = (
  conditions: readonly Condition[],
  { tokenIn, tokenOut }: Pick<DecodedCall, "tokenIn" | "tokenOut">,
  holder: Address,
): Fault | undefined => {
  if (!says(conditions, { kind: CONDITION_KIND.balanceDecreasesAtMost, subject: tokenIn, holder }))
    return against("fall-not-bounded", tokenIn);
  const isClosed = [tokenIn, tokenOut].every((subject) =>
    says(conditions, { kind: CONDITION_KIND.onlyMoves, subject }),
  );
  return isClosed ? undefined : against("others-may-move", `beside ${tokenIn} and ${tokenOut}`);
};

/** Every call a swap on fair terms, whose outcome the conditions bound: what falls, by how much, and that nothing else moves. */
const callFault = ({ message, view }: SlowReviewInput, context: SlowReviewContext): Fault | undefined => {
  const { environment, policy } = context;
  const { calls, conditions } = message.proposal;
  const tokens = new Map(view.tokens.map((state) => [state.token, state]));
  for (const [index, call] of calls.entries()) {
    const [decoded, minOut] = [readCall(call)?.reading, minOutOf(call)];
    if (decoded === undefined || minOut === undefined) return against("not-a-swap", `call ${index}`);
    const fault =
      swapFault({ call: decoded, minOut }, tokens, policy) ?? boundFault(conditions, decoded, environment.treasury);
    if (fault !== undefined) return fault;
  }
  return undefined;
};

/** The part of a review that needs no dry run: undefined when nothing speaks against. */
export const preliminarySlow = (input: SlowReviewInput, context: SlowReviewContext): Fault | undefined =>
  formFault(input, context.policy) ?? callFault(input, context);

/** What the risk of a position says against it. Until there are enough returns it says nothing, and `maxPositionUsd` stands alone. */
const riskFault = (
  input: SlowReviewInput,
  { token, worth }: { readonly token: Address; readonly worth: bigint },
  sizing: SizingPolicy,
): Fault | undefined => {
  const limit = sizeLimit(input, token, sizing);
  if (limit.kind === "unknown" || !isTooLarge(worth, limit.mostUsd, sizing)) return undefined;
  return against("position-too-large", tooLargeWords(token, worth, limit.mostUsd));
};

/** What the treasury would hold of anything but its base asset. */
const positionFault = (
  input: SlowReviewInput,
  changes: ReadonlyMap<Address, bigint>,
  policy: SlowVotePolicy,
): Fault | undefined => {
  const { maxPositionUsd, sizing } = policy;
  for (const state of input.view.tokens) {
    const { token } = state;
    const change = changes.get(token) ?? 0n;
    if (token === policy.base || change <= 0n) continue;
    const worth = valueAt(state, state.balance + change, state.price.upper);
    if (worth > maxPositionUsd) return against("position-too-large", tooLargeWords(token, worth, maxPositionUsd));
    const fault = sizing === undefined ? undefined : riskFault(input, { token, worth }, sizing);
    if (fault !== undefined) return fault;
  }
  return undefined;
};

/**
 * For or against one proposal on the slow path. A function of its arguments alone, and total. The dry run is made by the
 * limits of the class that the voters sign, so mandate, limits and breaker have spoken in it. [NX-KEE-03]
 */
export const reviewSlow = (
  input: SlowReviewInput & { readonly simulation: Simulation | undefined },
  context: SlowReviewContext,
): SlowReview => {
  const fault = preliminarySlow(input, context);
  if (fault !== undefined) return fault;
  const { simulation } = input;
  if (simulation === undefined) return against("simulation-reverted", "there was no dry run");
  if (simulation.kind === "reverted") {
    const { refusal, text } = simulation.error;
    return against(refusal === undefined || refusal === "None" ? "simulation-reverted" : refusal, text);
  }
  return positionFault(input, simulation.changes, context.policy) ?? { kind: "for" };
};
