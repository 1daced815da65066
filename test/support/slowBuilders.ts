import { type TallyView, type ClassPolicy, ELEVATED, FOR } from "../../keepers/core/ballot.ts";
import type { BallotMessage, SlowProposalMessage } from "../../keepers/core/bus.ts";
import { encodeV3Single } from "./swaps.ts";
import { type Condition, type Proposal, CONDITION_KIND, ZERO_ADDRESS } from "../../keepers/core/proposal.ts";
import { type Address, blockNumber, unixSeconds } from "../../keepers/core/units.ts";
import type { SignedBallot, TrackedProposal } from "../../keepers/agents/steward/decide.ts";
import {
  FEE,
  TREASURY,
  USDC,
  V3_ROUTER,
  WAD,
  WSEI,
  fakeSignature,
  callProofFor,
  hashOf,
  signerRecord,
} from "./keeperBuilders.ts";

const onlyMoves = (subject: Address): Condition => ({
  kind: CONDITION_KIND.onlyMoves,
  subject,
  holder: ZERO_ADDRESS,
  amount: 0n,
});

/** 12,000 USDC for at least 39,600 WSEI, on the builders' fair price of 0.30. */
const SPENT = 12_000_000_000n;
const BOUGHT = 39_600n * WAD;

export const SLOW_CONDITIONS: readonly Condition[] = [
  onlyMoves(USDC),
  onlyMoves(WSEI),
  { kind: CONDITION_KIND.balanceDecreasesAtMost, subject: USDC, holder: TREASURY, amount: SPENT },
  { kind: CONDITION_KIND.balanceIncreasesAtLeast, subject: WSEI, holder: TREASURY, amount: BOUGHT },
];

/** A fair swap of agent 5 whose outcome is bounded. */
export const slowProposal = (changes: Partial<Proposal> = {}): Proposal => ({
  agentId: 5n,
  nonce: 11n,
  deadline: unixSeconds(1_500n),
  submitter: ZERO_ADDRESS,
  maxLoss: 500n * WAD,
  forecast: 0n,
  calls: [
    encodeV3Single(
      { router: V3_ROUTER, tokenIn: USDC, tokenOut: WSEI, amountIn: SPENT, minOut: BOUGHT, recipient: TREASURY },
      FEE,
    ),
  ],
  conditions: SLOW_CONDITIONS,
  evidence: `0x${"cd".repeat(32)}`,
  ...changes,
});

export const slowMessage = (
  proposal: Proposal = slowProposal(),
  changes: Partial<SlowProposalMessage> = {},
): SlowProposalMessage => ({
  hash: hashOf(proposal),
  riskClass: ELEVATED,
  proposal,
  callProofs: [callProofFor("v3", USDC)],
  why: "WSEI is 0 % of the treasury and shall be 2.5 %",
  block: blockNumber(100n),
  seenAtMs: 0,
  ...changes,
});

/** The ballot of the builders' agent n. */
export const ballotOf = (message: SlowProposalMessage, n: number, support = FOR): BallotMessage => {
  const { signer } = signerRecord(n);
  return { hash: message.hash, signer, support, signature: fakeSignature(signer), reason: "", detail: "" };
};

/** A proposal that is looked after, with votes for and against of the agents that are named. */
export const tracked = (
  votes: { readonly inFavour?: readonly number[]; readonly opposed?: readonly number[] },
  message: SlowProposalMessage = slowMessage(),
): TrackedProposal => {
  const signed = (agents: readonly number[], support: SignedBallot["support"]) =>
    agents.map((n): readonly [Address, SignedBallot] => {
      const { signer } = signerRecord(n);
      return [signer, { support, signature: fakeSignature(signer) }];
    });
  return { message, ballots: new Map([...signed(votes.inFavour ?? [], 1), ...signed(votes.opposed ?? [], 0)]) };
};

/** Four of five, half a minute to say no, an hour to vote. */
export const SLOW_POLICY: ClassPolicy = {
  threshold: 4_000n,
  minVoters: 4n,
  minOperators: 2n,
  maxDeadline: 3_600n,
  delay: 30n,
};

/** Nothing on the chain yet. */
export const tallyView = (changes: Partial<TallyView> = {}): TallyView => ({
  state: "None",
  since: 0n,
  votesUntil: 0n,
  weightFor: 0n,
  weightAgainst: 0n,
  votersFor: 0n,
  operatorsFor: 0n,
  seats: 0n,
  ...changes,
});

/** Made and queued at second 1,000 by agents 2 to 5. */
export const queued = (changes: Partial<TallyView> = {}): TallyView =>
  tallyView({
    state: "Queued",
    since: 1_000n,
    votesUntil: 1_029n,
    weightFor: 4_000n,
    votersFor: 4n,
    operatorsFor: 4n,
    seats: 0b11110n,
    ...changes,
  });
