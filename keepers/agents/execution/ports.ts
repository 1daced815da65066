import type { Inbox, ResultMessage, ProposalMessage, VoteMessage } from "../../core/bus.ts";
import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import type { EmitEvent } from "../../core/events.ts";
import type { Hex } from "../../core/hex.ts";
import type { Call, CallProof, Proposal } from "../../core/proposal.ts";
import type { BlockNumber } from "../../core/units.ts";
import type { SendPolicy, SenderPorts } from "../../sending/ports.ts";
import type { Checks } from "./memory.ts";

/** All that the execution engine may know of the world. */
export type ExecutionPorts = Checks & {
  /** The newest head; its fee in wei per gas. */
  readonly head: () => { readonly block: BlockNumber; readonly baseFee: bigint } | undefined;
  readonly readSnapshot: (block: BlockNumber) => Promise<ChainSnapshot>;
  /** The calls that enact a proposal, the preferred one first: where one is refused, the next may not be. */
  readonly encode: (proposal: Proposal, callProofs: readonly CallProof[], votes: Hex) => readonly Call[];
  /**
   * A call behind the newest signed prices that it lacks, in one transaction; undefined where none are lacking, or none are to be
   * had for what may be paid. Answers within seconds. `value` in wei. @throws RetryableError when the chain does not answer
   */
  readonly withPrices:
    | ((call: Call, block: BlockNumber) => Promise<{ readonly call: Call; readonly value: bigint } | undefined>)
    | undefined;
  readonly proposals: Pick<Inbox<ProposalMessage>, "take">;
  readonly votes: Pick<Inbox<VoteMessage>, "take">;
  readonly publishResult: (message: ResultMessage) => void;
  readonly sending: SenderPorts;
  readonly nowMs: () => number;
  readonly emit: EmitEvent;
};

/** How to send, and how many blocks a proposal may be old. */
export type ExecutionConfig = SendPolicy & { readonly maxAgeBlocks: bigint };
