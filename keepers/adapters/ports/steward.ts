import type { Intent } from "../../sending/ports.ts";
import type { StewardPorts } from "../../steward/ports.ts";
import { SLOW_CALLS, readBallot } from "../chain/ballots.ts";
import { recoverVoter } from "../chain/keys.ts";
import type { Simulator } from "../chain/simulate.ts";
import { createSnapshotReader } from "../chain/snapshot.ts";
import type { FileJournal } from "../journal/file.ts";
import { type AgentTools, oncePerBlock, sendPorts } from "./shared.ts";

/** A steward's ports over its own connection. It has no seat of its own. */
export const stewardPorts = (
  tools: AgentTools,
  simulator: Simulator,
  journal: Pick<FileJournal<Intent>, "append" | "load">,
): StewardPorts => {
  const { node, addresses, bus, voters: signers } = tools;
  const read = createSnapshotReader(node, addresses, { signers, agentId: 0n, withPools: false, tickReach: 0 });
  return {
    ...sendPorts(tools, simulator, journal),
    head: node.head,
    readView: oncePerBlock(async (block) => (await read(block)).view),
    readBallot: (question) => readBallot(node, addresses.consensus, question),
    encode: SLOW_CALLS,
    proposals: bus.open("slowProposals", tools.wake),
    ballots: bus.open("ballots", tools.wake),
    hashProposal: tools.hashProposal,
    isSigned: ({ hash, riskClass }, { support, signature, signer }) =>
      recoverVoter(tools.hashBallot(hash, riskClass, support), signature) === signer,
  };
};
