import { entryPointsFor } from "../adapters/chain/entryPoints.ts";
import { recoverVoter } from "../adapters/chain/keys.ts";
import { oncePerBlock } from "../adapters/chain/oncePerBlock.ts";
import { encodeEnact } from "../adapters/chain/simulate.ts";
import { createSnapshotReader } from "../adapters/chain/snapshot.ts";
import { openBoughtCount } from "../adapters/monitor/boughtFile.ts";
import { pendingTransaction } from "../adapters/journal/file.ts";
import { settings } from "../agents/execution/config.ts";
import { noteOf } from "../agents/execution/note.ts";
import type { MonitorSettings } from "../agents/monitor/config.ts";
import type { ExecutionPorts } from "../agents/execution/ports.ts";
import { createEngine, resume, tick } from "../agents/execution/tick.ts";
import { detailsOf } from "../sending/flight.ts";
import type { PendingTransaction } from "../sending/ports.ts";
import { type AgentTools, type Common, agentKind, closeOnFailure } from "./agentKind.ts";
import { priceBundler } from "./priceUpdates.ts";
import { type Sending, type SendingConfig, openSending } from "./sending.ts";
import { type ToStored, moveEarlierFile, sendingFiles } from "./transactions.ts";

type Config = SendingConfig & { readonly monitor: MonitorSettings };
type Inboxes = Pick<ExecutionPorts, "proposals" | "votes">;

const openInboxes = ({ bus, wake }: AgentTools): Inboxes => ({
  proposals: bus.open("proposals", wake),
  votes: bus.open("votes", wake),
});

/** An execution engine's ports over its own connection. It has no seat of its own. */
const portsOf = (
  tools: AgentTools,
  { entryPoints, ports }: Sending,
  { inboxes, withPrices }: { readonly inboxes: Inboxes } & Pick<ExecutionPorts, "withPrices">,
): ExecutionPorts => {
  const { node, addresses, bus, voters: signers } = tools;
  const read = createSnapshotReader(node, addresses, { signers, agentId: 0n, withPools: false, tickReach: 0 });
  return {
    sending: ports,
    head: node.head,
    readSnapshot: oncePerBlock(async (block) => (await read(block)).view),
    encode: (proposal, callProofs, votes) => {
      const data = encodeEnact(proposal, callProofs, votes);
      return entryPointsFor(proposal, entryPoints).map((target) => ({ target, data }));
    },
    withPrices,
    ...inboxes,
    recover: recoverVoter,
    hashProposal: tools.hashProposal,
    publishResult: (message) => bus.publish("results", message),
    nowMs: tools.nowMs,
    emit: tools.emit,
  };
};

/** What an earlier journal's transaction is for: the proposal whose digest it has. */
export const toStoredProposal: ToStored<PendingTransaction> = ({ hash, proposedBlock, proposedAtMs }) => ({
  operation: hash,
  details: detailsOf({ endsOnChain: true, note: noteOf({ block: proposedBlock, seenAtMs: proposedAtMs }) }),
});

export const execution = agentKind({
  settings,
  votes: false,
  part: "sends",
  build: async (common: Common<Config>, tools) => {
    // First of all: what others say while it gets ready is not lost.
    const inboxes = openInboxes(tools);
    const sending = await openSending(common, tools);
    return closeOnFailure(sending, async () => {
      const { store, policy, close } = sending;
      const { notes, bought } = sendingFiles(common.config.dataDir, tools.name);
      const to = { store, account: policy.sender, toStored: toStoredProposal };
      await moveEarlierFile(notes, pendingTransaction, to);
      const { maxAgeBlocks, multicall } = common.config.execution;
      const count = await openBoughtCount(bought, (what) => tools.emit({ kind: "trouble", agent: tools.name, what }));
      const { book } = common;
      const withPrices = priceBundler({ settings: common.config.monitor, book, tools, multicall, count });
      const agent = createEngine(portsOf(tools, sending, { inboxes, withPrices }), { ...policy, maxAgeBlocks });
      return { agent, close, pipeline: agent.pipeline };
    });
  },
  tick,
  resume,
});
