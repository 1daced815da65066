import { keccak256, toUtf8Bytes } from "ethers";
import { connectNode } from "../adapters/chain/node.ts";
import { createPendingReader, watchPending } from "../adapters/chain/pending.ts";
import { createSnapshotReader } from "../adapters/chain/snapshot.ts";
import { venuesOf } from "../adapters/chain/venues.ts";
import type { DecisionLog } from "../adapters/decisions/decisionLog.ts";
import { type ArbitrageSettings, settings } from "../agents/arbitrage/config.ts";
import type { ArbitrageConfig, ArbitragePorts } from "../agents/arbitrage/ports.ts";
import { type Arbitrageur, emptyArbitrageMemory, tick } from "../agents/arbitrage/tick.ts";
import type { ExecutionSettings } from "../agents/execution/config.ts";
import type { SharedConfig } from "../config/schema.ts";
import { hex } from "../core/hex.ts";
import { seconds } from "../core/units.ts";
import type { PendingView } from "../market/foresight/pending.ts";
import { type AgentTools, type Common, agentKind, openDecisions, seatedId, tokenNamed } from "./agentKind.ts";

type Config = SharedConfig & { readonly arbitrage: ArbitrageSettings; readonly execution: ExecutionSettings };

/** A searcher's ports over its own connection. */
const portsOf = (
  tools: AgentTools,
  decisions: Pick<DecisionLog, "keep">,
  options: { readonly agentId: bigint; readonly tickReach: number },
): ArbitragePorts => {
  const { node, addresses, bus, key, voters: signers } = tools;
  return {
    head: node.head,
    readSnapshot: createSnapshotReader(node, addresses, { ...options, signers, withPools: true }),
    hashProposal: tools.hashProposal,
    hashText: (text) => hex(keccak256(toUtf8Bytes(text))),
    sign: key.signVote,
    publishProposal: (message) => bus.publish("proposals", message),
    publishVote: (vote) => bus.publish("votes", vote),
    keepDecision: decisions.keep,
    nowMs: tools.nowMs,
    emit: tools.emit,
  };
};

/**
 * Watches what is pending over a connection of its own: an answer of a thousand transactions delays nothing else, and one that is too
 * large for a connection ends none that is needed.
 */
const openForesight = (
  { config, addresses, members, nowMs }: Common<Config>,
  { name, emit, wake }: AgentTools,
): { readonly pending: () => PendingView | undefined; readonly close: () => void } | undefined => {
  const { foresight, foresightPollMs: pollMs } = config.arbitrage;
  if (foresight === "off") return undefined;
  const tell = (what: string): void => emit({ kind: "trouble", agent: name, what: `foresight: ${what}` });
  const at = { urls: config.rpcUrl, chainId: addresses.chainId, nowMs };
  const node = connectNode({ ...config.node, ...at, onConnection: () => undefined, onTrouble: tell });
  // Without it the searcher works as it does without foresight.
  node.ready.catch((error: unknown) => tell(String(error)));
  const routers = new Set(addresses.pools.map(({ router }) => router));
  const own = new Set(members.map(({ account }) => account));
  let newest: PendingView | undefined;
  const stop = watchPending(createPendingReader(node, { routers, own }), {
    pollMs,
    onSeen: (view) => {
      newest = view;
      wake();
    },
    onSupport: (isSupported) => tell(isSupported ? "the node shows what is pending" : "the node shows nothing pending"),
  });
  const close = (): void => {
    stop();
    node.close();
  };
  return { pending: () => newest, close };
};

const configOf = (common: Common<Config>, { name, key }: AgentTools, agentId: bigint): ArbitrageConfig => {
  const { arbitrage: own, execution, baseToken, nativeToken } = common.config;
  return {
    name,
    agentId,
    signer: key.address,
    treasury: common.addresses.treasury,
    base: tokenNamed(common, baseToken),
    native: tokenNamed(common, nativeToken),
    policy: {
      minProfit: own.minProfit,
      gasOverhead: own.gasOverhead,
      gasPerHop: { v2: own.gasPerV2Hop, v3: own.gasPerV3Hop },
      maxHops: own.maxHops,
      lifetime: seconds(own.lifetimeSeconds),
      maxPlans: 1,
    },
    gasTerms: { tip: execution.tipWei, maxGasPrice: execution.maxGasPriceWei },
    venues: venuesOf(common.addresses),
    foresight: own.foresight,
  };
};

export const arbitrage = agentKind({
  settings,
  votes: true,
  part: "proposes",
  build: async (common: Common<Config>, tools) => {
    const agentId = await seatedId(tools);
    const config = configOf(common, tools, agentId);
    const decisions = await openDecisions(common, tools);
    const ports = portsOf(tools, decisions, { agentId, tickReach: common.config.arbitrage.tickReachWords });
    const foresight = openForesight(common, tools);
    const looking = foresight === undefined ? ports : { ...ports, pending: foresight.pending };
    const agent: Arbitrageur = { ports: looking, memory: emptyArbitrageMemory(), config };
    const close = async (): Promise<void> => {
      foresight?.close();
      await decisions.close();
    };
    return { agent, close };
  },
  tick,
});
