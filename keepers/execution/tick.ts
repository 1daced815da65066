import type { Outcome } from "../core/bus.ts";
import type { ChainView } from "../core/chainView.ts";
import { FatalError } from "../core/errors.ts";
import { gasPriceFor, percentMore } from "../core/gasPrice.ts";
import { type Hex, sizeOf } from "../core/hex.ts";
import type { BlockNumber } from "../core/units.ts";
import { type Candidate, decide } from "./decide.ts";
import { type Intent, stepOf, unresolved } from "./intent.ts";
import { type ExecutionMemory, finish, takeProposal, takeVote } from "./memory.ts";
import type { ExecutionPorts, HeadFacts, SendPolicy } from "./ports.ts";

/** One execution engine: its world, its memory and its orders. */
export type Engine = {
  readonly ports: ExecutionPorts;
  readonly memory: ExecutionMemory;
  readonly policy: SendPolicy;
};

const TRANSACTION_GAS = 21_000n;
const NONZERO_BYTE_GAS = 16n;

/** The most that the bytes of a call can cost before it runs (EIP-2028). */
const intrinsicGas = (data: Hex): bigint => TRANSACTION_GAS + BigInt(sizeOf(data)) * NONZERO_BYTE_GAS;

/**
 * Sends the bytes in flight, which are in the journal. Whether they arrived is for the chain to say: a lost answer changes
 * nothing. A dry run sends nothing, what an earlier life left behind included. [NX-KEE-05]
 */
const broadcast = async ({ ports, memory, policy }: Engine, block: BlockNumber): Promise<void> => {
  const { inFlight } = memory;
  if (inFlight === undefined || policy.dryRun) return;
  const { hash, raw, transaction } = inFlight.intent;
  const answer = await ports.send(raw);
  if (answer.kind === "refused") {
    ports.emit({ kind: "trouble", agent: policy.name, what: `the node refused ${transaction}: ${answer.why}` });
    return;
  }
  memory.inFlight = { ...inFlight, sentAt: block };
  ports.emit({ kind: "sent", agent: policy.name, hash, transaction, block });
};

type Ended = { readonly outcome: Outcome; readonly block: BlockNumber };

const resolve = async ({ ports, memory, policy }: Engine, intent: Intent, ended: Ended): Promise<void> => {
  const message = {
    hash: intent.hash,
    ...ended,
    latencyMs: ports.nowMs() - intent.proposedAtMs,
    latencyBlocks: Number(ended.block - intent.proposedBlock),
  };
  // Told before it is written down: after a crash in between it is told twice, which is better than never.
  ports.publishOutcome(message);
  ports.emit({ kind: "outcome", agent: policy.name, message });
  await ports.append({ kind: "resolved", transaction: intent.transaction, how: ended.outcome.kind });
  finish(memory, intent.hash);
  memory.lastExpired = ended.outcome.kind === "expired" ? intent : undefined;
  memory.inFlight = undefined;
};

/** Looks after one intent at one block. @returns whether it is resolved */
const settleOne = async (engine: Engine, intent: Intent, view: ChainView): Promise<boolean> => {
  const { ports, memory } = engine;
  const { accountNonce } = memory;
  const mined = await ports.readReceipt(intent.transaction);
  const before = memory.inFlight ?? { intent, sentAt: undefined, usedSince: undefined };
  const isUsed = accountNonce > intent.accountNonce;
  const inFlight = { ...before, usedSince: before.usedSince ?? (isUsed ? view.block : undefined) };
  memory.inFlight = inFlight;
  const step = stepOf(intent, { block: view.block, time: view.time, mined, accountNonce, ...inFlight });
  if (step.kind === "broadcast") await broadcast(engine, view.block);
  if (step.kind !== "resolved") return false;
  await resolve(engine, intent, { outcome: step.outcome, block: step.block });
  return true;
};

/** Looks after the intent in flight once for each block, and after those of earlier lives when it is resolved. */
const settle = async (engine: Engine, view: ChainView): Promise<void> => {
  const { memory } = engine;
  if (memory.settledAt === view.block) return;
  for (;;) {
    const intent = memory.inFlight?.intent ?? memory.backlog.shift();
    if (intent === undefined || !(await settleOne(engine, intent, view))) break;
  }
  memory.settledAt = view.block;
};

