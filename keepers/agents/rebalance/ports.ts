import type { ReadTally, SlowClass, Support } from "../../core/ballot.ts";
import type { BallotMessage, Inbox, SlowProposalMessage } from "../../core/bus.ts";
import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import type { EmitEvent } from "../../core/events.ts";
import type { Hex } from "../../core/hex.ts";
import type { Call, CallProof, Proposal, RiskClass } from "../../core/proposal.ts";
import type { Refusal } from "../../core/refusal.ts";
import type { Address, BlockNumber, Seconds } from "../../core/units.ts";
import type { Pool } from "../../market/pool.ts";
import type { Rebalance, RebalanceDecision } from "./decide.ts";
import type { RebalancePolicy, RebalanceSeen } from "./policy.ts";

/** All that a rebalancer may know of the world. */
export type RebalancePorts = {
  readonly head: () => { readonly block: BlockNumber; readonly seenAtMs: number } | undefined;
  readonly readSnapshot: (
    block: BlockNumber,
  ) => Promise<{ readonly view: ChainSnapshot; readonly pools: readonly Pool[] }>;
  readonly readTally: ReadTally;
  /** What the mandate says of the calls now: their class, or why no class carries them. */
  readonly classify: (
    calls: readonly Call[],
    callProofs: readonly CallProof[],
    block: BlockNumber,
  ) => Promise<{ readonly refusal: Refusal; readonly riskClass: RiskClass }>;
  /** The call that makes the trade, and its proof; undefined when the mandate holds no leaf for it. */
  readonly callOf: (trade: Rebalance) => { readonly call: Call; readonly callProof: CallProof } | undefined;
  readonly hashProposal: (proposal: Proposal) => Hex;
  readonly hashBallot: (hash: Hex, riskClass: SlowClass, support: Support) => Hex;
  readonly hashText: (text: string) => Hex;
  readonly sign: (digest: Hex) => Hex;
  readonly publishProposal: (message: SlowProposalMessage) => void;
  /** Ballots of others: what they say of a position that is too large for them is taken up. */
  readonly ballots: Pick<Inbox<BallotMessage>, "take">;
  readonly publishBallot: (tally: BallotMessage) => void;
  /** Keeps what a proposal was decided on, by the hash that the proposal carries. */
  readonly keepDecision: (evidence: Hex, record: string) => void;
  /** Told of every decision, and of what was seen and left alone, where somebody records them. */
  readonly note?: (seen: RebalanceSeen, decision: RebalanceDecision) => void;
  readonly symbolOf: (token: Address) => string;
  readonly emit: EmitEvent;
};

export type RebalanceConfig = {
  readonly name: string;
  readonly agentId: bigint;
  readonly signer: Address;
  readonly treasury: Address;
  readonly policy: RebalancePolicy;
  /** How many blocks lie between two looks. */
  readonly everyBlocks: bigint;
  /** How long a token is left alone after a proposal about it came to nothing. */
  readonly cooldown: Seconds;
};
