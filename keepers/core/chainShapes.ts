import {
  type BreakerLevel,
  type ChainSnapshot,
  type PriceBand,
  type RevertReason,
  type Simulation,
  type TokenState,
  BREAKER_LEVELS,
  QUOTE_STATUSES,
} from "./chainSnapshot.ts";
import { REFUSALS } from "./refusalNames.ts";
import {
  isAddress,
  isBigint,
  isBlockNumber,
  isHex,
  isInteger,
  isText,
  isUnixSeconds,
  listOf,
  mapOf,
  maybe,
  objectOf,
  oneOf,
  either,
} from "./shape.ts";
import { type ConsensusPolicy, type SignerRecord, AGENT_STATUSES } from "./signerRecord.ts";

const isLevel = oneOf<BreakerLevel>(...BREAKER_LEVELS);

export const isTokenState = objectOf<TokenState>({
  token: isAddress,
  decimals: isInteger,
  balance: isBigint,
  status: oneOf(...QUOTE_STATUSES),
  price: objectOf<PriceBand>({ middle: isBigint, lower: isBigint, upper: isBigint }),
  perAction: isBigint,
  remainingForAgent: isBigint,
  remainingForAll: isBigint,
  level: isLevel,
});

const isSignerRecord = objectOf<SignerRecord>({
  signer: isAddress,
  agentId: isBigint,
  operatorId: isBigint,
  weight: isBigint,
  status: oneOf(...AGENT_STATUSES),
  validUntil: isUnixSeconds,
  highestNonce: isBigint,
  nonceWindow: isBigint,
  votingSeat: isInteger,
  weightSince: isUnixSeconds,
});

/** What was read of the chain, as a record holds it. */
export const isChainSnapshot = objectOf<ChainSnapshot>({
  block: isBlockNumber,
  time: isUnixSeconds,
  tokens: listOf(isTokenState),
  signerRecords: listOf(isSignerRecord),
  levels: mapOf(isAddress, isLevel),
  everything: isLevel,
  policy: objectOf<ConsensusPolicy>({
    threshold: isBigint,
    minVoters: isBigint,
    minOperators: isBigint,
    maxDeadline: isBigint,
  }),
  mandateRoot: isHex,
  lossPerAction: isBigint,
  remainingLoss: isBigint,
  treasuryValue: maybe(
    objectOf<{ readonly lower: bigint; readonly upper: bigint }>({ lower: isBigint, upper: isBigint }),
  ),
});

type Simulated<K extends Simulation["kind"]> = Extract<Simulation, { readonly kind: K }>;

/** What a dry run did, as a record holds it. */
export const isSimulation = either(
  objectOf<Simulated<"ok">>({
    kind: oneOf("ok"),
    block: isBlockNumber,
    gasUsed: isBigint,
    changes: mapOf(isAddress, isBigint),
  }),
  objectOf<Simulated<"reverted">>({
    kind: oneOf("reverted"),
    block: isBlockNumber,
    error: objectOf<RevertReason>({ name: isText, text: isText, refusal: maybe(oneOf(...REFUSALS)) }),
  }),
);
