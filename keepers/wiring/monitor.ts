import { keccak256, toUtf8Bytes } from "ethers";
import { readOracleReserve } from "../adapters/chain/oracleReserve.ts";
import { createMonitorReader, encodeEvidence } from "../adapters/monitor/evidence.ts";
import { createHolderReader } from "../adapters/monitor/holders.ts";
import { openBoughtCount } from "../adapters/monitor/boughtFile.ts";
import { encodeUpdate } from "../adapters/oracles/pyth.ts";
import { oracleNameOf } from "../adapters/readers/oracles.ts";
import type { ExecutionSettings } from "../agents/execution/config.ts";
import { settings } from "../agents/monitor/config.ts";
import type { MonitorConfig, MonitorPorts } from "../agents/monitor/ports.ts";
import { createMonitor, resume, tick } from "../agents/monitor/tick.ts";
import { FatalError } from "../core/errors.ts";
import { hex } from "../core/hex.ts";
import { type Address, address, seconds } from "../core/units.ts";
import { type AgentTools, type Common, agentKind, closeOnFailure } from "./agentKind.ts";
import { type MarketSide, type MarketSideConfig, marketConfigOf, openMarket } from "./monitorMarket.ts";
import { updatePolicyOf, updatePortsOf } from "./priceUpdates.ts";
import { senderPorts } from "./sending.ts";
import { type OpenTransactions, openTransactions, sendingFiles } from "./transactions.ts";

type Config = MarketSideConfig & { readonly execution: ExecutionSettings };

/** Where evidence is judged; undefined in a deployment that has no such contract. */
const evidenceOf = ({ book }: Common): Address | undefined => {
  const at = book.contracts["BreakerEvidence"]?.address;
  return at === undefined ? undefined : address(at);
};

/** What pays for updates of prices, if the operator says where signed ones are asked for. */
const updaterOf = async (
  { config, book }: Common<Config>,
  { node, bus, emit, name }: AgentTools,
): Promise<MonitorPorts["updates"]> => {
  const ports = updatePortsOf(config.monitor, { book, node });
  if (ports === undefined) return undefined;
  // A vote is looked for at each reading: nothing is done sooner for it.
  const wait = (): void => undefined;
  const votes = [bus.open("proposals", wait), bus.open("slowProposals", wait)];
  const { bought } = sendingFiles(config.dataDir, name);
  const count = await openBoughtCount(bought, (what) => emit({ kind: "trouble", agent: name, what }));
  return { ...ports, votes, count, encode: (ready) => encodeUpdate(ready).call };
};

const portsOf = (
  common: Common<Config>,
  tools: AgentTools,
  {
    store,
    market,
    updates,
  }: Pick<OpenTransactions, "store"> & Pick<MonitorPorts, "updates"> & { readonly market: MarketSide["ports"] },
): MonitorPorts => {
  const { node, addresses, emit } = tools;
  const { heartbeats } = common.config.monitor;
  const evidence = evidenceOf(common);
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
      holdersAt: createHolderReader(node, {
        treasury: addresses.treasury,
        fromBlock: BigInt(common.book.contracts["Treasury"]?.block ?? 0),
        onTrouble: (what) => emit({ kind: "trouble", agent: tools.name, what }),
      }),
      heartbeatOf: (name) => (heartbeats[name] === undefined ? undefined : BigInt(heartbeats[name])),
    }),
    encode: (operation) => ({ target: judge(), data: encodeEvidence(operation) }),
    updates,
    ...market,
    hash: (text) => hex(keccak256(toUtf8Bytes(text))),
    sending: senderPorts(tools, store),
    emit,
  };
};

const configOf = (
  { config: { monitor: own, execution, dryRun } }: Common<Config>,
  { name, key }: AgentTools,
  gasReserve: bigint,
): MonitorConfig => ({
  name,
  sender: key.address,
  dryRun,
  showsEvidence: own.showsEvidence,
  evidence: { budgetWei: own.budgetWei, keepsMarks: own.keepsMarks },
  updates: updatePolicyOf(own),
  market: marketConfigOf(own),
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
    const opened = await openTransactions(common, tools);
    return closeOnFailure(opened, async () => {
      const market = await openMarket(common, tools);
      const close = async (): Promise<void> => {
        market.close();
        await opened.close();
      };
      const updates = await updaterOf(common, tools);
      const ports = portsOf(common, tools, { store: opened.store, market: market.ports, updates });
      const agent = createMonitor(ports, configOf(common, tools, gasReserve), market.kept);
      return { agent, close, pipeline: agent.pipeline };
    });
  },
  tick,
  resume,
});
