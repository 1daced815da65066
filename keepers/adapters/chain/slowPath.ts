import type { Interface } from "ethers";
import { type Support, type TallyQuestion, type TallyView, type ClassPolicy, TALLY_STATES } from "../../core/ballot.ts";
import { RetryableError } from "../../core/errors.ts";
import { type Hex, hex, wordAt } from "../../core/hex.ts";
import type { Call, CallProof, RiskClass } from "../../core/proposal.ts";
import { type Refusal, refusalAt } from "../../core/refusal.ts";
import type { Address, BlockNumber } from "../../core/units.ts";
import type { SlowCalls } from "../../agents/steward/ports.ts";
import { Consensus__factory, Mandate__factory, PerformanceRecorder__factory } from "../../../types/index.ts";
import { type EntryPoints, entryPointFor } from "./entryPoints.ts";
import { nodeLogReader } from "./logs.ts";
import type { ChainNode } from "./node.ts";
import { plainCalls, plainCallProofs, plainProposal } from "./simulate.ts";

const consensusAbi: Interface = Consensus__factory.createInterface();
const mandateAbi: Interface = Mandate__factory.createInterface();

const recorderAbi: Interface = PerformanceRecorder__factory.createInterface();

/** The slow path's transactions. */
export const slowCalls = ({ consensus, recorder }: EntryPoints): SlowCalls => {
  const toConsensus = (name: string, args: readonly unknown[]): Call => ({
    target: consensus,
    data: hex(consensusAbi.encodeFunctionData(name, args)),
  });
  return {
    propose: (proposal, riskClass, votes) => toConsensus("propose", [riskClass, votes, plainProposal(proposal)]),
    castVotes: (hash, support, votes) => toConsensus("castVotes", [hash, support, votes]),
    queue: (hash) => toConsensus("queue", [hash]),
    execute: (proposal, callProofs) => {
      const args = [plainProposal(proposal), plainCallProofs(callProofs)];
      const target = entryPointFor(proposal, { consensus, recorder });
      if (target === consensus) return toConsensus("execute", args);
      return { target, data: hex(recorderAbi.encodeFunctionData("execute", [...args, "0x"])) };
    },
  };
};

/** An agent's own vote on the slow path, which its vote signer sends. [NX-CON-07] */
export const castVoteCall = (consensus: Address, hash: Hex, support: Support): Call => ({
  target: consensus,
  data: hex(consensusAbi.encodeFunctionData("castVote", [hash, support])),
});

/** The words of an answer that has none but whole ones. @throws RetryableError when it is too short */
const askWords = async (
  node: Pick<ChainNode, "request">,
  call: { readonly to: Address; readonly data: Hex },
  { block, count }: { readonly block: BlockNumber; readonly count: number },
): Promise<readonly bigint[]> => {
  const answer = await node.request("eth_call", [call, `0x${block.toString(16)}`]);
  const data = typeof answer === "string" ? hex(answer) : "0x";
  return Array.from({ length: count }, (_, index) => {
    const word = wordAt(data, index);
    if (word === undefined) throw new RetryableError(`${call.to} did not answer`);
    return word;
  });
};

const TALLY_WORDS = 9;
const POLICY_WORDS = 5;

/** Words in the order of `TallyView`'s fields, the class left out: whoever asks has it. */
const toTally = (words: readonly bigint[]): TallyView => {
  const at = (index: number): bigint => words[index] ?? 0n;
  const state = TALLY_STATES[Number(at(0))];
  if (state === undefined) throw new RetryableError(`a tally has the state ${at(0)}`);
  const weights = { weightFor: at(4), weightAgainst: at(5) };
  return { state, since: at(2), votesUntil: at(3), ...weights, votersFor: at(6), operatorsFor: at(7), seats: at(8) };
};

/** Words in the order of `Policy`'s fields. */
const toPolicy = (words: readonly bigint[]): ClassPolicy => {
  const at = (index: number): bigint => words[index] ?? 0n;
  return { threshold: at(0), minVoters: at(1), minOperators: at(2), maxDeadline: at(3), delay: at(4) };
};

const EXECUTED = consensusAbi.getEvent("ProposalExecuted")?.topicHash ?? "";

/** Whether `ProposalExecuted` tells of a proposal from `since` to `block`; the newest blocks are looked through first. */
const wasExecuted = async (
  node: ChainNode,
  consensus: Address,
  { hash, since, block }: { readonly hash: Hex; readonly since: BlockNumber; readonly block: BlockNumber },
): Promise<boolean> => {
  // A node that has pruned the oldest blocks has said so elsewhere; the tally is asked for again at each block.
  const logs = nodeLogReader(node, { address: consensus, topics: [EXECUTED, hash] }, () => undefined);
  for await (const piece of logs.backward({ from: since, to: block })) if (piece.logs.length > 0) return true;
  return false;
};

/** A proposal's tally at a block, and what its class demands. One that was executed has none. @throws RetryableError */
export const readOpenTally = async (
  node: Pick<ChainNode, "request">,
  consensus: Address,
  { hash, riskClass, block }: Omit<TallyQuestion, "since">,
): Promise<{ readonly tally: TallyView; readonly policy: ClassPolicy }> => {
  const ask = (name: string, args: readonly unknown[], count: number) =>
    askWords(node, { to: consensus, data: hex(consensusAbi.encodeFunctionData(name, args)) }, { block, count });
  const [words, policy] = await Promise.all([
    ask("tallyOf", [hash], TALLY_WORDS),
    ask("policyOf", [riskClass], POLICY_WORDS),
  ]);
  return { tally: toTally(words), policy: toPolicy(policy) };
};

/** Where a proposal stands at a block, and what its class demands. @throws RetryableError when the node cannot say */
export const readTally = async (
  node: ChainNode,
  consensus: Address,
  question: TallyQuestion,
): Promise<{ readonly tally: TallyView; readonly policy: ClassPolicy }> => {
  const { tally, policy } = await readOpenTally(node, consensus, question);
  const isExecuted = tally.state === "None" && (await wasExecuted(node, consensus, question));
  return { tally: isExecuted ? { ...tally, state: "Executed" } : tally, policy };
};

const CLASSIFY_WORDS = 3;

/** What the mandate says of calls at a block: their class now, or why no class carries them. */
export const classify = async (
  node: ChainNode,
  mandate: Address,
  asked: {
    readonly agentId: bigint;
    readonly calls: readonly Call[];
    readonly callProofs: readonly CallProof[];
    readonly block: BlockNumber;
  },
): Promise<{ readonly refusal: Refusal; readonly riskClass: RiskClass }> => {
  const { agentId, calls, callProofs, block } = asked;
  const data = hex(
    mandateAbi.encodeFunctionData("classify", [agentId, plainCallProofs(callProofs), plainCalls({ calls })]),
  );
  const [refusal = 0n, , riskClass = 0n] = await askWords(
    node,
    { to: mandate, data },
    { block, count: CLASSIFY_WORDS },
  );
  return { refusal: refusalAt(Number(refusal)), riskClass: riskClass === 0n ? 0 : riskClass === 1n ? 1 : 2 };
};
