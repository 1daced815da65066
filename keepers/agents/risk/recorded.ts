import { isChainSnapshot, isSimulation } from "../../core/chainShapes.ts";
import type { CallEnvironment } from "../../core/callRule.ts";
import type { ProposalMessage, SlowProposalMessage } from "../../core/bus.ts";
import type { Keccak } from "../../core/hex.ts";
import { memo } from "../../core/memo.ts";
import { isProposalMessage, isSlowProposalMessage } from "../../core/messages.ts";
import { PROTOCOLS } from "../../core/protocols/all.ts";
import type { Protocol } from "../../core/protocols/protocol.ts";
import type { RecordValue } from "../../core/record.ts";
import {
  type Shape,
  isAddress,
  isBigint,
  isFlag,
  isHex,
  isText,
  mapOf,
  maybe,
  objectOf,
  setOf,
} from "../../core/shape.ts";
import type { Address } from "../../core/units.ts";
import { isPriceWindow, isSizing, isStopBook, isStopPolicy } from "../../quant/shapes.ts";
import type { ReviewInput, RiskPolicy } from "./decide.ts";
import { reviewOf } from "./saleReview.ts";
import { type Reviewed, type SlowReviewInput, type SlowVotePolicy, reviewSlow } from "./slowReview.ts";

/** A deployment as a record holds it: decoders by the names of their protocols. */
type RecordedEnvironment = Omit<CallEnvironment, "decoders"> & { readonly decoders: ReadonlyMap<Address, string> };
type Context<P> = { readonly environment: RecordedEnvironment; readonly policy: P };
type Recorded<I, P> = { readonly input: I; readonly context: Context<P> };

const environmentRecord: (environment: CallEnvironment) => RecordedEnvironment = memo((environment) => ({
  ...environment,
  decoders: new Map([...environment.decoders].map(([at, { decoder }]) => [at, decoder])),
}));

type Rules = {
  readonly environment: CallEnvironment;
  readonly policy: RiskPolicy;
  readonly ballots: SlowVotePolicy;
};

/** All that a verdict depends on, as a record holds it. */
export const reviewInput = ({ kind, input }: Reviewed, { environment, policy, ballots }: Rules): RecordValue => {
  const { message, digest, view, simulation } = input;
  const slow = "window" in input ? { window: input.window, isMade: input.isMade } : {};
  const stops = "stops" in input && input.stops !== undefined ? { stops: input.stops } : {};
  const context = { environment: environmentRecord(environment), policy: kind === "review" ? policy : ballots };
  return { input: { message, digest, view, simulation, ...slow, ...stops }, context };
};

const isEnvironment = objectOf<RecordedEnvironment>({
  treasury: isAddress,
  core: setOf(isAddress),
  decoders: mapOf(isAddress, isText),
});

const isFastMessage: Shape<ProposalMessage> = (value): value is ProposalMessage => isProposalMessage(value);
const isSlowMessage: Shape<SlowProposalMessage> = (value): value is SlowProposalMessage => isSlowProposalMessage(value);

const isFast = objectOf<Recorded<ReviewInput, RiskPolicy>>({
  input: objectOf<ReviewInput>({
    message: isFastMessage,
    digest: isHex,
    view: isChainSnapshot,
    simulation: maybe(isSimulation),
    stops: maybe(isStopBook),
  }),
  context: objectOf<Context<RiskPolicy>>({
    environment: isEnvironment,
    policy: objectOf<RiskPolicy>({
      maxDeadlineSeconds: isBigint,
      maxAgeBlocks: isBigint,
      maxLossUsd: isBigint,
      minGainUsd: isBigint,
      profitToleranceBps: isBigint,
      maxPriceDeviationBps: isBigint,
      stop: maybe(isStopPolicy),
    }),
  }),
});

type SlowInput = SlowReviewInput & Pick<ReviewInput, "simulation">;

const isSlow = objectOf<Recorded<SlowInput, SlowVotePolicy>>({
  input: objectOf<SlowInput>({
    message: isSlowMessage,
    digest: isHex,
    view: isChainSnapshot,
    window: isPriceWindow,
    isMade: isFlag,
    simulation: maybe(isSimulation),
  }),
  context: objectOf<Context<SlowVotePolicy>>({
    environment: isEnvironment,
    policy: objectOf<SlowVotePolicy>({
      maxDeadlineSeconds: isBigint,
      maxLossUsd: isBigint,
      maxPositionUsd: isBigint,
      maxPriceDeviationBps: isBigint,
      base: isAddress,
      sizing: maybe(isSizing),
    }),
  }),
});

const BY_NAME: ReadonlyMap<string, Protocol> = new Map(PROTOCOLS.map((protocol) => [protocol.decoder, protocol]));

const protocolNamed = (name: string): Protocol => {
  const protocol = BY_NAME.get(name);
  if (protocol === undefined) throw new TypeError(`the record's decoder ${name} is unknown`);
  return protocol;
};

const contextOf = <P>({ environment, policy }: Context<P>, keccak: Keccak) => {
  const decoders = new Map([...environment.decoders].map(([at, name]) => [at, protocolNamed(name)]));
  return { keccak, environment: { ...environment, decoders }, policy };
};

/**
 * Judges again what was recorded. [NX-KEE-03]
 * @throws TypeError where it is no input of a risk manager
 */
export const reviewAgain = (recorded: unknown, keccak: Keccak): RecordValue => {
  if (!isFast(recorded)) throw new TypeError("this is no input of a review");
  return reviewOf(recorded.input, contextOf(recorded.context, keccak));
};

/** The same on the slow path. @throws TypeError where it is no input of a risk manager */
export const reviewSlowAgain = (recorded: unknown, keccak: Keccak): RecordValue => {
  if (!isSlow(recorded)) throw new TypeError("this is no input of a review on the slow path");
  return reviewSlow(recorded.input, contextOf(recorded.context, keccak));
};
