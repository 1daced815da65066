import type { Inbox, ProposalMessage, RefusalMessage, VoteMessage } from "../core/bus.ts";
import type { ChainView, Simulation } from "../core/chainView.ts";
import type { EmitEvent } from "../core/events.ts";
import type { Hex } from "../core/hex.ts";
import type { Grant, Proposal } from "../core/proposal.ts";
import type { Address, BlockNumber } from "../core/units.ts";
import type { ReviewContext } from "./decide.ts";

/** All that a risk manager may know of the world, through a connection of its own. */
export type RiskPorts = {
  readonly head: () => { readonly block: BlockNumber } | undefined;
  /** The chain at one block; asked twice for the same block it answers from memory. */
  readonly readView: (block: BlockNumber) => Promise<ChainView>;
  readonly simulate: (proposal: Proposal, grants: readonly Grant[], block: BlockNumber) => Promise<Simulation>;
  readonly hashProposal: (proposal: Proposal) => Hex;
  readonly sign: (digest: Hex) => Hex;
  readonly proposals: Pick<Inbox<ProposalMessage>, "take">;
  readonly publishVote: (vote: VoteMessage) => void;
  readonly publishRefusal: (refusal: RefusalMessage) => void;
  readonly nowMs: () => number;
  readonly emit: EmitEvent;
};

export type RiskSettings = ReviewContext & { readonly name: string; readonly signer: Address };

/** What a risk manager remembers: only what it has answered and what it waits for a head with. Losing it costs nothing. */
export type RiskMemory = { readonly answered: Set<Hex>; waiting: readonly ProposalMessage[] };
