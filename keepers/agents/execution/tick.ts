import type { Agent } from "../../core/agent.ts";
import { assertNever } from "../../core/assertNever.ts";
import type { TransactionResult } from "../../core/bus.ts";
import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import type { Hex } from "../../core/hex.ts";
import type { Call } from "../../core/proposal.ts";
import type { BlockNumber } from "../../core/units.ts";
import { advance, resumePipeline } from "../../sending/advance.ts";
import type { ChainTime, OperationResult, SendOperation } from "../../sending/operation.ts";
import type { Pipeline } from "../../sending/pipeline.ts";
import { type Obstacle, createSender, isFree, sendNow } from "../../sending/send.ts";
import { type Candidate, decide } from "./decide.ts";
import {
  type ExecutionMemory,
  candidatesOf,
  dropCopy,
  emptyExecutionMemory,
  finish,
  takeProposal,
  takeVote,
} from "./memory.ts";
import { noteOf, readNote } from "./note.ts";
import type { ExecutionConfig, ExecutionPorts } from "./ports.ts";

/** One execution engine. */
export type Engine = Agent<ExecutionPorts, ExecutionMemory, ExecutionConfig> & { readonly pipeline: Pipeline };

/** A result for those who wait for the proposal; undefined where another transaction than ours tells it. */
const resultOf = (result: OperationResult): TransactionResult | undefined => {
  switch (result.kind) {
    case "mined": {
      const { effect = { changes: [], loss: 0n, gasUsed: 0n }, gasPaid } = result;
      return { kind: "enacted", ...effect, gasPaid };
    }
    case "reverted":
      return { kind: "reverted", error: result.why, gasPaid: result.gasPaid };
    case "superseded":
      return { kind: "expired", why: "another transaction used the account's nonce" };
    case "done":
      return undefined;
    case "expired":
    case "refused":
      return { kind: "expired", why: result.why };
    default:
      return assertNever(result);
  }
};

type Told = { readonly hash: Hex; readonly result: OperationResult; readonly note: string };

const onResult = ({ ports, memory, config }: Omit<Engine, "pipeline">, { hash, result, note }: Told): void => {
  const told = resultOf(result);
  finish(memory, hash);
  if (told === undefined) return;
  const block: BlockNumber | undefined = "block" in result ? result.block : memory.view?.block;
  if (block === undefined) return;
  const { proposedBlock, proposedAtMs } = readNote(note) ?? { proposedBlock: block, proposedAtMs: ports.nowMs() };
  const message = {
    hash,
    result: told,
    block,
    latencyMs: ports.nowMs() - proposedAtMs,
    latencyBlocks: Number(block - proposedBlock),
  };
  ports.publishResult(message);
  ports.emit({ kind: "result", agent: config.name, message });
};

/** An engine with nothing in its memory. */
export const createEngine = (ports: ExecutionPorts, config: ExecutionConfig): Engine => {
  const memory = emptyExecutionMemory();
  const { name: agent } = config;
  const pipeline = createSender(ports.sending, config, {
    // The operation's identity is the proposal's digest, which the chain consumes once through the proposal nonce.
    onResult: (hash, result, note) => onResult({ ports, memory, config }, { hash, result, note }),
    onSent: ({ operation: hash, transaction }, block) => ports.emit({ kind: "sent", agent, hash, transaction, block }),
    onTrouble: (what) => ports.emit({ kind: "trouble", agent, what }),
  });
  return { ports, memory, config, pipeline };
};

type Paid = { readonly call: Call; readonly value: bigint };

const operationOf = (
  { hash, proposal, block, seenAtMs }: Candidate["message"],
  { call, value }: Paid,
): SendOperation => ({
  id: hash,
  call,
  value,
  priority: 0,
  urgency: "normal",
  deadline: proposal.deadline,
  endsOnChain: true,
  guards: [],
  note: noteOf({ block, seenAtMs }),
});

/** Obstacles that are ours: another way to the same contract meets them too. */
const OURS: ReadonlySet<string> = new Set(["dry-run", "gas-too-dear", "expired"]);

/** The oracle hub's own word for an asset without a price. */
const NO_PRICE = "PriceUnavailable";

/** How a proposal could be sent, or what stood in the way of each way. */
type Tried = "in-flight" | "done" | Obstacle;

/**
 * Tries the ways to enact a proposal, one after the other: where the recorder refuses, Consensus may not, and the proposal
 * is carried out without a record of what it brings.
 */
