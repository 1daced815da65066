import type { EntryPoints } from "../adapters/chain/entryPoints.ts";
import { readOracleReserve } from "../adapters/chain/oracleReserve.ts";
import { type Simulator, createSimulator, probeCode } from "../adapters/chain/simulate.ts";
import { createNonceReader, createResultReader, createSigner, sendRaw } from "../adapters/chain/transactions.ts";
import { type FileJournal, pendingTransaction } from "../adapters/journal/file.ts";
import type { ExecutionSettings } from "../agents/execution/config.ts";
import type { SharedConfig } from "../config/schema.ts";
import type { PendingTransaction, SendPolicy, SendPorts } from "../sending/ports.ts";
import { type AgentTools, type Common, openJournal } from "./agentKind.ts";

/** What is read of the configuration by an agent that sends proposals' transactions. */
export type SendingConfig = SharedConfig & { readonly execution: ExecutionSettings };

/** What an agent sends with. */
export type Sending = {
  readonly simulator: Simulator;
  readonly journal: FileJournal<PendingTransaction>;
  readonly entryPoints: EntryPoints;
  /** Gas that must be left where prices are read: what is recorded, or waits on the slow path, asks for them. */
  readonly oracleReserve: bigint;
};

/** What an agent sends with: its simulator, its journal, its orders. */
export const openSending = async (
  common: Common<SendingConfig>,
  tools: AgentTools,
): Promise<Sending & { readonly policy: SendPolicy }> => {
  const { execution, dryRun } = common.config;
  const { name, node, addresses, key } = tools;
  const entryPoints = {
    consensus: addresses.consensus,
    recorder: execution.recordPerformance ? addresses.recorder : undefined,
  };
  // Side by side: an agent that gets ready late misses what others say.
  const [code, oracleReserve] = await Promise.all([probeCode(node), readOracleReserve(node, addresses)]);
  const simulator = createSimulator(node, addresses, code);
  const journal = await openJournal(common, tools, pendingTransaction);
  const policy: SendPolicy = {
    name,
    sender: key.address,
    dryRun,
    gasMarginPercent: execution.gasMarginPercent,
    tip: execution.tipWei,
    maxGasPrice: execution.maxGasPriceWei,
    gasReserve: entryPoints.recorder === undefined ? 0n : oracleReserve,
  };
  return { journal, simulator, policy, entryPoints, oracleReserve };
};

/** What an agent sends transactions by. */
export const sendPorts = ({ node, addresses, key, emit }: AgentTools, { simulator, journal }: Sending): SendPorts => ({
  readAccountNonce: createNonceReader(node, key.address),
  readReceipt: createResultReader(node, addresses),
  simulate: (call, block) => simulator.send(call, key.address, block),
  sign: createSigner(key, addresses.chainId),
  send: (raw) => sendRaw(node, raw),
  append: journal.append,
  loadJournal: journal.load,
  emit,
});
