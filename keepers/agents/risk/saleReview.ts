import { previewCalls } from "../../core/callRule.ts";
import { type Simulation, type TokenState, valueAt } from "../../core/chainSnapshot.ts";
import { type DecodedCall, CONDITION_KIND } from "../../core/proposal.ts";
import { maxOf } from "../../core/integers.ts";
import { minOutOf } from "../../core/protocols/all.ts";
import type { Address } from "../../core/units.ts";
import { type StopBook, type StopPolicy, statusOf } from "../../quant/risk/stopLoss.ts";
import {
  type Fault,
  type Review,
  type ReviewContext,
  type ReviewInput,
  against,
  formFault,
  preliminary,
  review,
} from "./decide.ts";
import { boundFault } from "./slowReview.ts";
import { lowestOutput, lossOf } from "./stopSale.ts";

/** A sale as a reviewer reads it, by its own snapshot. */
type Sale = {
  readonly sold: TokenState;
  readonly base: TokenState;
  readonly amountIn: bigint;
  readonly minOut: bigint;
};

type StopContext = { readonly policy: StopPolicy; readonly book: StopBook };

/** How far the prices of a proposer's block and ours may lie apart, in basis points of what is sold. */
const BLOCK_BPS = 100n;
const BPS = 10_000n;

/** The stop-loss that a proposal is judged by: only one that may lose more than we otherwise accept. */
const stopFor = ({ message, stops }: ReviewInput, { policy }: ReviewContext): StopContext | undefined => {
  const isLoss = message.proposal.maxLoss > policy.maxLossUsd;
  return isLoss && policy.stop !== undefined && stops !== undefined ? { policy: policy.stop, book: stops } : undefined;
};

const tokenOf = ({ view }: ReviewInput, token: Address): TokenState | undefined =>
  view.tokens.find((state) => state.token === token);

/** The one swap of a sale, decoded and permitted by mandate, limits and breaker. */
const readSale = (
  input: ReviewInput,
  context: ReviewContext,
  { policy }: StopContext,
): Fault | (Sale & DecodedCall) => {
  const { proposal, callProofs } = input.message;
  const verdict = previewCalls(context, { calls: proposal.calls, callProofs }, input.view);
  if (verdict.refusal !== "None") return against(verdict.refusal, `call ${verdict.index}`);
  const [call, ...others] = proposal.calls;
  const [decoded] = verdict.decoded;
  const minOut = call === undefined ? undefined : minOutOf(call);
  if (decoded === undefined || minOut === undefined || others.length > 0)
    return against("not-a-swap", "a stop-loss is one swap");
  const [sold, base] = [tokenOf(input, decoded.tokenIn), tokenOf(input, decoded.tokenOut)];
  if (sold === undefined || base?.token !== policy.base)
    return against("loss-allowance-too-large", "only a sale into the base asset may lose");
  return { ...decoded, sold, base, minOut };
};

/** Whether our own snapshots say that the stop fires. */
const firedFault = ({ sold }: Sale, { book }: StopContext): Fault | undefined => {
  const status = statusOf(book, sold.token);
  if (status?.kind === "fires") return undefined;
  if (status === undefined) return against("stop-not-fired", `${sold.token} has no stop`);
  if (status.kind === "unjudged") return against("stop-not-fired", `${sold.token}: ${status.words}`);
  const count = status.kind === "below" ? status.count : 0n;
  return against("stop-not-fired", `${sold.token}: upper end ${status.upper}, stop ${status.stop}, ${count} in a row`);
};

/** Price, size, loss and post-conditions of a sale. */
const termsFault = (
  input: ReviewInput,
  sale: Sale & DecodedCall,
  context: ReviewContext & StopContextOf,
): Fault | undefined => {
  const { proposal } = input.message;
  const { stop, environment } = context;
  const { sold, amountIn, minOut } = sale;
  const [worth, slice] = [valueAt(sold, amountIn, sold.price.middle), stop.policy.sliceUsd];
  if (worth * BPS > slice * (BPS + BLOCK_BPS)) return against("slice-too-large", `${worth}, at most ${slice}`);
  const least = lowestOutput(sale, amountIn, stop.policy);
  if (minOut < least) return against("price-off-oracle", `at least ${minOut} for ${amountIn}, we demand ${least}`);
  const mostLoss = lossOf(sale, { amountIn, minOut }) + (worth * BLOCK_BPS) / BPS;
  if (proposal.maxLoss > maxOf(mostLoss, 1n))
    return against("loss-allowance-too-large", `${proposal.maxLoss}, at most ${mostLoss}`);
  const open = boundFault(proposal.conditions, sale, environment.treasury);
  if (open !== undefined) return open;
  const isOnce = proposal.conditions.some(
    ({ kind, subject, holder, amount }) =>
      kind === CONDITION_KIND.balanceAtLeast &&
      subject === sold.token &&
      holder === environment.treasury &&
      amount >= sold.balance - amountIn,
  );
  return isOnce ? undefined : against("fall-not-bounded", `${sold.token} could be sold twice`);
};

type StopContextOf = { readonly stop: StopContext };

const saleFault = (input: ReviewInput, context: ReviewContext, stop: StopContext): Fault | (Sale & DecodedCall) => {
  const form = formFault(input, { ...context.policy, maxLossUsd: input.view.lossPerAction });
  if (form !== undefined) return form;
  const sale = readSale(input, context, stop);
  if ("reason" in sale) return sale;
  return firedFault(sale, stop) ?? termsFault(input, sale, { ...context, stop }) ?? sale;
};

/** What the dry run shows of a sale: the token falls by no more than is sold, the base asset rises by no less than is promised. */
const saleOutcome = (sale: Sale, simulation: Simulation | undefined): Review => {
  if (simulation === undefined) return against("simulation-reverted", "there was no dry run");
  if (simulation.kind === "reverted") {
    const { refusal, text } = simulation.error;
    return against(refusal === undefined || refusal === "None" ? "simulation-reverted" : refusal, text);
  }
  const { sold, base, amountIn, minOut } = sale;
  const changes = [...simulation.changes];
  const other = changes.find(([token, change]) => change < 0n && (token !== sold.token || -change > amountIn));
  if (other !== undefined) return against("balance-falls", `${other[0]} by ${-other[1]}`);
  const got = simulation.changes.get(base.token) ?? 0n;
  if (got < minOut) return against("profit-not-backed", `promised ${minOut}, simulated ${got}`);
  const fall = simulation.changes.get(sold.token) ?? 0n;
  return { kind: "for", gainUsd: valueAt(base, got, base.price.lower) + valueAt(sold, fall, sold.price.upper) };
};

/** What needs no dry run of any proposal on the fast path: undefined when nothing speaks against. */
export const preliminaryOf = (input: ReviewInput, context: ReviewContext): Fault | undefined => {
  const stop = stopFor(input, context);
  if (stop === undefined) return preliminary(input, context);
  const fault = saleFault(input, context, stop);
  return "reason" in fault ? fault : undefined;
};

/**
 * For or against one proposal on the fast path, a stop-loss sale included: that is voted for only where the reviewer's own snapshots
 * say by the same rule that the stop fires, and only as one slice into the base asset near the oracles. Pure and total. [NX-QNT-21]
 */
export const reviewOf = (input: ReviewInput, context: ReviewContext): Review => {
  const stop = stopFor(input, context);
  if (stop === undefined) return review(input, context);
  const sale = saleFault(input, context, stop);
  return "reason" in sale ? sale : saleOutcome(sale, input.simulation);
};