type Attempt = {
  readonly candidate: Candidate;
  readonly votes: Hex;
  readonly view: ChainView;
  readonly head: HeadFacts;
};

type Obstacle = { readonly reason: string; readonly detail: string };

/** Simulates, prices and signs, or says what stands in the way. */
const prepare = async ({ ports, memory, policy }: Engine, attempt: Attempt): Promise<Intent | Obstacle> => {
  const { message } = attempt.candidate;
  const { hash, proposal, grants } = message;
  const data = ports.encode(proposal, grants, attempt.votes);
  const simulation = await ports.simulate(data, attempt.view.block);
  if (simulation.kind === "reverted") {
    const { refusal, name, text } = simulation.error;
    return { reason: refusal ?? name, detail: text };
  }
  const { accountNonce, lastExpired } = memory;
  const replaced = lastExpired?.accountNonce === accountNonce ? lastExpired.gasPrice : undefined;
  const gasPrice = gasPriceFor(attempt.head.baseFee, policy, replaced);
  if (gasPrice === undefined) return { reason: "gas-too-dear", detail: `base fee ${attempt.head.baseFee} wei` };
  if (policy.dryRun) return { reason: "dry-run", detail: "it would have been sent" };
  const gasLimit = percentMore(simulation.gasUsed + intrinsicGas(data), policy.gasMarginPercent);
  return {
    hash,
    agentId: proposal.agentId,
    proposalNonce: proposal.nonce,
    deadline: proposal.deadline,
    account: policy.sender,
    accountNonce,
    gasPrice,
    block: attempt.view.block,
    proposedBlock: message.block,
    proposedAtMs: message.seenAtMs,
    ...ports.sign({ data, nonce: accountNonce, gasLimit, gasPrice }),
  };
};

/**
 * Sends one proposal, or puts it aside for good. The bytes are durable before they are sent. [NX-KEE-01]
 * @returns whether something is in flight now
 */
const enact = async (engine: Engine, attempt: Attempt): Promise<boolean> => {
  const { ports, memory, policy } = engine;
  const { hash } = attempt.candidate.message;
  const made = await prepare(engine, attempt);
  if ("reason" in made) {
    finish(memory, hash);
    const message = { hash, signer: policy.sender, ...made };
    ports.emit({ kind: "refusal", agent: policy.name, message, tookMs: 0 });
    return false;
  }
  await ports.append({ kind: "signed", intent: made });
  memory.inFlight = { intent: made, sentAt: undefined, usedSince: undefined };
  memory.settledAt = attempt.view.block;
  await broadcast(engine, attempt.view.block);
  return true;
};

/** Reads the chain anew when there is a new head. */
const look = async ({ ports, memory }: Engine, head: HeadFacts): Promise<ChainView> => {
  if (memory.view !== undefined && memory.view.block >= head.block) return memory.view;
  const [view, accountNonce] = await Promise.all([ports.readView(head.block), ports.readAccountNonce(head.block)]);
  memory.view = view;
  memory.accountNonce = accountNonce;
  return view;
};

/**
 * Takes up what an earlier life left unresolved. Must come before the first tick. [NX-KEE-02]
 * @throws FatalError when the journal belongs to another sender
 */
export const recover = async ({ ports, memory, policy }: Engine): Promise<void> => {
  for (const intent of unresolved(await ports.loadJournal())) {
    if (intent.account !== policy.sender) {
      throw new FatalError(`the journal has an open transaction of ${intent.account}, and we send as ${policy.sender}`);
    }
    memory.backlog.push(intent);
  }
};

/**
 * One round of the execution engine: take in proposals and votes, look after what is in flight, and, if nothing is, send
 * the best proposal that the votes carry.
 */
export const tick = async (engine: Engine): Promise<void> => {
  const { ports, memory, policy } = engine;
  for (const message of ports.proposals.take()) takeProposal(ports, memory, message);
  for (const vote of ports.votes.take()) takeVote(ports, memory, vote);
  const head = ports.head();
  if (head === undefined) return;
  const view = await look(engine, head);
  await settle(engine, view);
  if (memory.inFlight !== undefined) return;

  for (const decision of decide([...memory.candidates.values()], view, policy)) {
    const { candidate, kind } = decision;
    if (kind === "drop") finish(memory, candidate.message.hash);
    if (kind !== "enact") continue;
    if (await enact(engine, { candidate, votes: decision.votes, view, head })) return;
  }
};
