import type { EntryPoints } from "../adapters/chain/entryPoints.ts";
import { createChainPorts, proposalSimulator } from "../adapters/chain/operations.ts";
import { readOracleReserve } from "../adapters/chain/oracleReserve.ts";
import { createSimulator, probeCode } from "../adapters/chain/simulate.ts";
import { createEffectReader } from "../adapters/chain/transactions.ts";
import { localSigner } from "../adapters/wallet/signer.ts";
import type { ExecutionSettings } from "../agents/execution/config.ts";
import type { SharedConfig } from "../config/schema.ts";
import type { TransactionStore } from "../core/store.ts";
import type { SendPolicy, SenderPorts } from "../sending/ports.ts";
import { type AgentTools, type Common, closeOnFailure } from "./agentKind.ts";
import { type OpenTransactions, openTransactions } from "./transactions.ts";

/** What is read of the configuration by an agent that sends proposals' transactions. */
export type SendingConfig = SharedConfig & { readonly execution: ExecutionSettings };

/** What an agent sends proposals' transactions with. */
export type Sending = OpenTransactions & {
  readonly ports: SenderPorts;
  readonly entryPoints: EntryPoints;
  /** Gas that must be left where prices are read: what is recorded, or waits on the slow path, asks for them. */
  readonly oracleReserve: bigint;
  readonly policy: SendPolicy;
};

/** How any agent reads, signs, stores and broadcasts. */
export const senderPorts = (
  { node, addresses, key, nowMs }: Pick<AgentTools, "node" | "addresses" | "key" | "nowMs">,
  store: TransactionStore,
): SenderPorts => ({
  ...createChainPorts(node),
  sign: localSigner([key], addresses.chainId),
  store,
  nowMs,
});

/** What an agent sends with: its simulator, its journal, its orders. */
export const openSending = async (common: Common<SendingConfig>, tools: AgentTools): Promise<Sending> => {
  const { execution, dryRun } = common.config;
  const { name, node, addresses, key } = tools;
  const entryPoints = {
    consensus: addresses.consensus,
    recorder: execution.recordPerformance ? addresses.recorder : undefined,
  };
  const opened = await openTransactions(common, tools);
  return closeOnFailure(opened, async () => {
    // Side by side: an agent that gets ready late misses what others say.
    const [code, oracleReserve] = await Promise.all([probeCode(node), readOracleReserve(node, addresses)]);
    const policy: SendPolicy = {
      name,
      sender: key.address,
      dryRun,
      gasMarginPercent: execution.gasMarginPercent,
      tip: execution.tipWei,
      maxGasPrice: execution.maxGasPriceWei,
      gasReserve: entryPoints.recorder === undefined ? 0n : oracleReserve,
    };
    const plain = senderPorts(tools, opened.store);
    const probed = proposalSimulator(createSimulator(node, addresses, code));
    const ports: SenderPorts = {
      ...plain,
      readReceipt: createEffectReader(node, addresses),
      // The probe passes no value on: what pays for prices is tried as the transaction that it is.
      simulate: (operation, ...at) => (operation.value === 0n ? probed : plain.simulate)(operation, ...at),
    };
    return { ...opened, ports, policy, entryPoints, oracleReserve };
  });
};
