import type { ProposalMessage } from "../../core/bus.ts";
import { type CallRules, previewCalls } from "../../core/callRule.ts";
import { type ChainSnapshot, type Simulation, type TokenState, valueAt } from "../../core/chainSnapshot.ts";
import { firstInvalid } from "../../core/conditionRule.ts";
import type { Hex } from "../../core/hex.ts";
import { type DecodedCall, type Proposal, ZERO_ADDRESS } from "../../core/proposal.ts";
import { minOutOf } from "../../core/protocols/all.ts";
import type { Refusal } from "../../core/refusal.ts";
import { nonceRefusal } from "../../core/signerRecord.ts";
import type { Address } from "../../core/units.ts";
import type { StopBook, StopPolicy } from "../../quant/risk/stopLoss.ts";

/** What a risk manager accepts. USD amounts have 18 decimals. */
export type RiskPolicy = {
  /** How far ahead a deadline may lie, in seconds; the chain allows more. */
  readonly maxDeadlineSeconds: bigint;
  /** How many blocks a proposal may be old. */
  readonly maxAgeBlocks: bigint;
  /** The most that a proposal may allow itself to lose. */
  readonly maxLossUsd: bigint;
  /** What the treasury must gain at the least, its tokens priced at the lower end. */
  readonly minGainUsd: bigint;
  /** How far the claimed profit may lie above the simulated one, in basis points of the claim. */
  readonly profitToleranceBps: bigint;
  /** How far a swap's terms may lie from the oracles' prices, in basis points. */
  readonly maxPriceDeviationBps: bigint;
  /** When positions are sold by stop-loss; undefined for never. */
  readonly stop?: StopPolicy | undefined;
};

/** Why a risk manager votes against: the chain's own reasons, and those that only a person or a keeper can have. */
export type RiskReason =
  | Exclude<Refusal, "None">
  | "hash-mismatch"
  | "too-old"
  | "loss-allowance-too-large"
  | "not-a-swap"
  | "oracle-not-ready"
  | "price-off-oracle"
  | "simulation-reverted"
  | "balance-falls"
  | "profit-not-backed"
  | "gain-too-small"
  | "fall-not-bounded"
  | "others-may-move"
  | "position-too-large"
  | "stop-not-fired"
  | "slice-too-large";

export type Review =
  | { readonly kind: "for"; readonly gainUsd: bigint }
  | { readonly kind: "against"; readonly reason: RiskReason; readonly detail: string };

/** All that a verdict depends on. */
export type ReviewInput = {
  readonly message: ProposalMessage;
  /** The digest that we compute of the proposal. */
  readonly digest: Hex;
  readonly view: ChainSnapshot;
  /** Our own dry run, at the view's block; undefined where the proposal failed before it. */
  readonly simulation: Simulation | undefined;
  /** What our own snapshots say of the watched positions, for a policy with a stop-loss. */
  readonly stops?: StopBook | undefined;
};

/** What never changes: the deployment and the policy. */
export type ReviewContext = CallRules & { readonly policy: RiskPolicy };

const BPS = 10_000n;

export type Fault = Extract<Review, { readonly kind: "against" }>;

/** A voter's no, with its reason. */
export const against = (reason: RiskReason, detail: string): Fault => ({ kind: "against", reason, detail });

/**
 * The proposing agent's seat, and whether the nonce is free in it. One that is on the chain already (`isMade`) has used it
 * itself.
 */
export const proposerFault = (proposal: Proposal, view: ChainSnapshot, isMade = false): Fault | undefined => {
  const signerRecord = view.signerRecords.find(
    ({ agentId, validUntil }) => agentId === proposal.agentId && validUntil === 0n,
  );
  if (signerRecord === undefined || signerRecord.agentId === 0n)
    return against("UnknownSigner", `agent ${proposal.agentId} is unknown`);
  if (signerRecord.status !== "Active")
    return against("AgentNotActive", `agent ${proposal.agentId} is ${signerRecord.status}`);
  const nonce = isMade ? "None" : nonceRefusal(signerRecord, proposal.nonce);
  if (nonce !== "None") return against(nonce, `nonce ${proposal.nonce}, highest ${signerRecord.highestNonce}`);
  return undefined;
};

/** Digest, age, deadline, post-conditions, seat and nonce: what needs neither decoding nor a dry run. */
export const formFault = (input: ReviewInput, policy: RiskPolicy): Fault | undefined => {
  const { message, digest, view } = input;
  const { proposal, hash, block } = message;
  if (digest !== hash) return against("hash-mismatch", `it hashes to ${digest}`);
  if (view.block > block + policy.maxAgeBlocks) return against("too-old", `decided on block ${block}`);
  if (view.time > proposal.deadline) return against("DeadlinePassed", `deadline ${proposal.deadline}`);
  if (proposal.deadline > view.time + policy.maxDeadlineSeconds) {
    return against("DeadlineTooFar", `${proposal.deadline - view.time} s ahead`);
  }
  const invalid = firstInvalid(proposal.conditions);
  if (invalid !== undefined) return against("InvalidCondition", `condition ${invalid}`);
  const fault = proposerFault(proposal, view);
  if (fault !== undefined) return fault;
  if (proposal.maxLoss > policy.maxLossUsd) return against("loss-allowance-too-large", `${proposal.maxLoss}`);
  return undefined;
};

