import type { Agent } from "../../core/agent.ts";
import { type SlowClass, AGAINST, FOR } from "../../core/ballot.ts";
import type { ProposalMessage, RefusalMessage, SlowProposalMessage } from "../../core/bus.ts";
import type { Hex } from "../../core/hex.ts";
import { copyOf, isProposalMessage, isSlowProposalMessage } from "../../core/messages.ts";
import { ROUTINE } from "../../core/proposal.ts";
import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import type { BlockNumber } from "../../core/units.ts";
import { emptyWindow, observed } from "../../quant/priceWindow.ts";
import { resumePipeline } from "../../sending/advance.ts";
import { type OwnBallots, keepBallot, lookAfterOwn } from "./ownBallots.ts";
import { type SlowReview, type SlowReviewInput, preliminarySlow, reviewSlow } from "./slowReview.ts";
import type { Review, ReviewInput } from "./decide.ts";
import { sellStopped, watchPositions } from "./guard.ts";
import type { RiskMemory, Waiting } from "./memory.ts";
import type { RiskPorts, RiskConfig } from "./ports.ts";
import { preliminaryOf, reviewOf } from "./saleReview.ts";

const MAX_ANSWERED = 1_024;
const MAX_WAITING = 32;
/** A message that could not be looked at so often keeps nobody waiting any more. */
const MAX_TRIES = 3;
/** Nobody is so many blocks ahead of our node. */
const MAX_AHEAD = 25n;

const remember = (memory: RiskMemory, what: string): void => {
  memory.answered.add(what);
  if (memory.answered.size <= MAX_ANSWERED) return;
  for (const oldest of memory.answered) {
    memory.answered.delete(oldest);
    return;
  }
};

/** One risk manager. `ownBallots`: what it casts votes on the chain by; undefined where its operator pays no gas for that. */
export type RiskManager = Agent<RiskPorts, RiskMemory, RiskConfig> & { readonly ownBallots?: OwnBallots | undefined };

/** Counts messages that are nothing, and tells it at each doubling: a flood must not fill a log. */
const drop = ({ ports, memory, config }: RiskManager): void => {
  memory.dropped += 1;
  const isTold = (memory.dropped & (memory.dropped - 1)) === 0;
  if (isTold) ports.emit({ kind: "trouble", agent: config.name, what: `${memory.dropped} messages were dropped` });
};

type Known = { readonly hash: Hex; readonly block: BlockNumber; readonly riskClass?: SlowClass };

/** What a vote is about: a ballot on the slow path names the class too. */
const votedOf = ({ hash, riskClass }: Known): string => (riskClass === undefined ? hash : `${hash} ${riskClass}`);

/**
 * What came in and is to be answered. The digest comes first: what is not the proposal that it says it is gets no further, so
 * that nothing said of it touches the real one. [NX-KEE-08]
 */
const takeIn = <M extends ProposalMessage | SlowProposalMessage>(
  manager: RiskManager,
  { taken, isWellFormed }: { readonly taken: readonly M[]; readonly isWellFormed: (message: unknown) => boolean },
): readonly Waiting<M>[] =>
  taken.flatMap((message) => {
    if (!isWellFormed(message) || manager.ports.hashProposal(message.proposal) !== message.hash) {
      drop(manager);
      return [];
    }
    return [{ message, copy: copyOf(message), tries: 0 }];
  });

/** Those that still want an answer, each copy once and the newest last, without what no head will ever come for. */
const stillWaiting = <M extends Known>(
  memory: RiskMemory,
  waiting: readonly Waiting<M>[],
  head: BlockNumber | undefined,
): readonly Waiting<M>[] => {
  const copies = new Map(waiting.map((one) => [one.copy, one]));
  const wanted = [...copies.values()].filter(
    ({ message, copy, tries }) =>
      !memory.answered.has(votedOf(message)) &&
      !memory.answered.has(copy) &&
      tries < MAX_TRIES &&
      (head === undefined || message.block <= head + MAX_AHEAD),
  );
  return wanted.slice(-MAX_WAITING);
};

