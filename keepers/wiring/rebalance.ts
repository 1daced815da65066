import { keccak256, toUtf8Bytes } from "ethers";
import { classify, readTally } from "../adapters/chain/slowPath.ts";
import { createSnapshotReader } from "../adapters/chain/snapshot.ts";
import type { DecisionLog } from "../adapters/decisions/decisionLog.ts";
import type { ArbitrageSettings } from "../agents/arbitrage/config.ts";
import { type RebalanceSettings, optimiseOf, settings } from "../agents/rebalance/config.ts";
import type { RebalanceConfig, RebalancePorts } from "../agents/rebalance/ports.ts";
import { type Rebalancer, emptyRebalanceMemory, tick } from "../agents/rebalance/tick.ts";
import type { SharedConfig } from "../config/schema.ts";
import { hex } from "../core/hex.ts";
import { seconds } from "../core/units.ts";
import { sizingOf } from "../quant/risk/sizing.ts";
import { type AgentTools, type Common, agentKind, openDecisions, seatedId, tokenNamed } from "./agentKind.ts";
import { poolCaller } from "./poolCall.ts";

type Config = SharedConfig & { readonly rebalance: RebalanceSettings; readonly arbitrage: ArbitrageSettings };

/** A rebalancer's ports over its own connection. */
const portsOf = (
  tools: AgentTools,
  decisions: Pick<DecisionLog, "keep">,
  options: { readonly agentId: bigint; readonly tickReach: number },
): RebalancePorts => {
  const { node, addresses, bus, key, voters: signers } = tools;
  return {
    head: node.head,
    readSnapshot: createSnapshotReader(node, addresses, { ...options, signers, withPools: true }),
    readTally: (question) => readTally(node, addresses.consensus, question),
    classify: (calls, callProofs, block) =>
      classify(node, addresses.mandate, { agentId: options.agentId, calls, callProofs, block }),
    callOf: poolCaller(addresses),
    hashProposal: tools.hashProposal,
    hashBallot: tools.hashBallot,
    hashText: (text) => hex(keccak256(toUtf8Bytes(text))),
    sign: key.signVote,
    publishProposal: (message) => bus.publish("slowProposals", message),
    ballots: bus.open("ballots", () => undefined),
    publishBallot: (ballot) => bus.publish("ballots", ballot),
    keepDecision: decisions.keep,
    symbolOf: (at) => addresses.tokens.find(({ address }) => address === at)?.symbol ?? at,
    emit: tools.emit,
  };
};

const configOf = (common: Common<Config>, { name, key }: AgentTools, agentId: bigint): RebalanceConfig => {
  const { rebalance: own, baseToken } = common.config;
  return {
    name,
    agentId,
    signer: key.address,
    treasury: common.addresses.treasury,
    policy: {
      base: tokenNamed(common, baseToken),
      targets: new Map(Object.entries(own.targets).map(([symbol, bps]) => [tokenNamed(common, symbol), bps])),
      bandBps: own.bandBps,
      edgeBps: own.edgeBps,
      maxTradeUsd: own.maxTradeUsd,
      slippageBps: own.slippageBps,
      lifetime: seconds(own.lifetimeSeconds),
      sizing: sizingOf(own.riskBudgetPips),
      optimise: optimiseOf(own, (symbol) => tokenNamed(common, symbol)),
    },
    everyBlocks: own.everyBlocks,
    cooldown: seconds(own.cooldownSeconds),
  };
};

export const rebalance = agentKind({
  settings,
  votes: true,
  part: "proposes",
  build: async (common: Common<Config>, tools) => {
    const agentId = await seatedId(tools);
    const config = configOf(common, tools, agentId);
    const decisions = await openDecisions(common, tools);
    const ports = portsOf(tools, decisions, { agentId, tickReach: common.config.arbitrage.tickReachWords });
    const agent: Rebalancer = { ports, memory: emptyRebalanceMemory(), config };
    return { agent, close: decisions.close };
  },
  tick,
});
