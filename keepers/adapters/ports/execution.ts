import type { ExecutionPorts } from "../../execution/ports.ts";
import { doorFor } from "../chain/doors.ts";
import { recoverVoter } from "../chain/keys.ts";
import { encodeEnact } from "../chain/simulate.ts";
import { createSnapshotReader } from "../chain/snapshot.ts";
import { type AgentTools, type Sending, oncePerBlock, sendPorts } from "./shared.ts";

/** An execution engine's ports over its own connection. It has no seat of its own. */
export const executionPorts = (tools: AgentTools, sending: Sending): ExecutionPorts => {
  const { node, addresses, bus, voters: signers } = tools;
  const read = createSnapshotReader(node, addresses, { signers, agentId: 0n, withPools: false, tickReach: 0 });
  return {
    ...sendPorts(tools, sending),
    head: node.head,
    readView: oncePerBlock(async (block) => (await read(block)).view),
    encode: (proposal, grants, votes) => ({
      target: doorFor(proposal, sending.doors),
      data: encodeEnact(proposal, grants, votes),
    }),
    proposals: bus.open("proposals", tools.wake),
    votes: bus.open("votes", tools.wake),
    recover: recoverVoter,
    hashProposal: tools.hashProposal,
    publishOutcome: (message) => bus.publish("outcomes", message),
    nowMs: tools.nowMs,
  };
};
