import { keccak } from "../adapters/chain/keys.ts";
import { oncePerBlock } from "../adapters/chain/oncePerBlock.ts";
import { type Simulator, createSimulator, probeCode } from "../adapters/chain/simulate.ts";
import { createSnapshotReader } from "../adapters/chain/snapshot.ts";
import { type RiskSettings, settings } from "../agents/risk/config.ts";
import type { RiskConfig, RiskPorts } from "../agents/risk/ports.ts";
import { type RiskManager, emptyRiskMemory, tick } from "../agents/risk/tick.ts";
import { sizingOf } from "../quant/risk/sizing.ts";
import type { SharedConfig } from "../config/schema.ts";
import { type AgentTools, type Common, agentKind, seatedId, tokenNamed } from "./agentKind.ts";

type Config = SharedConfig & { readonly risk: RiskSettings };

/** A risk manager's ports over its own connection. */
const portsOf = (tools: AgentTools, simulator: Simulator, agentId: bigint): RiskPorts => {
  const { node, addresses, bus, key, voters: signers } = tools;
  const read = createSnapshotReader(node, addresses, { signers, agentId, withPools: false, tickReach: 0 });
  return {
    head: node.head,
    readSnapshot: oncePerBlock(async (block) => (await read(block)).view),
    simulate: simulator.execute,
    hashProposal: tools.hashProposal,
    hashBallot: tools.hashBallot,
    sign: key.signVote,
    proposals: bus.open("proposals", tools.wake),
    slowProposals: bus.open("slowProposals", tools.wake),
    publishBallot: (ballot) => bus.publish("ballots", ballot),
    publishVote: (vote) => bus.publish("votes", vote),
    publishRefusal: (refusal) => bus.publish("refusals", refusal),
    nowMs: tools.nowMs,
    emit: tools.emit,
  };
};

const configOf = (common: Common<Config>, { name, key }: AgentTools): RiskConfig => {
  const { risk: own, baseToken } = common.config;
  return {
    name,
    signer: key.address,
    keccak,
    environment: common.addresses.environment,
    policy: own,
    ballots: {
      maxDeadlineSeconds: own.slowVoteDeadlineSeconds,
      maxLossUsd: own.slowVoteLossUsd,
      maxPositionUsd: own.slowVotePositionUsd,
      maxPriceDeviationBps: own.maxPriceDeviationBps,
      base: tokenNamed(common, baseToken),
      sizing: sizingOf(own.riskBudgetPips, own.riskToleranceBps),
    },
  };
};

export const risk = agentKind({
  settings,
  votes: true,
  part: "reviews",
  build: async (common: Common<Config>, tools) => {
    const agentId = await seatedId(tools);
    const simulator = createSimulator(tools.node, common.addresses, await probeCode(tools.node));
    const ports = portsOf(tools, simulator, agentId);
    const agent: RiskManager = { ports, memory: emptyRiskMemory(), config: configOf(common, tools) };
    return { agent, close: () => Promise.resolve() };
  },
  tick,
});