/** The next one that our node can look at, those first that did not fail before; counted as tried. */
const nextOf = <M extends Known>(waiting: readonly Waiting<M>[], head: BlockNumber): Waiting<M> | undefined => {
  const ready = waiting.filter(({ message }) => message.block <= head);
  const [next] = ready.toSorted((a, b) => a.tries - b.tries);
  if (next !== undefined) next.tries += 1;
  return next;
};

/** Looks, tries and judges, all at one block. */
const judge = async (manager: RiskManager, message: ProposalMessage, block: BlockNumber): Promise<Review> => {
  const { ports, memory, config } = manager;
  const { proposal, callProofs, hash } = message;
  // The dry run starts before the view is there.
  const trying = ports.simulate({ proposal, callProofs, riskClass: ROUTINE }, block);
  trying.catch(() => undefined);
  const view = await ports.readSnapshot(block);
  const input: ReviewInput = { message, digest: hash, view, simulation: undefined, stops: memory.stops };
  const fault = preliminaryOf(input, config);
  const whole = fault === undefined ? { ...input, simulation: await trying } : input;
  const verdict = fault ?? reviewOf(whole, config);
  ports.note?.({ kind: "review", input: whole, verdict });
  return verdict;
};

const answer = (
  { ports, config }: RiskManager,
  hash: Hex,
  { verdict, tookMs }: { readonly verdict: Review; readonly tookMs: number },
): void => {
  const { name: agent, signer } = config;
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

/** What a copy may be refused for though the proposal is right: its call proofs are not signed with it. */
const OF_COPY: ReadonlySet<string> = new Set([
  "ProofCountMismatch",
  "UndecodableCall",
  "NotInMandate",
  "ClassNotAllowed",
]);

type Ballot = { readonly isOfCopy: boolean };

/** Says no to one copy, with a voice and without a vote. */
const refuseCopy = (
  { publishRefusal, emit, nowMs }: RiskPorts,
  agent: string,
  { message, startedAt }: { readonly message: RefusalMessage; readonly startedAt: number },
): void => {
  publishRefusal(message);
  emit({ kind: "refusal", agent, message, tookMs: nowMs() - startedAt });
};

/** What a ballot is decided on, but for the dry run: the chain at one block, where the proposal stands on it, and prices so far. */
const slowInput = async (
  { ports, memory }: RiskManager,
  message: SlowProposalMessage,
  block: BlockNumber,
): Promise<SlowReviewInput> => {
  const { hash, riskClass } = message;
  const [view, { tally }] = await Promise.all([ports.readSnapshot(block), ports.readTally(hash, riskClass, block)]);
  const isMade = tally.state === "Voting" || tally.state === "Queued";
  return { message, digest: hash, view, isMade, window: memory.window ?? emptyWindow([]) };
};

/** The same for a proposal on the slow path, where a no is signed like a yes, and so never because of one copy. */
const answerBallot = async (
  manager: RiskManager,
  message: SlowProposalMessage,
  block: BlockNumber,
): Promise<Ballot> => {
  const { ports, config, ownBallots } = manager;
  const startedAt = ports.nowMs();
  const { hash, riskClass, proposal, callProofs } = message;
  const { name: agent, signer, ballots: policy } = config;
  const context = { ...config, policy };
  const input = await slowInput(manager, message, block);
  // Who proposes has voted with the proposal: the agent may have another task that made it.
  const own = input.view.signerRecords.find((signerRecord) => signerRecord.signer === signer);
  if (own?.agentId === proposal.agentId) return { isOfCopy: false };
  const early = preliminarySlow(input, context);
  const simulation = early === undefined ? await ports.simulate({ proposal, callProofs, riskClass }, block) : undefined;
  const verdict: SlowReview = early ?? reviewSlow({ ...input, simulation }, context);
  ports.note?.({ kind: "slowReview", input: { ...input, simulation }, verdict });
  const support = verdict.kind === "for" ? FOR : AGAINST;
  const { reason, detail } = verdict.kind === "for" ? { reason: "", detail: "" } : verdict;
  if (OF_COPY.has(reason)) {
    refuseCopy(ports, agent, { message: { hash, signer, reason, detail }, startedAt });
    return { isOfCopy: true };
  }
  const signature = ports.sign(ports.hashBallot(hash, riskClass, support));
  const ballot = { hash, signer, support, signature, reason, detail };
  ports.publishBallot(ballot);
  if (ownBallots !== undefined) keepBallot(ownBallots, { hash, riskClass, support, deadline: proposal.deadline });
  ports.emit({ kind: "ballot", agent, ballot, tookMs: ports.nowMs() - startedAt });
  return { isOfCopy: false };
};

/** Adds the block's prices to those that were seen. */
const look = ({ memory, config: { ballots } }: RiskManager, view: ChainSnapshot): void => {
  const { sizing, base } = ballots;
  if (sizing === undefined) return;
  const risky = view.tokens.flatMap(({ token }) => (token === base ? [] : [token]));
  memory.window = observed(memory.window ?? emptyWindow(risky), view, { ...sizing, rows: 2 * sizing.rows });
};

/** Answers one proposal of the slow path, and no more in a round: those of the fast path come first. */
const answerSlow = async (manager: RiskManager, block: BlockNumber): Promise<void> => {
  const { memory } = manager;
  const taken = manager.ports.slowProposals.take();
  const incoming = takeIn(manager, { taken, isWellFormed: isSlowProposalMessage });
  memory.slowWaiting = stillWaiting(memory, [...memory.slowWaiting, ...incoming], block);
  const next = nextOf(memory.slowWaiting, block);
  if (next === undefined) return;
  const { isOfCopy } = await answerBallot(manager, next.message, block);
  remember(memory, isOfCopy ? next.copy : votedOf(next.message));
  memory.slowWaiting = stillWaiting(memory, memory.slowWaiting, block);
};

/**
 * One round of a risk manager: answer every proposal that came in. One that it votes for is answered once and for all; a refusal
 * is of one copy. A proposal about a block that our node does not have yet waits for it. Last of all it looks whether the chain
 * has counted its ballots.
 */
export const tick = async (manager: RiskManager): Promise<void> => {
  const { ports, memory, ownBallots } = manager;
  const head = ports.head();
  const incoming = takeIn(manager, { taken: ports.proposals.take(), isWellFormed: isProposalMessage });
  memory.waiting = stillWaiting(memory, [...memory.waiting, ...incoming], head?.block);
  if (head === undefined) return;
  // Asked for at every head, so that it is there when a proposal comes.
  const looking = ports.readSnapshot(head.block);
  looking.catch(() => undefined);
  const watched = await watchPositions(manager, head.block);
  if (watched !== undefined) sellStopped(manager, watched);
  for (let next = nextOf(memory.waiting, head.block); next !== undefined; next = nextOf(memory.waiting, head.block)) {
    const startedAt = ports.nowMs();
    const { message, copy } = next;
    const verdict = await judge(manager, message, head.block);
    remember(memory, verdict.kind === "for" ? message.hash : copy);
    memory.waiting = stillWaiting(memory, memory.waiting, head.block);
    answer(manager, message.hash, { verdict, tookMs: ports.nowMs() - startedAt });
  }
  const view = await looking;
  look(manager, view);
  await answerSlow(manager, head.block);
  if (ownBallots !== undefined) await lookAfterOwn(ownBallots, { head, view });
};

/** Takes up votes that an earlier life sent to the chain. Must come before the first tick. [NX-KEE-02] */
export const resume = async ({ ownBallots }: RiskManager): Promise<void> => {
  if (ownBallots !== undefined) await resumePipeline(ownBallots.pipeline);
};
