import type { ExecutionPorts, Intent } from "../../execution/ports.ts";
import { recoverVoter } from "../chain/keys.ts";
import { type Simulator, encodeEnact } from "../chain/simulate.ts";
import { createSnapshotReader } from "../chain/snapshot.ts";
import { createSigner, readAccountNonce, readReceipt, sendRaw } from "../chain/transactions.ts";
import type { FileJournal } from "../journal/file.ts";
import { type AgentTools, oncePerBlock } from "./shared.ts";

/** An execution engine's ports over its own connection. It has no seat of its own. */
export const executionPorts = (
  tools: AgentTools,
  simulator: Simulator,
  journal: Pick<FileJournal<Intent>, "append" | "load">,
): ExecutionPorts => {
  const { node, addresses, bus, key, voters: signers } = tools;
  const read = createSnapshotReader(node, addresses, { signers, agentId: 0n, withPools: false, tickReach: 0 });
  return {
    head: node.head,
    readView: oncePerBlock(async (block) => (await read(block)).view),
    readAccountNonce: (block) => readAccountNonce(node, key.address, block),
    readReceipt: (transaction) => readReceipt(node, addresses, transaction),
    encode: encodeEnact,
    simulate: (data, block) => simulator.enact(data, key.address, block),
    sign: createSigner(key, addresses.chainId, addresses.consensus),
    send: (raw) => sendRaw(node, raw),
    append: journal.append,
    loadJournal: journal.load,
    proposals: bus.open("proposals", tools.wake),
    votes: bus.open("votes", tools.wake),
    recover: recoverVoter,
    hashProposal: tools.hashProposal,
    publishOutcome: (message) => bus.publish("outcomes", message),
    nowMs: tools.nowMs,
    emit: tools.emit,
  };
};
