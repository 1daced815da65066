import type { ReadTally, SlowClass, Support } from "../../core/ballot.ts";
import type { BallotMessage, SlowProposalMessage } from "../../core/bus.ts";
import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import type { EmitEvent } from "../../core/events.ts";
import type { Hex } from "../../core/hex.ts";
import type { Call, CallProof, Proposal, RiskClass } from "../../core/proposal.ts";
import type { Refusal } from "../../core/refusal.ts";
import type { Address, BlockNumber, Seconds } from "../../core/units.ts";
import type { Pool } from "../../market/pool.ts";
import type { MindAnswer } from "./answer.ts";
import type { OutsideTrade } from "./decide.ts";
import type { OutsidePolicy } from "./seen.ts";

/** An answer that arrived, and how long it took, in milliseconds. */
export type Arrived = { readonly answer: MindAnswer; readonly tookMs: number };

/** All that an agent with an outside mind may know of the world. The mind itself gets none of it but a question's text. */
export type OutsidePorts = {
  readonly head: () => { readonly block: BlockNumber; readonly seenAtMs: number } | undefined;
  readonly readSnapshot: (
    block: BlockNumber,
  ) => Promise<{ readonly view: ChainSnapshot; readonly pools: readonly Pool[] }>;
  /** Asks the mind and does not wait for it. Each question has one answer, silence included. */
  readonly ask: (question: string) => void;
  /** Takes the answer to the last question, once it is there. */
  readonly takeAnswer: () => Arrived | undefined;
  readonly readTally: ReadTally;
  /** What the mandate says of the calls now: their class, or why no class carries them. */
  readonly classify: (
    calls: readonly Call[],
    callProofs: readonly CallProof[],
    block: BlockNumber,
  ) => Promise<{ readonly refusal: Refusal; readonly riskClass: RiskClass }>;
  /** The treasury's call that makes the trade, and its proof; undefined when the mandate holds no leaf for it. */
  readonly callOf: (trade: OutsideTrade) => { readonly call: Call; readonly callProof: CallProof } | undefined;
  readonly hashProposal: (proposal: Proposal) => Hex;
  readonly hashBallot: (hash: Hex, riskClass: SlowClass, support: Support) => Hex;
  readonly hashText: (text: string) => Hex;
  readonly sign: (digest: Hex) => Hex;
  readonly publishProposal: (message: SlowProposalMessage) => void;
  readonly publishBallot: (ballot: BallotMessage) => void;
  /** Keeps what a mind answered and what came of it, by the hash that a proposal carries. */
  readonly keepDecision: (evidence: Hex, record: string) => void;
  readonly symbolOf: (token: Address) => string;
  readonly emit: EmitEvent;
};

export type OutsideConfig = {
  readonly name: string;
  readonly agentId: bigint;
  readonly signer: Address;
  readonly treasury: Address;
  readonly policy: OutsidePolicy;
  /** How many blocks lie between two questions at the least. */
  readonly everyBlocks: bigint;
  /** How long nothing is asked after a proposal. */
  readonly rest: Seconds;
};
