import type { Outcome } from "../core/bus.ts";
import type { ChainView } from "../core/chainView.ts";
import { gasPriceFor, percentMore } from "../core/gasPrice.ts";
import { type Hex, sizeOf } from "../core/hex.ts";
import { type Sender, dispatch, settle, takeUp } from "../core/outbox.ts";
import { type Candidate, decide } from "./decide.ts";
import type { Intent } from "./intent.ts";
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

/** How the engine's transactions are looked after, and what is told of them. */
const senderOf = ({ ports, memory, policy }: Engine): Sender<Intent, Outcome> => {
  const { name: agent } = policy;
  return {
    ports,
    box: memory,
    account: policy.sender,
    dryRun: policy.dryRun,
    onSent: ({ hash, transaction }, block) => ports.emit({ kind: "sent", agent, hash, transaction, block }),
    onRefused: ({ transaction }, why) =>
      ports.emit({ kind: "trouble", agent, what: `the node refused ${transaction}: ${why}` }),
    onEnded: (intent, ended) => {
      const message = {
        hash: intent.hash,
        ...ended,
        latencyMs: ports.nowMs() - intent.proposedAtMs,
        latencyBlocks: Number(ended.block - intent.proposedBlock),
      };
      ports.publishOutcome(message);
      ports.emit({ kind: "outcome", agent, message });
      finish(memory, intent.hash);
    },
  };
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
 * Sends one proposal, or puts it aside for good.
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
  await dispatch(senderOf(engine), made);
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
export const recover = (engine: Engine): Promise<void> => takeUp(senderOf(engine));

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
  await settle(senderOf(engine), view);
  if (memory.inFlight !== undefined) return;

  for (const decision of decide([...memory.candidates.values()], view, policy)) {
    const { candidate, kind } = decision;
    if (kind === "drop") finish(memory, candidate.message.hash);
    if (kind !== "enact") continue;
    if (await enact(engine, { candidate, votes: decision.votes, view, head })) return;
  }
};
