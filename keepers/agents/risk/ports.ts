import type { SlowClass, Support } from "../../core/ballot.ts";
import type {
  BallotMessage,
  Inbox,
  ProposalMessage,
  RefusalMessage,
  SlowProposalMessage,
  VoteMessage,
} from "../../core/bus.ts";
import type { ChainSnapshot, Simulation } from "../../core/chainSnapshot.ts";
import type { EmitEvent } from "../../core/events.ts";
import type { Hex } from "../../core/hex.ts";
import type { CallProof, Proposal, RiskClass } from "../../core/proposal.ts";
import type { Address, BlockNumber } from "../../core/units.ts";
import type { ReadOpenTally } from "./ownBallots.ts";
import type { Reviewed, SlowVotePolicy } from "./slowReview.ts";
import type { ReviewContext } from "./decide.ts";
import type { GuardConfig, GuardPorts } from "./guard.ts";

/** All that a risk manager may know of the world, through a connection of its own. */
export type RiskPorts = {
  /** The newest head; its fee in wei per gas. */
  readonly head: () => { readonly block: BlockNumber; readonly baseFee: bigint } | undefined;
  /** The chain at one block; asked twice for the same block it answers from memory. */
  readonly readSnapshot: (block: BlockNumber) => Promise<ChainSnapshot>;
  /** Where a proposal on the slow path stands, and what its class demands. */
  readonly readTally: ReadOpenTally;
  /** What the calls would do, by the limits of their class. */
  readonly simulate: (
    tried: { readonly proposal: Proposal; readonly callProofs: readonly CallProof[]; readonly riskClass: RiskClass },
    block: BlockNumber,
  ) => Promise<Simulation>;
  readonly hashProposal: (proposal: Proposal) => Hex;
  readonly hashBallot: (hash: Hex, riskClass: SlowClass, support: Support) => Hex;
  readonly sign: (digest: Hex) => Hex;
  readonly proposals: Pick<Inbox<ProposalMessage>, "take">;
  readonly slowProposals: Pick<Inbox<SlowProposalMessage>, "take">;
  readonly publishBallot: (ballot: BallotMessage) => void;
  readonly publishVote: (vote: VoteMessage) => void;
  readonly publishRefusal: (refusal: RefusalMessage) => void;
  /** Told of every verdict and what it was reached on, where somebody records them. */
  readonly note?: (reviewed: Reviewed) => void;
  /** Only where positions are watched. */
  readonly guard?: GuardPorts | undefined;
  readonly nowMs: () => number;
  readonly emit: EmitEvent;
};

export type RiskConfig = ReviewContext & {
  readonly ballots: SlowVotePolicy;
  readonly guard?: GuardConfig | undefined;
  readonly name: string;
  readonly signer: Address;
};
