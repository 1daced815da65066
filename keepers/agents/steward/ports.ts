import type { ReadTally, SlowClass, Support } from "../../core/ballot.ts";
import type { BallotMessage, Inbox, SlowProposalMessage } from "../../core/bus.ts";
import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import type { EmitEvent } from "../../core/events.ts";
import type { Hex } from "../../core/hex.ts";
import type { Call, CallProof, Proposal } from "../../core/proposal.ts";
import type { BlockNumber } from "../../core/units.ts";
import type { SendPolicy, SenderPorts, SlowNote } from "../../sending/ports.ts";
import type { BallotChecks } from "./memory.ts";

/** The calls that a steward sends. */
export type SlowCalls = {
  readonly propose: (proposal: Proposal, riskClass: SlowClass, votes: Hex) => Call;
  readonly castVotes: (hash: Hex, support: Support, votes: Hex) => Call;
  readonly queue: (hash: Hex) => Call;
  readonly execute: (proposal: Proposal, callProofs: readonly CallProof[]) => Call;
};

/** All that a steward may know of the world. */
export type StewardPorts = BallotChecks & {
  /** The newest head; its fee in wei per gas. */
  readonly head: () => { readonly block: BlockNumber; readonly baseFee: bigint } | undefined;
  readonly readSnapshot: (block: BlockNumber) => Promise<ChainSnapshot>;
  readonly readTally: ReadTally;
  readonly encode: SlowCalls;
  readonly proposals: Pick<Inbox<SlowProposalMessage>, "take">;
  readonly ballots: Pick<Inbox<BallotMessage>, "take">;
  /** Durable when it resolves. Fatal when it fails: nobody else may have kept what a proposal says. */
  readonly append: (note: SlowNote) => Promise<void>;
  readonly loadNotes: () => Promise<readonly SlowNote[]>;
  readonly hash: (text: string) => Hex;
  readonly sending: SenderPorts;
  readonly emit: EmitEvent;
};

/** How to send, and how many blocks voters have before a proposal that they do not carry goes to the chain. */
export type StewardConfig = SendPolicy & { readonly collectionBlocks: bigint };