const tryWays = async (
  { ports, pipeline, config }: Engine,
  { message }: Candidate,
  { calls, now }: { readonly calls: readonly Call[]; readonly now: ChainTime },
): Promise<Tried> => {
  let obstacle: Obstacle = { reason: "no-way", detail: "no contract takes it" };
  for (const [i, call] of calls.entries()) {
    const answer = await sendNow(pipeline, operationOf(message, { call, value: 0n }), { now });
    if (answer.kind === "done") return "done";
    if (answer.kind !== "refused") {
      const what = `${message.hash} is enacted without a record: the recorder refuses it (${obstacle.reason})`;
      if (i > 0 && answer.kind === "sent") ports.emit({ kind: "trouble", agent: config.name, what });
      return "in-flight";
    }
    ({ obstacle } = answer);
    if (OURS.has(obstacle.reason)) break;
  }
  return obstacle;
};

/** Tries the preferred way once more, behind the prices that it lacks, if they are to be had. */
const tryWithPrices = async (
  { ports, pipeline, config }: Engine,
  { message }: Candidate,
  { call, now }: { readonly call: Call; readonly now: ChainTime },
): Promise<Tried | undefined> => {
  const bundle = await ports.withPrices?.(call, now.block);
  if (bundle === undefined) return undefined;
  const answer = await sendNow(pipeline, operationOf(message, bundle), { now });
  if (answer.kind === "done") return "done";
  if (answer.kind === "refused") return answer.obstacle;
  const operation = `update for ${message.hash}`;
  const told = { operation, step: "sent", detail: `fee ${bundle.value} wei`, block: now.block } as const;
  if (answer.kind === "sent") ports.emit({ kind: "evidence", agent: config.name, ...told });
  return "in-flight";
};

/** Tries the ways to enact a proposal; where all of them lack a price, the first of them with the price. */
const tryAll = async (
  engine: Engine,
  candidate: Candidate,
  terms: { readonly calls: readonly Call[]; readonly now: ChainTime },
): Promise<Tried> => {
  const tried = await tryWays(engine, candidate, terms);
  const [call] = terms.calls;
  if (typeof tried === "string" || tried.reason !== NO_PRICE || call === undefined) return tried;
  return (await tryWithPrices(engine, candidate, { call, now: terms.now })) ?? tried;
};

/**
 * Sends one proposal, or puts it aside for ever. [NX-KEE-01]
 * @returns whether nothing else may be sent at this block
 */
const enact = async (
  engine: Engine,
  { candidate, votes }: { readonly candidate: Candidate; readonly votes: Hex },
  now: ChainTime,
): Promise<boolean> => {
  const { ports, memory, config } = engine;
  const { message } = candidate;
  const { hash, proposal, callProofs } = message;
  const tried = await tryAll(engine, candidate, { calls: ports.encode(proposal, callProofs, votes), now });
  if (tried === "in-flight") return true;
  if (tried === "done") {
    finish(memory, hash);
    return false;
  }
  dropCopy(memory, message);
  ports.emit({
    kind: "refusal",
    agent: config.name,
    message: { hash, signer: config.sender, ...tried },
    tookMs: 0,
  });
  return false;
};

/** Reads the chain again when there is a new head. */
const readSnapshotAt = async ({ ports, memory }: Engine, block: BlockNumber): Promise<ChainSnapshot> => {
  if (memory.view !== undefined && memory.view.block >= block) return memory.view;
  memory.view = await ports.readSnapshot(block);
  return memory.view;
};

/** Takes up what an earlier life left pending. Must come before the first tick. [NX-KEE-02] */
export const resume = ({ pipeline }: Engine): Promise<void> => resumePipeline(pipeline);

/**
 * One round of the execution engine: take in proposals and votes, look after what is in flight, and, if nothing is, send
 * the best proposal that the votes carry.
 */
export const tick = async (engine: Engine): Promise<void> => {
  const { ports, memory, config, pipeline } = engine;
  for (const message of ports.proposals.take()) takeProposal(ports, memory, message);
  for (const vote of ports.votes.take()) takeVote(ports, memory, vote);
  const head = ports.head();
  if (head === undefined) return;
  const view = await readSnapshotAt(engine, head.block);
  // What was looked at is the view's block, which may be newer than the head that we heard of.
  const now = { block: view.block, time: view.time, baseFee: head.baseFee };
  await advance(pipeline, now);
  if (!isFree(pipeline, now)) return;

  for (const decision of decide(candidatesOf(memory), view, config)) {
    const { candidate, kind } = decision;
    if (kind === "drop") dropCopy(memory, candidate.message);
    if (kind === "enact" && (await enact(engine, { candidate, votes: decision.votes }, now))) return;
  }
};
