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
import type { Call, CallProof, Proposal, RiskClass } from "../../core/proposal.ts";
import type { Address, BlockNumber, Seconds } from "../../core/units.ts";
import type { Pool } from "../../market/pool.ts";
import type { PriceWindow } from "../../quant/priceWindow.ts";
import type { StopBook } from "../../quant/risk/stopLoss.ts";
import type { ReadOpenTally } from "./ownBallots.ts";
import type { Reviewed, SlowVotePolicy } from "./slowReview.ts";
import type { ReviewContext } from "./decide.ts";
import type { StopSale } from "./stopSale.ts";

/** What watching positions and selling them needs beside a review. */
export type GuardPorts = {
  /** The pools at one block, which is also the one of the snapshot. */
  readonly readPools: (block: BlockNumber) => Promise<readonly Pool[]>;
  /** The swap of a sale, and the proof that the mandate permits it; undefined where it does not. */
  readonly callOf: (sale: StopSale) => { readonly call: Call; readonly callProof: CallProof } | undefined;
  readonly hashText: (text: string) => Hex;
  readonly publishProposal: (message: ProposalMessage) => void;
  readonly keepDecision: (evidence: Hex, record: string) => void;
};

/** How a risk manager sells: as which agent, how long a proposal lives, and how many blocks lie between two slices. */
export type GuardConfig = { readonly agentId: bigint; readonly lifetime: Seconds; readonly restBlocks: bigint };

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

/** A message that waits, one copy of its proposal, and how often it was looked at without an answer. */
export type Waiting<M> = { readonly message: M; readonly copy: string; tries: number };

/** What a risk manager remembers: only what it has answered and what it waits for a head with. Losing it costs nothing. */
export type RiskMemory = {
  /** Digests that it voted for, and copies that it refused. */
  readonly answered: Set<string>;
  waiting: readonly Waiting<ProposalMessage>[];
  slowWaiting: readonly Waiting<SlowProposalMessage>[];
  /** Messages that were nothing: malformed, not under their own digest, or impossible to look at. */
  dropped: number;
  /** Prices that were seen, for a policy that looks at risk; after a restart they are gathered again. */
  window: PriceWindow | undefined;
  /** What was seen of the watched positions; after a restart their rows and marks begin again. */
  stops: StopBook | undefined;
  /** Positions of which a slice was proposed, and the block until which they are left alone. */
  readonly restingUntil: Map<Address, BlockNumber>;
  /** Why nothing was sold though a stop fires, as it was told last. */
  toldSale: string | undefined;
};
