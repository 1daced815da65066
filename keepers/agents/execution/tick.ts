import type { Agent } from "../../core/agent.ts";
import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import type { HeadFacts, PendingTransaction, ProposalSender } from "../../sending/ports.ts";
import { isFree } from "../../sending/outbox.ts";
import { type Attempt, type Purpose, resumeOutbox, resolveInFlight, submit } from "../../sending/send.ts";
import { type Candidate, decide } from "./decide.ts";
import { type ExecutionMemory, candidatesOf, dropCopy, finish, takeProposal, takeVote } from "./memory.ts";
import type { ExecutionConfig, ExecutionPorts } from "./ports.ts";

/** One execution engine. */
export type Engine = Agent<ExecutionPorts, ExecutionMemory, ExecutionConfig>;

const onEnd =
  ({ ports, memory, config }: Engine): ProposalSender["onEnd"] =>
  (pending: PendingTransaction, ended) => {
    const message = {
      hash: pending.hash,
      ...ended,
      latencyMs: ports.nowMs() - pending.proposedAtMs,
      latencyBlocks: Number(ended.block - pending.proposedBlock),
    };
    ports.publishResult(message);
    ports.emit({ kind: "result", agent: config.name, message });
    finish(memory, pending.hash);
  };

const senderOf = (engine: Engine): ProposalSender => ({
  ports: engine.ports,
  memory: engine.memory,
  policy: engine.config,
  onEnd: onEnd(engine),
});

const purposeOf = ({ message: { hash, proposal, block, seenAtMs } }: Candidate): Purpose => ({
  hash,
  agentId: proposal.agentId,
  proposalNonce: proposal.nonce,
  deadline: proposal.deadline,
  proposedBlock: block,
  proposedAtMs: seenAtMs,
});

/**
 * Sends one proposal, or puts it aside for ever. [NX-KEE-01]
 * @returns whether something is in flight now
 */
const enact = async (
  engine: Engine,
  { candidate, votes }: { readonly candidate: Candidate; readonly votes: `0x${string}` },
  head: Attempt["head"],
): Promise<boolean> => {
  const { ports, memory, config } = engine;
  const { message } = candidate;
  const { hash, proposal, callProofs } = message;
  const call = ports.encode(proposal, callProofs, votes);
  const obstacle = await submit(senderOf(engine), { purpose: purposeOf(candidate), call, head });
  if (obstacle === undefined) return true;
  dropCopy(memory, message);
  ports.emit({
    kind: "refusal",
    agent: config.name,
    message: { hash, signer: config.sender, ...obstacle },
    tookMs: 0,
  });
  return false;
};

/** Reads the chain again when there is a new head. */
const readSnapshotAt = async ({ ports, memory }: Engine, head: HeadFacts): Promise<ChainSnapshot> => {
  if (memory.view !== undefined && memory.view.block >= head.block) return memory.view;
  const [view, accountNonce] = await Promise.all([ports.readSnapshot(head.block), ports.readAccountNonce(head.block)]);
  memory.view = view;
  memory.accountNonce = accountNonce;
  return view;
};

/**
 * Takes up what an earlier life left unresolved. Must come before the first tick. [NX-KEE-02]
 * @throws FatalError when the journal belongs to another sender
 */
export const resume = async (engine: Engine): Promise<void> => void (await resumeOutbox(senderOf(engine)));

/**
 * One round of the execution engine: take in proposals and votes, look after what is in flight, and, if nothing is, send
 * the best proposal that the votes carry.
 */
export const tick = async (engine: Engine): Promise<void> => {
  const { ports, memory, config } = engine;
  for (const message of ports.proposals.take()) takeProposal(ports, memory, message);
  for (const vote of ports.votes.take()) takeVote(ports, memory, vote);
  const head = ports.head();
  if (head === undefined) return;
  const view = await readSnapshotAt(engine, head);
  await resolveInFlight(senderOf(engine), view);
  if (!isFree(memory, view)) return;

  for (const decision of decide(candidatesOf(memory), view, config)) {
    const { candidate, kind } = decision;
    if (kind === "drop") dropCopy(memory, candidate.message);
    if (kind !== "enact") continue;
    // What was looked at is the view's block, which may be newer than the head that we heard of.
    if (await enact(engine, { candidate, votes: decision.votes }, { ...head, block: view.block, time: view.time }))
      return;
  }
};
