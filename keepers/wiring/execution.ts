import { entryPointFor } from "../adapters/chain/entryPoints.ts";
import { recoverVoter } from "../adapters/chain/keys.ts";
import { oncePerBlock } from "../adapters/chain/oncePerBlock.ts";
import { encodeEnact } from "../adapters/chain/simulate.ts";
import { createSnapshotReader } from "../adapters/chain/snapshot.ts";
import { settings } from "../agents/execution/config.ts";
import { emptyExecutionMemory } from "../agents/execution/memory.ts";
import type { ExecutionPorts } from "../agents/execution/ports.ts";
import { type Engine, resume, tick } from "../agents/execution/tick.ts";
import { type AgentTools, type Common, agentKind } from "./agentKind.ts";
import { type Sending, type SendingConfig, openSending, sendPorts } from "./sending.ts";

/** An execution engine's ports over its own connection. It has no seat of its own. */
const portsOf = (tools: AgentTools, sending: Sending): ExecutionPorts => {
  const { node, addresses, bus, voters: signers } = tools;
  const read = createSnapshotReader(node, addresses, { signers, agentId: 0n, withPools: false, tickReach: 0 });
  return {
    ...sendPorts(tools, sending),
    head: node.head,
    readSnapshot: oncePerBlock(async (block) => (await read(block)).view),
    encode: (proposal, callProofs, votes) => ({
      target: entryPointFor(proposal, sending.entryPoints),
      data: encodeEnact(proposal, callProofs, votes),
    }),
    proposals: bus.open("proposals", tools.wake),
    votes: bus.open("votes", tools.wake),
    recover: recoverVoter,
    hashProposal: tools.hashProposal,
    publishResult: (message) => bus.publish("results", message),
    nowMs: tools.nowMs,
  };
};

export const execution = agentKind({
  settings,
  votes: false,
  part: "sends",
  build: async (common: Common<SendingConfig>, tools) => {
    const { policy, ...sending } = await openSending(common, tools);
    const { maxAgeBlocks } = common.config.execution;
    const agent: Engine = {
      ports: portsOf(tools, sending),
      memory: emptyExecutionMemory(),
      config: { ...policy, maxAgeBlocks },
    };
    return { agent, close: sending.journal.close };
  },
  tick,
  resume,
});
