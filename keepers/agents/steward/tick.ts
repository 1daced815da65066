import type { Agent } from "../../core/agent.ts";
import { assertNever } from "../../core/assertNever.ts";
import type { Call } from "../../core/proposal.ts";
import { blockNumber } from "../../core/units.ts";
import { stillOpen } from "../../sending/pending.ts";
import type { HeadFacts, ProposalSender } from "../../sending/ports.ts";
import { isFree } from "../../sending/outbox.ts";
import { type Attempt, resumeOutbox, resolveInFlight, submit } from "../../sending/send.ts";
import { type ProposalFacts, type StewardStep, decide } from "./decide.ts";
import {
  type Open,
  type StewardMemory,
  finish,
  openOf,
  restore,
  takeBallot,
  takeSlowProposal,
  tryOther,
} from "./memory.ts";
import type { SlowCalls, StewardConfig, StewardPorts } from "./ports.ts";

/** One steward. */
export type Steward = Agent<StewardPorts, StewardMemory, StewardConfig>;

/** While all that is open waits for its delay to pass, the chain is looked at so seldom, in blocks: other agents share the node. */
const REST = 4n;
/** How long a step that the dry run refused is left alone, in blocks. */
const RETRY_AFTER = 5n;

const senderOf = (steward: Steward): ProposalSender => {
  const { ports, memory, config } = steward;
  const onEnd: ProposalSender["onEnd"] = ({ hash }, { result, block }) => {
    const [open] = openOf(memory, hash).toSorted((a, b) => Number(b.isKept) - Number(a.isKept));
    if (open !== undefined && result.kind === "enacted") open.changes = result.changes;
    if (result.kind === "expired") return;
    ports.emit({ kind: "slowPaid", agent: config.name, hash, gasPaid: result.gasPaid });
    if (result.kind === "enacted") return;
    // It has cost gas: the next try comes later each time.
    if (open !== undefined) {
      open.reverts += 1;
      open.retryAt = blockNumber(block + RETRY_AFTER * 2n ** BigInt(open.reverts));
    }
    ports.emit({ kind: "slowBlocked", agent: config.name, hash, reason: "reverted", detail: result.error });
  };
  return { ports, memory, policy: config, onEnd };
};

type Sendable = Exclude<StewardStep, { readonly kind: "wait" | "close" }>;

const callOf = (
  encode: SlowCalls,
  { message: { hash, proposal, callProofs, riskClass } }: Open,
  step: Sendable,
): Call => {
  switch (step.kind) {
    case "propose":
      return encode.propose(proposal, riskClass, step.votes);
    case "cast":
      return encode.castVotes(hash, step.support, step.votes);
    case "queue":
      return encode.queue(hash);
    case "execute":
      return encode.execute(proposal, callProofs);
    default:
      return assertNever(step);
  }
};

/** Sends one step. Before the first, the journal gets the proposal itself: nobody else may have kept it. [NX-KEE-01] */
const send = async (
  steward: Steward,
  open: Open,
  { step, head }: { step: Sendable; head: Attempt["head"] },
): Promise<void> => {
  const { ports, config } = steward;
  const { hash, proposal, block, seenAtMs } = open.message;
  const { agentId, nonce: proposalNonce, deadline } = proposal;
  const purpose = { hash, agentId, proposalNonce, deadline, proposedBlock: block, proposedAtMs: seenAtMs };
  const call = callOf(ports.encode, open, step);
  const before = open.isKept ? [] : [{ kind: "opened", message: open.message } as const];
  const obstacle = await submit(senderOf(steward), { purpose, call, head }, before);
  if (obstacle === undefined) {
    open.isKept = true;
    return;
  }
  open.retryAt = blockNumber(head.block + RETRY_AFTER);
  tryOther(open);
  const said = `${step.kind} ${obstacle.reason}`;
  if (open.lastReported === said) return;
  open.lastReported = said;
  ports.emit({ kind: "slowBlocked", agent: config.name, hash, ...obstacle });
};

