import type { RiskPorts } from "../../risk/ports.ts";
import type { Simulator } from "../chain/simulate.ts";
import { createSnapshotReader } from "../chain/snapshot.ts";
import { type AgentTools, oncePerBlock } from "./shared.ts";

/** A risk manager's ports over its own connection. */
export const riskPorts = (tools: AgentTools, simulator: Simulator, agentId: bigint): RiskPorts => {
  const { node, addresses, bus, key, voters: signers } = tools;
  const read = createSnapshotReader(node, addresses, { signers, agentId, withPools: false, tickReach: 0 });
  return {
    head: node.head,
    readView: oncePerBlock(async (block) => (await read(block)).view),
    simulate: simulator.execute,
    hashProposal: tools.hashProposal,
    hashBallot: tools.hashBallot,
    sign: key.signVote,
    proposals: bus.open("proposals", tools.wake),
    slowProposals: bus.open("slowProposals", tools.wake),
    publishBallot: (ballot) => bus.publish("ballots", ballot),
    publishVote: (vote) => bus.publish("votes", vote),
    publishRefusal: (refusal) => bus.publish("refusals", refusal),
    nowMs: tools.nowMs,
    emit: tools.emit,
  };
};