type Tokens = ReadonlyMap<Address, TokenState>;

/** What a swap is promised at the least, against what it spends, both at the oracles' middle prices. */
export const swapFault = (
  { call, minOut }: { readonly call: Omit<DecodedCall, "key">; readonly minOut: bigint },
  tokens: Tokens,
  policy: Pick<RiskPolicy, "maxPriceDeviationBps">,
): Fault | undefined => {
  const [spent, bought] = [tokens.get(call.tokenIn), tokens.get(call.tokenOut)];
  if (spent === undefined || bought === undefined) return against("TokenNotInMandate", "a token is not on our list");
  for (const { token, status } of [spent, bought]) {
    if (status !== "Ready") return against("oracle-not-ready", `${token}: ${status}`);
  }
  const paid = valueAt(spent, call.amountIn, spent.price.middle);
  const got = valueAt(bought, minOut, bought.price.middle);
  const [low, high] = [BPS - policy.maxPriceDeviationBps, BPS + policy.maxPriceDeviationBps];
  if (got * BPS >= paid * low && got * BPS <= paid * high) return undefined;
  return against("price-off-oracle", `pays ${got} for ${paid} (USD, 18 decimals)`);
};

/** Mandate, limits and breaker as the chain would see them, then the swaps' terms against the oracles. */
const callFault = ({ message, view }: ReviewInput, context: ReviewContext): Fault | undefined => {
  const { proposal, callProofs } = message;
  const verdict = previewCalls(context, { calls: proposal.calls, callProofs }, view);
  if (verdict.refusal !== "None") return against(verdict.refusal, `call ${verdict.index}`);
  const tokens = new Map(view.tokens.map((state) => [state.token, state]));
  for (const [index, decoded] of verdict.decoded.entries()) {
    const call = proposal.calls[index];
    const minOut = call === undefined ? undefined : minOutOf(call);
    if (decoded.tokenOut === ZERO_ADDRESS || minOut === undefined) return against("not-a-swap", `call ${index}`);
    const fault = swapFault({ call: decoded, minOut }, tokens, context.policy);
    if (fault !== undefined) return fault;
  }
  return undefined;
};

/** Gain in USD with rises priced low and falls priced high. */
const gainOf = (changes: ReadonlyMap<Address, bigint>, view: ChainSnapshot): bigint =>
  view.tokens.reduce((sum, state) => {
    const change = changes.get(state.token) ?? 0n;
    return sum + valueAt(state, change, change < 0n ? state.price.upper : state.price.lower);
  }, 0n);

/** What the dry run shows against what is claimed. */
const outcomeOf = ({ message, view, simulation }: ReviewInput, policy: RiskPolicy): Review => {
  if (simulation === undefined) return against("simulation-reverted", "there was no dry run");
  if (simulation.kind === "reverted") {
    const { refusal, text } = simulation.error;
    return against(refusal === undefined || refusal === "None" ? "simulation-reverted" : refusal, text);
  }
  const { expectedProfit, proposal } = message;
  const fallen = [...simulation.changes].find(([, change]) => change < 0n);
  if (fallen !== undefined && proposal.maxLoss === 0n) return against("balance-falls", `${fallen[0]} by ${-fallen[1]}`);
  const real = simulation.changes.get(expectedProfit.token) ?? 0n;
  if (real * BPS < expectedProfit.amount * (BPS - policy.profitToleranceBps)) {
    return against("profit-not-backed", `claimed ${expectedProfit.amount}, simulated ${real}`);
  }
  const gainUsd = gainOf(simulation.changes, view);
  if (gainUsd < policy.minGainUsd) return against("gain-too-small", `${gainUsd} (USD, 18 decimals)`);
  return { kind: "for", gainUsd };
};

/** The part of a review that needs no dry run: undefined when nothing speaks against. */
export const preliminary = (input: ReviewInput, context: ReviewContext): Fault | undefined =>
  formFault(input, context.policy) ?? callFault(input, context);

/**
 * For or against one proposal. A function of its arguments alone, and total: whatever is published gets an answer with a
 * reason. Nothing that the proposer says is believed. [NX-KEE-03]
 */
export const review = (input: ReviewInput, context: ReviewContext): Review =>
  preliminary(input, context) ?? outcomeOf(input, context.policy);
