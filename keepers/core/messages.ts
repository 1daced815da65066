import type { ProposalMessage, SlowProposalMessage } from "./bus.ts";
import type { Condition, CallProof, Proposal } from "./proposal.ts";

type Members = Readonly<Record<string, unknown>>;
type Test = (value: unknown) => boolean;

/** Strangers can make us look at this much and no more. Far above what any proposal needs: the mandate takes 16 calls. */
const MAX_ITEMS = 64;
const MAX_DATA_DIGITS = 65_536;
const MAX_TEXT = 4_096;

const isMembers = (value: unknown): value is Members => typeof value === "object" && value !== null;

/** Whether a value has these members, each as its test wants it; what else it has does not count. */
const having =
  (tests: Readonly<Record<string, Test>>): Test =>
  (value) =>
    isMembers(value) && Object.entries(tests).every(([name, test]) => test(value[name]));

const matching =
  (shape: RegExp, most: number): Test =>
  (value) =>
    typeof value === "string" && value.length <= most && shape.test(value);

const below =
  (bits: bigint): Test =>
  (value) =>
    typeof value === "bigint" && value >= 0n && value >> bits === 0n;

const listOf =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) && value.length <= MAX_ITEMS && value.every(test);

const oneOf =
  (...values: readonly number[]): Test =>
  (value) =>
    typeof value === "number" && values.includes(value);

const isWord = matching(/^0x[0-9a-f]{64}$/, 66);
const isAddress = matching(/^0x[0-9a-f]{40}$/, 42);
const isBytes = matching(/^0x(?:[0-9a-f]{2})*$/, MAX_DATA_DIGITS);
const isUint256 = below(256n);
const isFinite: Test = (value) => Number.isFinite(value);

const CONDITION: Readonly<Record<keyof Condition, Test>> = {
  kind: oneOf(0, 1, 2, 3, 4, 5, 6, 7),
  subject: isAddress,
  holder: isAddress,
  amount: isUint256,
};

const PROPOSAL: Readonly<Record<keyof Proposal, Test>> = {
  agentId: below(32n),
  nonce: below(40n),
  deadline: below(40n),
  submitter: isAddress,
  maxLoss: below(128n),
  forecast: below(128n),
  calls: listOf(having({ target: isAddress, data: isBytes })),
  conditions: listOf(having(CONDITION)),
  evidence: isWord,
};

const CALL_PROOF: Readonly<Record<keyof CallProof, Test>> = {
  decoder: isAddress,
  minClass: oneOf(0, 1, 2),
  proof: listOf(isWord),
};

const MESSAGE: Readonly<Record<keyof ProposalMessage, Test>> = {
  hash: isWord,
  proposal: having(PROPOSAL),
  callProofs: listOf(having(CALL_PROOF)),
  expectedProfit: having({ token: isAddress, amount: isUint256 }),
  gasCost: isUint256,
  block: below(64n),
  seenAtMs: isFinite,
};

const SLOW_MESSAGE: Readonly<Record<keyof SlowProposalMessage, Test>> = {
  hash: isWord,
  riskClass: oneOf(1, 2),
  proposal: having(PROPOSAL),
  callProofs: listOf(having(CALL_PROOF)),
  why: (value) => typeof value === "string" && value.length <= MAX_TEXT,
  block: below(64n),
  seenAtMs: isFinite,
};

/** Whether a message has all that a proposal has, every number in its range: then it has a digest, and no rule throws. */
export const isProposalMessage = having(MESSAGE);

/** The same for the slow path. */
export const isSlowProposalMessage = having(SLOW_MESSAGE);

/**
 * Tells copies of one proposal apart by what its digest does not cover and a verdict depends on: strangers can alter that, so
 * a verdict about one copy says nothing of another. [NX-KEE-08]
 */
export const copyOf = ({
  hash,
  callProofs,
  block,
  ...rest
}: Pick<ProposalMessage, "hash" | "callProofs" | "block"> &
  Partial<Pick<ProposalMessage, "expectedProfit">> &
  Partial<Pick<SlowProposalMessage, "riskClass">>): string => {
  const proofs = callProofs.map(({ decoder, minClass, proof }) => `${decoder} ${minClass} ${proof.join("")}`);
  return [hash, block, rest.riskClass, rest.expectedProfit?.token, rest.expectedProfit?.amount, ...proofs].join(" ");
};
