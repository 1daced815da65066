import type { StewardPorts } from "../../steward/ports.ts";
import { readBallot, slowCalls } from "../chain/ballots.ts";
import { recoverVoter } from "../chain/keys.ts";
import { createSnapshotReader } from "../chain/snapshot.ts";
import { type AgentTools, type Sending, oncePerBlock, sendPorts } from "./shared.ts";

/** A steward's ports over its own connection. It has no seat of its own. */
export const stewardPorts = (tools: AgentTools, sending: Sending): StewardPorts => {
  const { node, addresses, bus, voters: signers } = tools;
  const read = createSnapshotReader(node, addresses, { signers, agentId: 0n, withPools: false, tickReach: 0 });
  return {
    ...sendPorts(tools, sending),
    head: node.head,
    readView: oncePerBlock(async (block) => (await read(block)).view),
    readBallot: (question) => readBallot(node, addresses.consensus, question),
    encode: slowCalls(sending.doors),
    proposals: bus.open("slowProposals", tools.wake),
    ballots: bus.open("ballots", tools.wake),
    hashProposal: tools.hashProposal,
    isSigned: ({ hash, riskClass }, { support, signature, signer }) =>
      recoverVoter(tools.hashBallot(hash, riskClass, support), signature) === signer,
  };
};
