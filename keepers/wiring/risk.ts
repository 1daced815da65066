import { keccak256, toUtf8Bytes } from "ethers";
import { keccak } from "../adapters/chain/keys.ts";
import { proposalSimulator } from "../adapters/chain/operations.ts";
import { castVoteCall, readOpenTally } from "../adapters/chain/slowPath.ts";
import { oncePerBlock } from "../adapters/chain/oncePerBlock.ts";
import { type Simulator, createSimulator, probeCode } from "../adapters/chain/simulate.ts";
import { createSnapshotReader } from "../adapters/chain/snapshot.ts";
import { type RiskSettings, settings, stopPolicyOf } from "../agents/risk/config.ts";
import { type OwnBallots, type OwnVotePorts, createOwnBallots } from "../agents/risk/ownBallots.ts";
import type { GuardPorts } from "../agents/risk/guard.ts";
import type { RiskConfig, RiskPorts } from "../agents/risk/ports.ts";
import { emptyRiskMemory } from "../agents/risk/memory.ts";
import { type RiskManager, resume, tick } from "../agents/risk/tick.ts";
import type { DecisionLog } from "../adapters/decisions/decisionLog.ts";
import { hex } from "../core/hex.ts";
import { seconds } from "../core/units.ts";
import { sizingOf } from "../quant/risk/sizing.ts";
import {
  type AgentTools,
  type Common,
  type Prepared,
  agentKind,
  closeOnFailure,
  openDecisions,
  seatedId,
  tokenNamed,
} from "./agentKind.ts";
import { poolCaller } from "./poolCall.ts";
import { type SendingConfig, senderPorts } from "./sending.ts";
import { slowProposalsOf } from "./slowProposals.ts";
import { openTransactions } from "./transactions.ts";

type Config = SendingConfig & { readonly risk: RiskSettings };

const tallyReader =
  ({ node, addresses }: AgentTools): RiskPorts["readTally"] =>
  (hash, riskClass, block) =>
    readOpenTally(node, addresses.consensus, { hash, riskClass, block });

type Inboxes = Pick<RiskPorts, "proposals" | "slowProposals">;

const openInboxes = (common: Pick<Common, "signal">, tools: AgentTools): Inboxes => ({
  proposals: tools.bus.open("proposals", tools.wake),
  slowProposals: slowProposalsOf(common, tools, tools.bus.open("slowProposals", tools.wake)),
});

type Opened = {
  readonly inboxes: Inboxes;
  readonly simulator: Simulator;
  readonly agentId: bigint;
  /** What its sales were decided on is kept here; undefined where it watches no positions. */
  readonly decisions: DecisionLog | undefined;
};

/** How many words of ticks to each side of the price are read of a v3 pool: a slice stays near the price. */
const TICK_REACH = 2;

type ReadMarket = ReturnType<typeof createSnapshotReader>;

/** What watching positions needs, on the snapshots that reviews are made on. */
const guardPorts = (tools: AgentTools, read: ReadMarket, decisions: DecisionLog): GuardPorts => {
  const { addresses, bus } = tools;
  const callOf = poolCaller(addresses);
  return {
    readPools: async (block) => (await read(block)).pools,
    callOf: ({ pool, token: tokenIn, base: tokenOut, amountIn, minOut, deadline }) =>
      callOf({ pool, tokenIn, tokenOut, amountIn, minOut, deadline }),
    hashText: (text) => hex(keccak256(toUtf8Bytes(text))),
    publishProposal: (message) => bus.publish("proposals", message),
    keepDecision: decisions.keep,
  };
};

/** A risk manager's ports over its own connection. */
const portsOf = (tools: AgentTools, { inboxes, simulator, agentId, decisions }: Opened): RiskPorts => {
  const { node, addresses, bus, key, voters: signers } = tools;
  const withPools = decisions !== undefined;
  const tickReach = withPools ? TICK_REACH : 0;
  const read = oncePerBlock(createSnapshotReader(node, addresses, { signers, agentId, withPools, tickReach }));
  return {
    head: node.head,
    readSnapshot: async (block) => (await read(block)).view,
    guard: decisions === undefined ? undefined : guardPorts(tools, read, decisions),
    readTally: tallyReader(tools),
    simulate: simulator.execute,
    hashProposal: tools.hashProposal,
    hashBallot: tools.hashBallot,
    sign: key.signVote,
    ...inboxes,
    publishBallot: (ballot) => bus.publish("ballots", ballot),
    publishVote: (vote) => bus.publish("votes", vote),
    publishRefusal: (refusal) => bus.publish("refusals", refusal),
    nowMs: tools.nowMs,
    emit: tools.emit,
  };
};

