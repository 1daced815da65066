import { gasPriceFor, percentMore } from "../core/gasPrice.ts";
import type { BlockNumber } from "../core/units.ts";
import { type Flight, detailsOf, signedFlight } from "./flight.ts";
import { readLaneNonce } from "./lane.ts";
import type { LaneRound } from "./launch.ts";
import type { OperationResult, SendOperation } from "./operation.ts";
import type { SimulatedOperation } from "./pipeline.ts";

/** What becomes of an operation before it is signed. */
export type PreparedOperation =
  | { readonly kind: "flight"; readonly flight: Flight }
  | { readonly kind: "ended"; readonly result: OperationResult }
  /** Nothing is wrong with it, and it cannot be sent at this block. */
  | { readonly kind: "later"; readonly reason: LaterReason; readonly why: string };

export type LaterReason = "gas-too-dear" | "nonce-unexplained";

/** Says why an operation is not worth its gas; undefined when it is. Price in wei per gas. */
export type Weigh = (gas: bigint, gasPrice: bigint) => string | undefined;

/** The price to pay, outbidding what a mempool may still have with the nonce; undefined while it is too high. */
const priceFor = (
  { pipeline: { policy }, lane: { givenUp }, now }: LaneRound,
  { urgency }: SendOperation,
  nonce: bigint,
): bigint | undefined => {
  const toOutbid = givenUp?.nonce === nonce && now.time <= givenUp.until ? givenUp.gasPrice : undefined;
  return gasPriceFor(now.baseFee, { tip: policy.tips[urgency], maxGasPrice: policy.maxGasPrice }, toOutbid);
};

/**
 * So long must the chain say a nonce that no receipt of ours explains before it is signed with. It is longer than nodes say a
 * wrong one, and than a reader remembers what one said.
 */
const FOREIGN_BLOCKS = 15n;

/**
 * Whether to sign with a nonce. After a receipt of ours the next nonce is known; a higher one is another sender's with our key,
 * or an endpoint's mistake, and what is signed with a mistake waits behind a gap. [NX-SND-02]
 */
const isExplained = ({ pipeline, lane, now }: LaneRound, nonce: bigint): boolean => {
  if (lane.learntAt === undefined || nonce <= lane.minNonce) {
    lane.foreignSince = undefined;
    return true;
  }
  if (lane.foreignSince === undefined) {
    const { account, minNonce } = lane;
    lane.foreignSince = now.block;
    pipeline.ports.onTrouble(
      `the chain says nonce ${nonce} of ${account}, and our receipts explain ${minNonce}: it is signed with if ${FOREIGN_BLOCKS} blocks say so`,
    );
  }
  return now.block >= lane.foreignSince + FOREIGN_BLOCKS;
};

/** What an operation's checks, its simulation and the chain say at one block, asked all at once. */
const readFacts = async (round: LaneRound, operation: SendOperation) => {
  const { pipeline, lane, now } = round;
  const { check, simulate } = pipeline.ports;
  const { doneWhen, guards } = operation;
  const [isDone, held, simulated, nonce] = await Promise.all([
    doneWhen === undefined ? false : check(doneWhen, now.block),
    Promise.all(guards.map((guard) => check(guard.check, now.block))),
    simulate(operation, lane.account, now.block),
    readLaneNonce(round),
  ]);
  return { isDone, broken: guards.find((_, i) => held[i] === false)?.what, simulated, nonce };
};

const ended = (result: OperationResult): PreparedOperation => ({ kind: "ended", result });
const refused = (why: string, reason: string): PreparedOperation => ended({ kind: "refused", why, reason });

const reverted = ({ why, reason }: Extract<SimulatedOperation, { readonly kind: "reverted" }>): PreparedOperation =>
  reason === undefined ? ended({ kind: "refused", why }) : refused(why, reason);

type Terms = { readonly nonce: bigint; readonly gas: bigint; readonly gasPrice: bigint };

const sign = async (
  { pipeline, lane: { account }, now }: LaneRound,
  operation: SendOperation,
  { nonce, gas, gasPrice }: Terms,
): Promise<PreparedOperation> => {
  const { ports, policy } = pipeline;
  const { call, value, id, deadline } = operation;
  const gasLimit = percentMore(gas, policy.gasMarginPercent) + policy.gasReserve;
  const signed = await ports.sign(account, { to: call.target, data: call.data, value, nonce, gasLimit, gasPrice });
  const block: BlockNumber = now.block;
  const tx = { ...signed, account, accountNonce: nonce, gasPrice, block, deadline, operation: id };
  return { kind: "flight", flight: signedFlight({ ...tx, details: detailsOf(operation) }) };
};

/** Checks, simulates, prices and signs, all at one block. One round trip to the node, whatever is asked. */
export const prepare = async (
  round: LaneRound,
  operation: SendOperation,
  weigh?: Weigh,
): Promise<PreparedOperation> => {
  const { isDone, broken, simulated, nonce } = await readFacts(round, operation);
  if (isDone) return ended({ kind: "done" });
  if (broken !== undefined) return ended({ kind: "refused", why: broken });
  if (simulated.kind === "reverted") return reverted(simulated);
  if (!isExplained(round, nonce)) return { kind: "later", reason: "nonce-unexplained", why: `nonce ${nonce}` };
  const gasPrice = priceFor(round, operation, nonce);
  if (gasPrice === undefined)
    return { kind: "later", reason: "gas-too-dear", why: `base fee ${round.now.baseFee} wei` };
  const objection = weigh?.(simulated.gas, gasPrice);
  if (objection !== undefined) return refused(objection, objection);
  if (round.pipeline.policy.isDryRun) return refused("it would have been sent", "dry-run");
  return sign(round, operation, { nonce, gas: simulated.gas, gasPrice });
};