const tell = ({ ports, config }: Steward, open: Open, { tally, view }: ProposalFacts): void => {
  const { hash } = open.message;
  const said = `${tally.state} ${tally.weightFor} ${tally.weightAgainst}`;
  if (tally.state === "None" || open.lastReported === said) return;
  open.lastReported = said;
  const { state, weightFor, weightAgainst } = tally;
  const executableFrom = state === "Queued" ? tally.votesUntil + 1n : undefined;
  const status = { hash, state, block: view.block, time: view.time, weightFor, weightAgainst, executableFrom };
  ports.emit({ kind: "slowStatus", agent: config.name, status });
};

type Close = Extract<StewardStep, { readonly kind: "close" }>;

const end = async ({ ports, memory, config }: Steward, open: Open, { how, head }: Close & { head: HeadFacts }) => {
  const { hash } = open.message;
  const changes = how === "executed" ? open.changes : undefined;
  ports.emit({ kind: "slowEnd", agent: config.name, end: { hash, how, block: head.block, changes } });
  if (open.isKept) await ports.append({ kind: "closed", hash });
  finish(memory, hash);
};

/** Looks after one proposal. @returns whether it only waits for its delay to pass */
const track = async (
  steward: Steward,
  open: Open,
  { view, head }: { view: ProposalFacts["view"]; head: HeadFacts },
) => {
  const { ports, memory, config } = steward;
  const { hash, riskClass } = open.message;
  const facts: ProposalFacts = {
    view,
    ...(await ports.readTally({ hash, riskClass, since: open.message.block, block: head.block })),
  };
  const step = decide(open, facts, config.collectionBlocks);
  if (open.retryAt === undefined || step.kind === "close") tell(steward, open, facts);
  if (step.kind === "close") await end(steward, open, { ...step, head });
  if (step.kind === "close") return true;
  if (step.kind === "wait") return step.why === "DelayNotPassed";
  if (open.retryAt !== undefined && head.block < open.retryAt) return false;
  await send(steward, open, { step, head: { ...head, time: view.time } });
  if (memory.inFlight !== undefined) open.retryAt = undefined;
  return false;
};

/**
 * Takes up what an earlier life left unresolved, and the proposals that it looked after. Must come before the first tick.
 * [NX-KEE-02]
 * @throws FatalError when the journal belongs to another sender
 */
export const resume = async (steward: Steward): Promise<void> =>
  restore(steward.memory, stillOpen(await resumeOutbox(senderOf(steward))));

const takeMessages = ({ ports, memory }: Steward): void => {
  const [proposals, ballots] = [ports.proposals.take(), ports.ballots.take()];
  for (const message of proposals) takeSlowProposal(ports, memory, message);
  for (const ballot of ballots) takeBallot(ports, memory, ballot);
  if (proposals.length > 0 || ballots.length > 0) memory.restUntil = undefined;
};

/** Whether there is nothing to look at: nothing open, this block seen, or all of it waiting. */
const isQuiet = (memory: StewardMemory, { block }: HeadFacts): boolean => {
  const isIdle = memory.open.size === 0 && memory.inFlight === undefined && memory.backlog.length === 0;
  return isIdle || memory.readAt === block || (memory.restUntil !== undefined && block < memory.restUntil);
};

/**
 * One round of a steward: take in proposals and ballots, look after what is in flight, and, if nothing is, take the next step
 * of the oldest proposal that has one. It has an account of its own, so the fast path never waits for it.
 */
export const tick = async (steward: Steward): Promise<void> => {
  const { ports, memory } = steward;
  takeMessages(steward);
  const head = ports.head();
  if (head === undefined || isQuiet(memory, head)) return;
  const [view, accountNonce] = await Promise.all([ports.readSnapshot(head.block), ports.readAccountNonce(head.block)]);
  memory.readAt = head.block;
  memory.accountNonce = accountNonce;
  await resolveInFlight(senderOf(steward), view);
  let areAllWaiting = true;
  for (const open of memory.open.values()) {
    if (!isFree(memory, view)) return;
    if (!(await track(steward, open, { view, head }))) areAllWaiting = false;
  }
  if (areAllWaiting) memory.restUntil = blockNumber(head.block + REST);
};