const configOf = (common: Common<Config>, { name, key }: AgentTools, agentId: bigint): RiskConfig => {
  const { risk: own, baseToken } = common.config;
  const base = tokenNamed(common, baseToken);
  const { stopLoss } = own;
  const stop = stopPolicyOf(own, base, (symbol) => tokenNamed(common, symbol));
  return {
    name,
    signer: key.address,
    keccak,
    environment: common.addresses.environment,
    policy: { ...own, stop },
    guard:
      stopLoss === undefined
        ? undefined
        : { agentId, lifetime: seconds(stopLoss.lifetimeSeconds), restBlocks: stopLoss.restBlocks },
    ballots: {
      maxDeadlineSeconds: own.slowVoteDeadlineSeconds,
      maxLossUsd: own.slowVoteLossUsd,
      maxPositionUsd: own.slowVotePositionUsd,
      maxPriceDeviationBps: own.maxPriceDeviationBps,
      base,
      sizing: sizingOf(own.riskBudgetPips, own.riskToleranceBps),
    },
  };
};

type Casting = Pick<Prepared, "close"> & { readonly ownBallots: OwnBallots | undefined };

const NOTHING: Casting = { ownBallots: undefined, close: () => Promise.resolve() };

/** Whether another agent of this process sends by the same account: two senders of one account would use its nonces twice. */
const isSentElsewhere = ({ members }: Common<Config>, { name, key }: AgentTools): boolean =>
  members.some((member) => member.paysGas && member.account === key.address && member.name !== name);

/** What the voter casts its votes on the chain by, where its operator lets it. */
const openCasting = async (common: Common<Config>, tools: AgentTools, simulator: Simulator): Promise<Casting> => {
  const { risk: own, execution, dryRun } = common.config;
  const { name, addresses, key, emit } = tools;
  if (!own.voteOnChain || isSentElsewhere(common, tools)) return NOTHING;
  const { store, close } = await openTransactions(common, tools);
  const ports: OwnVotePorts = {
    sending: { ...senderPorts(tools, store), simulate: proposalSimulator(simulator) },
    readTally: tallyReader(tools),
    castVote: (hash, support) => castVoteCall(addresses.consensus, hash, support),
    hash: (text) => hex(keccak256(toUtf8Bytes(text))),
    emit,
  };
  const ownBallots = createOwnBallots(ports, {
    name,
    sender: key.address,
    dryRun,
    gasMarginPercent: execution.gasMarginPercent,
    tip: execution.tipWei,
    maxGasPrice: execution.maxGasPriceWei,
    gasReserve: 0n,
    afterBlocks: own.voteOnChainAfterBlocks,
    beforeSeconds: own.voteOnChainBeforeSeconds,
  });
  return { ownBallots, close };
};

export const risk = agentKind({
  settings,
  votes: true,
  part: "reviews",
  build: async (common: Common<Config>, tools) => {
    // First of all: what others say while it gets ready is not lost.
    const inboxes = openInboxes(common, tools);
    const agentId = await seatedId(tools);
    const simulator = createSimulator(tools.node, common.addresses, await probeCode(tools.node));
    const casting = await openCasting(common, tools, simulator);
    return closeOnFailure(casting, async () => {
      const { ownBallots } = casting;
      const config = configOf(common, tools, agentId);
      const decisions = config.guard === undefined ? undefined : await openDecisions(common, tools);
      const ports = portsOf(tools, { inboxes, simulator, agentId, decisions });
      const agent: RiskManager = { ports, memory: emptyRiskMemory(), config, ownBallots };
      const close = async (): Promise<void> => {
        await decisions?.close();
        await casting.close();
      };
      return { agent, close, pipeline: ownBallots?.pipeline };
    });
  },
  tick,
  resume,
});
