import { createMonitorReader, encodeEvidence } from "../adapters/monitor/evidence.ts";
import type { ChainNode } from "../adapters/chain/node.ts";
import { readOracleReserve } from "../adapters/chain/oracleReserve.ts";
import { createNonceReader, createReceiptReader, createSigner, sendRaw } from "../adapters/chain/transactions.ts";
import { type FileJournal, type JsonMembers, signedTransaction, textOf } from "../adapters/journal/file.ts";
import { estimateCall } from "../adapters/payments/money.ts";
import { oracleNameOf } from "../adapters/readers/oracles.ts";
import type { ExecutionSettings } from "../agents/execution/config.ts";
import { type MonitorSettings, settings } from "../agents/monitor/config.ts";
import type { MonitorConfig, MonitorPorts } from "../agents/monitor/ports.ts";
import { type Monitor, emptyMonitorMemory, resume, tick } from "../agents/monitor/tick.ts";
import type { MonitorTransaction } from "../agents/monitor/transaction.ts";
import type { SharedConfig } from "../config/schema.ts";
import { FatalError } from "../core/errors.ts";
import { type Address, address, seconds } from "../core/units.ts";
import { type AgentTools, type Common, agentKind, closeOnFailure, openJournal } from "./agentKind.ts";

type Config = SharedConfig & { readonly monitor: MonitorSettings; readonly execution: ExecutionSettings };

/** A pending transaction as a journal holds it. @throws as {@link signedTransaction} */
const monitorTransaction = (members: JsonMembers): MonitorTransaction => ({
  ...signedTransaction(members),
  operation: textOf(members, "operation"),
});

const resultReader = (node: ChainNode): MonitorPorts["readReceipt"] => {
  const readMined = createReceiptReader(node);
  return async (transaction) => {
    const receipt = await readMined(transaction);
    if (receipt === undefined) return undefined;
    const { block, gasPaid, error } = receipt;
    if (error === undefined) return { block, result: { kind: "done", gasPaid } };
    return { block, result: { kind: "reverted", error, gasPaid } };
  };
};

/** Where evidence is judged; undefined in a deployment that has no such contract. */
const evidenceOf = ({ book }: Common): Address | undefined => {
  const at = book.contracts["BreakerEvidence"]?.address;
  return at === undefined ? undefined : address(at);
};

const portsOf = (
  common: Common<Config>,
  tools: AgentTools,
  journal: Pick<FileJournal<MonitorTransaction>, "append" | "load">,
): MonitorPorts => {
  const { node, addresses, key, emit } = tools;
  const { heartbeats } = common.config.monitor;
  const evidence = evidenceOf(common);
  const sign = createSigner(key, addresses.chainId);
  /** Nothing is decided where nothing judges evidence. */
  const judge = (): Address => {
    if (evidence === undefined) throw new FatalError("the address book has no BreakerEvidence");
    return evidence;
  };
  return {
    head: node.head,
    read: createMonitorReader(node, {
      oracleHub: addresses.oracleHub,
      evidence,
      tokens: addresses.tokens,
      nameOf: (reader) => oracleNameOf(common.book, reader),
      heartbeatOf: (name) => (heartbeats[name] === undefined ? undefined : BigInt(heartbeats[name])),
    }),
    readAccountNonce: createNonceReader(node, key.address),
    readReceipt: resultReader(node),
    encode: encodeEvidence,
    estimate: (data) => estimateCall(node, key.address, { to: judge(), data }),
    sign: (draft) => sign(judge(), draft),
    send: (raw) => sendRaw(node, raw),
    append: journal.append,
    loadJournal: journal.load,
    emit,
  };
};

const configOf = (
  { config: { monitor: own, execution, dryRun } }: Common<Config>,
  { name, key }: AgentTools,
  gasReserve: bigint,
): MonitorConfig => ({
  name,
  self: key.address,
  dryRun,
  showsEvidence: own.showsEvidence,
  evidence: { budgetWei: own.budgetWei, keepsMarks: own.keepsMarks },
  everyBlocks: own.everyBlocks,
  lifetime: seconds(own.lifetimeSeconds),
  tip: execution.tipWei,
  maxGasPrice: execution.maxGasPriceWei,
  gasMarginPercent: execution.gasMarginPercent,
  gasReserve,
});

export const monitor = agentKind({
  settings,
  votes: false,
  part: "other",
  build: async (common: Common<Config>, tools) => {
    const gasReserve = await readOracleReserve(tools.node, tools.addresses);
    const journal = await openJournal(common, tools, monitorTransaction);
    return closeOnFailure(journal, () => {
      const config = configOf(common, tools, gasReserve);
      const agent: Monitor = { ports: portsOf(common, tools, journal), memory: emptyMonitorMemory(), config };
      return Promise.resolve({ agent, close: journal.close });
    });
  },
  tick,
  resume,
});
