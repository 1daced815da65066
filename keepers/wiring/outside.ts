import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { keccak256, toUtf8Bytes } from "ethers";
import { classify, readTally } from "../adapters/chain/slowPath.ts";
import { createSnapshotReader } from "../adapters/chain/snapshot.ts";
import type { DecisionLog } from "../adapters/decisions/decisionLog.ts";
import { type Asker, type Mind, createAsker } from "../adapters/outside/asker.ts";
import { askEndpoint } from "../adapters/outside/endpoint.ts";
import { askProgram } from "../adapters/outside/program.ts";
import { type OutsideSettings, mindFault, settings } from "../agents/outside/config.ts";
import type { OutsideConfig, OutsidePorts } from "../agents/outside/ports.ts";
import { type Outsider, emptyOutsideMemory, tick } from "../agents/outside/tick.ts";
import type { SharedConfig } from "../config/schema.ts";
import { FatalError } from "../core/errors.ts";
import { hex } from "../core/hex.ts";
import { seconds } from "../core/units.ts";
import { type AgentTools, type Common, agentKind, openDecisions, seatedId, tokenNamed } from "./agentKind.ts";
import { poolCaller } from "./poolCall.ts";

type Config = SharedConfig & { readonly outside: OutsideSettings };

const certificatesIn = async (path: string): Promise<string> => {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown";
    throw new FatalError(`NEXUS_OUTSIDE_CA_FILE cannot be read: ${why}`);
  }
};

/** Whoever is asked, by the settings. @throws FatalError when they name nobody, or two */
const mindOf = async ({ config }: Common<Config>, name: string): Promise<Mind> => {
  const { program, url, token, caFile, privateAddresses, timeoutMs, maxAnswerBytes: maxBytes } = config.outside;
  const fault = mindFault({ program, url });
  if (fault !== undefined) throw new FatalError(`${name}: ${fault}`);
  const [command, ...args] = program ?? [];
  if (command !== undefined) {
    const folder = resolve(join(config.dataDir, `${name}.mind`));
    return (question, signal) => askProgram({ command, args, folder, timeoutMs, maxBytes }, question, signal);
  }
  const ca = caFile === undefined ? undefined : await certificatesIn(caFile);
  const terms = { url: url ?? "", token: token?.reveal(), ca, privateAddresses, timeoutMs, maxBytes };
  return (question, signal) => askEndpoint(terms, question, signal);
};

/** Makes the call of a trade: of its pool the address book says the kind and the fee. */
const orderCaller = (addresses: AgentTools["addresses"]): OutsidePorts["callOf"] => {
  const callOf = poolCaller(addresses);
  const pools = new Map(addresses.pools.map((pool) => [pool.address, pool]));
  return ({ pool: at, tokenIn, tokenOut, amountIn, minOut, deadline }) => {
    const pool = pools.get(at);
    return pool === undefined ? undefined : callOf({ pool, tokenIn, tokenOut, amountIn, minOut, deadline });
  };
};

/** The ports over a connection of its own, and a mind that is asked behind their back. */
const portsOf = (
  tools: AgentTools,
  agentId: bigint,
  { decisions, asker }: { readonly decisions: Pick<DecisionLog, "keep">; readonly asker: Asker },
): OutsidePorts => {
  const { node, addresses, bus, key, voters: signers } = tools;
  return {
    head: node.head,
    readSnapshot: createSnapshotReader(node, addresses, { agentId, tickReach: 0, signers, withPools: true }),
    ask: asker.ask,
    takeAnswer: asker.takeAnswer,
    readTally: (question) => readTally(node, addresses.consensus, question),
    classify: (calls, callProofs, block) => classify(node, addresses.mandate, { agentId, calls, callProofs, block }),
    callOf: orderCaller(addresses),
    hashProposal: tools.hashProposal,
    hashBallot: tools.hashBallot,
    hashText: (text) => hex(keccak256(toUtf8Bytes(text))),
    sign: key.signVote,
    publishProposal: (message) => bus.publish("slowProposals", message),
    publishBallot: (ballot) => bus.publish("ballots", ballot),
    keepDecision: decisions.keep,
    symbolOf: (at) => addresses.tokens.find(({ address }) => address === at)?.symbol ?? at,
    emit: tools.emit,
  };
};

const configOf = (common: Common<Config>, { name, key }: AgentTools, agentId: bigint): OutsideConfig => {
  const { outside: own, baseToken } = common.config;
  return {
    name,
    agentId,
    signer: key.address,
    treasury: common.addresses.treasury,
    policy: {
      base: tokenNamed(common, baseToken),
      maxTradeUsd: own.maxTradeUsd,
      slippageBps: own.slippageBps,
      lifetime: seconds(own.lifetimeSeconds),
    },
    everyBlocks: own.everyBlocks,
    rest: seconds(own.restSeconds),
  };
};

export const outside = agentKind({
  settings,
  votes: true,
  part: "proposes",
  build: async (common: Common<Config>, tools) => {
    const mind = await mindOf(common, tools.name);
    const agentId = await seatedId(tools);
    const config = configOf(common, tools, agentId);
    const decisions = await openDecisions(common, tools);
    const asker = createAsker(mind, tools.nowMs, tools.wake);
    const agent: Outsider = {
      ports: portsOf(tools, agentId, { decisions, asker }),
      memory: emptyOutsideMemory(),
      config,
    };
    const close = async (): Promise<void> => {
      await asker.close();
      await decisions.close();
    };
    return { agent, close };
  },
  tick,
});
