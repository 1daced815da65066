import { keccak256, toUtf8Bytes } from "ethers";
import { readTally, slowCalls } from "../adapters/chain/slowPath.ts";
import { recoverVoter } from "../adapters/chain/keys.ts";
import { oncePerBlock } from "../adapters/chain/oncePerBlock.ts";
import { createSnapshotReader } from "../adapters/chain/snapshot.ts";
import { type FileJournal, openFileJournal, pendingTransaction } from "../adapters/journal/file.ts";
import { type StewardSettings, settings } from "../agents/steward/config.ts";
import type { StewardPorts } from "../agents/steward/ports.ts";
import { createSteward, resume, tick } from "../agents/steward/tick.ts";
import { hex } from "../core/hex.ts";
import { detailsOf } from "../sending/flight.ts";
import type { PendingTransaction } from "../sending/ports.ts";
import { type AgentTools, type Common, agentKind, closeOnFailure } from "./agentKind.ts";
import { type Sending, type SendingConfig, openSending } from "./sending.ts";
import { slowProposalsOf } from "./slowProposals.ts";
import { type ToStored, moveEarlier, sendingFiles } from "./transactions.ts";

type Config = SendingConfig & { readonly steward: StewardSettings };
type Notes = FileJournal<PendingTransaction>;

type Inboxes = Pick<StewardPorts, "proposals" | "ballots">;

const openInboxes = (common: Pick<Common, "signal">, tools: AgentTools): Inboxes => ({
  proposals: slowProposalsOf(common, tools, tools.bus.open("slowProposals", tools.wake)),
  ballots: tools.bus.open("ballots", tools.wake),
});

/** A steward's ports over its own connection. It has no seat of its own. */
const portsOf = (
  tools: AgentTools,
  { entryPoints, ports }: Sending,
  { notes, proposals, ballots }: Inboxes & { readonly notes: Notes },
): StewardPorts => {
  const { node, addresses, voters: signers } = tools;
  const read = createSnapshotReader(node, addresses, { signers, agentId: 0n, withPools: false, tickReach: 0 });
  return {
    sending: ports,
    head: node.head,
    readSnapshot: oncePerBlock(async (block) => (await read(block)).view),
    readTally: (question) => readTally(node, addresses.consensus, question),
    encode: slowCalls(entryPoints),
    proposals,
    ballots,
    hashProposal: tools.hashProposal,
    isSigned: ({ hash, riskClass }, { support, signature, signer }) =>
      recoverVoter(tools.hashBallot(hash, riskClass, support), signature) === signer,
    hash: (text) => hex(keccak256(toUtf8Bytes(text))),
    append: notes.append,
    loadNotes: async () =>
      (await notes.load()).flatMap((entry) => (entry.kind === "opened" || entry.kind === "closed" ? [entry] : [])),
    emit: tools.emit,
  };
};

/** What an earlier journal's transaction is for: some step of the proposal whose digest it has. */
const toStoredStep: ToStored<PendingTransaction> = ({ hash, transaction }) => ({
  operation: transaction,
  details: detailsOf({ endsOnChain: true, note: hash }),
});

export const steward = agentKind({
  settings,
  votes: false,
  part: "sends",
  build: async (common: Common<Config>, tools) => {
    // First of all: what others say while it gets ready is not lost.
    const inboxes = openInboxes(common, tools);
    const sending = await openSending(common, tools);
    const path = sendingFiles(common.config.dataDir, tools.name).notes;
    return closeOnFailure(sending, async () => {
      const notes = await openFileJournal(path, pendingTransaction);
      const close = async (): Promise<void> => {
        await notes.close();
        await sending.close();
      };
      return closeOnFailure(notes, async () => {
        const { store, policy, oracleReserve } = sending;
        await moveEarlier({ journal: notes, path }, { store, account: policy.sender }, toStoredStep);
        const { collectionBlocks } = common.config.steward;
        const config = { ...policy, collectionBlocks, gasReserve: oracleReserve };
        const agent = createSteward(portsOf(tools, sending, { ...inboxes, notes }), config);
        return { agent, close, pipeline: agent.pipeline };
      });
    });
  },
  tick,
  resume,
});
