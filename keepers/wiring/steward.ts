import { readTally, slowCalls } from "../adapters/chain/slowPath.ts";
import { recoverVoter } from "../adapters/chain/keys.ts";
import { oncePerBlock } from "../adapters/chain/oncePerBlock.ts";
import { createSnapshotReader } from "../adapters/chain/snapshot.ts";
import { type StewardSettings, settings } from "../agents/steward/config.ts";
import { emptyStewardMemory } from "../agents/steward/memory.ts";
import type { StewardPorts } from "../agents/steward/ports.ts";
import { type Steward, resume, tick } from "../agents/steward/tick.ts";
import { type AgentTools, type Common, agentKind } from "./agentKind.ts";
import { type Sending, type SendingConfig, openSending, sendPorts } from "./sending.ts";

type Config = SendingConfig & { readonly steward: StewardSettings };

/** A steward's ports over its own connection. It has no seat of its own. */
const portsOf = (tools: AgentTools, sending: Sending): StewardPorts => {
  const { node, addresses, bus, voters: signers } = tools;
  const read = createSnapshotReader(node, addresses, { signers, agentId: 0n, withPools: false, tickReach: 0 });
  return {
    ...sendPorts(tools, sending),
    head: node.head,
    readSnapshot: oncePerBlock(async (block) => (await read(block)).view),
    readTally: (question) => readTally(node, addresses.consensus, question),
    encode: slowCalls(sending.entryPoints),
    proposals: bus.open("slowProposals", tools.wake),
    ballots: bus.open("ballots", tools.wake),
    hashProposal: tools.hashProposal,
    isSigned: ({ hash, riskClass }, { support, signature, signer }) =>
      recoverVoter(tools.hashBallot(hash, riskClass, support), signature) === signer,
  };
};

export const steward = agentKind({
  settings,
  votes: false,
  part: "sends",
  build: async (common: Common<Config>, tools) => {
    const { policy, ...sending } = await openSending(common, tools);
    const { collectionBlocks } = common.config.steward;
    const agent: Steward = {
      ports: portsOf(tools, sending),
      memory: emptyStewardMemory(),
      config: { ...policy, collectionBlocks, gasReserve: sending.oracleReserve },
    };
    return { agent, close: sending.journal.close };
  },
  tick,
  resume,
});
