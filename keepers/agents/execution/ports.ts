import type { Inbox, ResultMessage, ProposalMessage, VoteMessage } from "../../core/bus.ts";
import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import type { Hex } from "../../core/hex.ts";
import type { Call, CallProof, Proposal } from "../../core/proposal.ts";
import type { BlockNumber } from "../../core/units.ts";
import type { HeadFacts, SendPolicy, SendPorts } from "../../sending/ports.ts";
import type { Checks } from "./memory.ts";

/** All that the execution engine may know of the world. */
export type ExecutionPorts = Checks &
  SendPorts & {
    readonly head: () => HeadFacts | undefined;
    readonly readSnapshot: (block: BlockNumber) => Promise<ChainSnapshot>;
    readonly encode: (proposal: Proposal, callProofs: readonly CallProof[], votes: Hex) => Call;
    readonly proposals: Pick<Inbox<ProposalMessage>, "take">;
    readonly votes: Pick<Inbox<VoteMessage>, "take">;
    readonly publishResult: (message: ResultMessage) => void;
    readonly nowMs: () => number;
  };

/** How to send, and how many blocks a proposal may be old. */
export type ExecutionConfig = SendPolicy & { readonly maxAgeBlocks: bigint };
