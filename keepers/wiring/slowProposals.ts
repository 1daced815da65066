import { venuesOf } from "../adapters/chain/venues.ts";
import { followProposed } from "../adapters/readers/proposedOnChain.ts";
import type { Inbox, SlowProposalMessage } from "../core/bus.ts";
import type { AgentTools, Common } from "./agentKind.ts";

type Taking = Pick<Inbox<SlowProposalMessage>, "take">;

/** What is proposed on the slow path, as the bus brings it, and as the chain shows it whether or not there is a bus. */
export const slowProposalsOf = ({ signal }: Pick<Common, "signal">, tools: AgentTools, inbox: Taking): Taking => {
  const { name, node, addresses, nowMs, emit, wake } = tools;
  const onChain = followProposed(node, {
    consensus: addresses.consensus,
    chainId: addresses.chainId,
    callProofOf: venuesOf(addresses).callProofOf,
    nowMs,
    onArrival: wake,
    onTrouble: (what) => {
      // Its connection ends with its agent.
      if (!signal.aborted) emit({ kind: "trouble", agent: name, what });
    },
  });
  return { take: () => [...inbox.take(), ...onChain.take()] };
};
