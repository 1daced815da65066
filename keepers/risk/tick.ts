import { AGAINST, FOR } from "../core/ballot.ts";
import type { ProposalMessage, SlowProposalMessage } from "../core/bus.ts";
import type { Hex } from "../core/hex.ts";
import { ROUTINE } from "../core/proposal.ts";
import type { BlockNumber } from "../core/units.ts";
import { type BallotReview, preliminaryBallot, reviewBallot } from "./ballot.ts";
import { type Review, type ReviewInput, preliminary, review } from "./decide.ts";
import type { RiskMemory, RiskPorts, RiskSettings } from "./ports.ts";

const MAX_ANSWERED = 1_024;
const MAX_WAITING = 32;

export const emptyRiskMemory = (): RiskMemory => ({ answered: new Set(), waiting: [], slowWaiting: [] });

const remember = (memory: RiskMemory, hash: Hex): void => {
  memory.answered.add(hash);
  if (memory.answered.size <= MAX_ANSWERED) return;
  for (const oldest of memory.answered) {
    memory.answered.delete(oldest);
    return;
  }
};

type RiskManager = { readonly ports: RiskPorts; readonly settings: RiskSettings };

/** Looks, tries and judges, all at one block. */
const judge = async (
  { ports, settings }: RiskManager,
  message: ProposalMessage,
  block: BlockNumber,
): Promise<Review> => {
  const { proposal, grants } = message;
  // The dry run starts before the view is there: both are under way while the digest is computed.
  const trying = ports.simulate({ proposal, grants, riskClass: ROUTINE }, block);
  trying.catch(() => undefined);
  const digest = ports.hashProposal(proposal);
  const input: ReviewInput = { message, digest, view: await ports.readView(block), simulation: undefined };
  const fault = preliminary(input, settings);
  return fault ?? review({ ...input, simulation: await trying }, settings);
};

const answer = (
  { ports, settings }: RiskManager,
  hash: Hex,
  { verdict, tookMs }: { readonly verdict: Review; readonly tookMs: number },
): void => {
  const { name: agent, signer } = settings;
  if (verdict.kind === "for") {
    const vote = { hash, signer, signature: ports.sign(hash) };
    ports.publishVote(vote);
    ports.emit({ kind: "vote", agent, message: vote, tookMs });
    return;
  }
  const refusal = { hash, signer, reason: verdict.reason, detail: verdict.detail };
  ports.publishRefusal(refusal);
  ports.emit({ kind: "refusal", agent, message: refusal, tookMs });
};

/** The same for a proposal on the slow path, where a no is signed like a yes. */
const answerBallot = async (
  { ports, settings }: RiskManager,
  message: SlowProposalMessage,
  block: BlockNumber,
): Promise<void> => {
  const startedAt = ports.nowMs();
  const { hash, riskClass, proposal, grants } = message;
  const { name: agent, signer, ballots: policy } = settings;
  const context = { ...settings, policy };
  const input = { message, digest: ports.hashProposal(proposal), view: await ports.readView(block) };
  // Who proposes has voted with the proposal: the agent may have another task that made it.
  const own = input.view.seats.find((seat) => seat.signer === signer);
  if (own?.agentId === proposal.agentId && input.digest === hash) return;
  const early = preliminaryBallot(input, context);
  const simulation = early === undefined ? await ports.simulate({ proposal, grants, riskClass }, block) : undefined;
  const verdict: BallotReview = early ?? reviewBallot({ ...input, simulation }, context);
  const support = verdict.kind === "for" ? FOR : AGAINST;
  const { reason, detail } = verdict.kind === "for" ? { reason: "", detail: "" } : verdict;
  const signature = ports.sign(ports.hashBallot(hash, riskClass, support));
  const ballot = { hash, signer, support, signature, reason, detail };
  ports.publishBallot(ballot);
  ports.emit({ kind: "ballot", agent, ballot, tookMs: ports.nowMs() - startedAt });
};

/** Answers one proposal of the slow path, and no more in a round: those of the fast path come first. */
const answerSlow = async (manager: RiskManager, memory: RiskMemory, block: BlockNumber): Promise<void> => {
  const taken = [...memory.slowWaiting, ...manager.ports.slowProposals.take()];
  memory.slowWaiting = taken.filter(({ hash }) => !memory.answered.has(hash)).slice(-MAX_WAITING);
  const next = memory.slowWaiting.find((message) => message.block <= block);
  if (next === undefined) return;
  await answerBallot(manager, next, block);
  remember(memory, next.hash);
  memory.slowWaiting = memory.slowWaiting.filter(({ hash }) => hash !== next.hash);
};

/**
 * One round of a risk manager: answer every proposal that came in, once. A proposal about a block that our node does not
 * have yet waits for it.
 */
export const tick = async (ports: RiskPorts, memory: RiskMemory, settings: RiskSettings): Promise<void> => {
  const head = ports.head();
  const incoming = [...memory.waiting, ...ports.proposals.take()].filter(({ hash }) => !memory.answered.has(hash));
  memory.waiting = incoming.slice(-MAX_WAITING);
  if (head === undefined) return;
  // Asked for at every head, so that it is there when a proposal comes.
  const looking = ports.readView(head.block);
  for (const message of memory.waiting.filter(({ block }) => block <= head.block)) {
    const startedAt = ports.nowMs();
    const verdict = await judge({ ports, settings }, message, head.block);
    remember(memory, message.hash);
    memory.waiting = memory.waiting.filter(({ hash }) => hash !== message.hash);
    answer({ ports, settings }, message.hash, { verdict, tookMs: ports.nowMs() - startedAt });
  }
  await looking;
  await answerSlow({ ports, settings }, memory, head.block);
};
