import type { ProposalMessage, VoteMessage } from "../../core/bus.ts";
import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import type { EmitEvent } from "../../core/events.ts";
import type { GasTerms } from "../../core/gasPrice.ts";
import type { Hex } from "../../core/hex.ts";
import type { Proposal } from "../../core/proposal.ts";
import type { Address, BlockNumber } from "../../core/units.ts";
import type { PendingOrder, PendingView } from "../../market/foresight/pending.ts";
import type { Pool } from "../../market/pool.ts";
import type { Decision, Policy, Snapshot } from "./decide.ts";
import type { Venues } from "./plan.ts";

/** A head that woke us. Fee in wei per gas, time by our own clock in milliseconds. */
export type HeadSeen = { readonly block: BlockNumber; readonly baseFee: bigint; readonly seenAtMs: number };

/** All that a searcher may know of the world. */
export type ArbitragePorts = {
  readonly head: () => HeadSeen | undefined;
  readonly readSnapshot: (
    block: BlockNumber,
  ) => Promise<{ readonly view: ChainSnapshot; readonly pools: readonly Pool[] }>;
  readonly hashProposal: (proposal: Proposal) => Hex;
  /** Keccak-256 of text in UTF-8. */
  readonly hashText: (text: string) => Hex;
  readonly sign: (digest: Hex) => Hex;
  readonly publishProposal: (message: ProposalMessage) => void;
  readonly publishVote: (vote: VoteMessage) => void;
  /** Keeps what a proposal was decided on, by the hash that the proposal carries. */
  readonly keepDecision: (evidence: Hex, record: string) => void;
  /** Told of every decision, refusals included, where somebody records them. */
  readonly note?: (snapshot: Snapshot, decision: Decision) => void;
  /** What was pending when the node's pool was last looked at; missing where nobody looks. */
  readonly pending?: () => PendingView | undefined;
  readonly nowMs: () => number;
  readonly emit: EmitEvent;
};

export type ArbitrageConfig = {
  readonly name: string;
  readonly agentId: bigint;
  readonly signer: Address;
  readonly treasury: Address;
  /** The treasury's base asset, in which profit is counted. */
  readonly base: Address;
  /** The wrapped native token, whose price is the price of gas. */
  readonly native: Address;
  readonly policy: Policy;
  /** What the execution engine will pay, to reckon the cost of gas. */
  readonly gasTerms: GasTerms;
  readonly venues: Venues;
  /** How the chain orders what is pending; "off" where nothing is foreseen. */
  readonly foresight: PendingOrder | "off";
};

export type { Venues } from "./plan.ts";
