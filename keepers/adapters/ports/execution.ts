import type { ExecutionPorts } from "../../execution/ports.ts";
import type { Intent } from "../../sending/ports.ts";
import { recoverVoter } from "../chain/keys.ts";
import { type Simulator, encodeEnact } from "../chain/simulate.ts";
import { createSnapshotReader } from "../chain/snapshot.ts";
import type { FileJournal } from "../journal/file.ts";
import { type AgentTools, oncePerBlock, sendPorts } from "./shared.ts";

/** An execution engine's ports over its own connection. It has no seat of its own. */
export const executionPorts = (
  tools: AgentTools,
  simulator: Simulator,
  journal: Pick<FileJournal<Intent>, "append" | "load">,
): ExecutionPorts => {
  const { node, addresses, bus, voters: signers } = tools;
  const read = createSnapshotReader(node, addresses, { signers, agentId: 0n, withPools: false, tickReach: 0 });
  return {
    ...sendPorts(tools, simulator, journal),
    head: node.head,
    readView: oncePerBlock(async (block) => (await read(block)).view),
    encode: encodeEnact,
    proposals: bus.open("proposals", tools.wake),
    votes: bus.open("votes", tools.wake),
    recover: recoverVoter,
    hashProposal: tools.hashProposal,
    publishOutcome: (message) => bus.publish("outcomes", message),
    nowMs: tools.nowMs,
  };
};
