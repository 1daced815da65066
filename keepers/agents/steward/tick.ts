import type { Agent } from "../../core/agent.ts";
import { assertNever } from "../../core/assertNever.ts";
import { type Hex, hex } from "../../core/hex.ts";
import type { Call } from "../../core/proposal.ts";
import { blockNumber } from "../../core/units.ts";
import { advance, resumePipeline } from "../../sending/advance.ts";
import { noteOf } from "../../sending/flight.ts";
import type { ChainTime, OperationResult, SendOperation } from "../../sending/operation.ts";
import { stillOpen } from "../../sending/pending.ts";
import type { Pipeline } from "../../sending/pipeline.ts";
import { type NowAnswer, createSender, inFlight, isFree, sendNow } from "../../sending/send.ts";
import { type ProposalFacts, type StewardStep, decide } from "./decide.ts";
import {
  type Open,
  type StewardMemory,
  emptyStewardMemory,
  finish,
  openOf,
  restore,
  takeBallot,
  takeSlowProposal,
  tryOther,
} from "./memory.ts";
import type { SlowCalls, StewardConfig, StewardPorts } from "./ports.ts";

/** One steward. */
export type Steward = Agent<StewardPorts, StewardMemory, StewardConfig> & { readonly pipeline: Pipeline };

/** While all that is open waits for its delay to pass, the chain is looked at so seldom, in blocks: other agents share the node. */
const REST = 4n;
/** How long a step that the dry run refused is left alone, in blocks. */
const RETRY_AFTER = 5n;

type Told = { readonly hash: Hex; readonly result: OperationResult };

/** Takes note of how a step ended. What was given up, or done by somebody, shows on the chain at the next look. */
const onResult = ({ ports, memory, config }: Omit<Steward, "pipeline">, { hash, result }: Told): void => {
  const [open] = openOf(memory, hash).toSorted((a, b) => Number(b.isKept) - Number(a.isKept));
  if (result.kind !== "mined" && result.kind !== "reverted") return;
  if (open !== undefined && result.kind === "mined") open.changes = result.effect?.changes;
  ports.emit({ kind: "slowPaid", agent: config.name, hash, gasPaid: result.gasPaid });
  if (result.kind === "mined") return;
  // It has cost gas: the next try comes later each time.
  if (open !== undefined) {
    open.reverts += 1;
    open.retryAt = blockNumber(result.block + RETRY_AFTER * 2n ** BigInt(open.reverts));
  }
  ports.emit({ kind: "slowBlocked", agent: config.name, hash, reason: "reverted", detail: result.why });
};

/** A steward with nothing in its memory. */
export const createSteward = (ports: StewardPorts, config: StewardConfig): Steward => {
  const memory = emptyStewardMemory();
  const { name: agent } = config;
  const pipeline = createSender(ports.sending, config, {
    // A step's note is the digest of its proposal.
    onResult: (_, result, note) => onResult({ ports, memory, config }, { hash: hex(note), result }),
    onSent: ({ transaction, ...tx }, block) =>
      ports.emit({ kind: "sent", agent, hash: noteOf(tx), transaction, block }),
    onTrouble: (what) => ports.emit({ kind: "trouble", agent, what }),
  });
  return { ports, memory, config, pipeline };
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

/** What names a step by state that the chain consumes: a step that was mined is never due again. */
const stepText = ({ message: { hash, riskClass } }: Open, step: Sendable): string => {
  if (step.kind === "propose") return `propose ${hash} ${riskClass}`;
  return step.kind === "cast" ? `cast ${hash} ${step.support} ${step.votes}` : `${step.kind} ${hash}`;
};

/** A step as an operation. The contract takes none of them after the proposal's deadline. */
const operationOf = ({ ports }: Steward, open: Open, step: Sendable): SendOperation => ({
  id: ports.hash(stepText(open, step)),
  call: callOf(ports.encode, open, step),
  value: 0n,
  priority: 0,
  urgency: "normal",
  deadline: open.message.proposal.deadline,
  endsOnChain: true,
  guards: [],
  note: open.message.hash,
});

/** What to say of a step that was not sent; undefined for one that is on its way, or waits for no reason of its own. */
const obstacleOf = (answer: NowAnswer) => {
  if (answer.kind === "refused") return answer.obstacle;
  return answer.kind === "done" ? { reason: "already-done", detail: "the store says that it was mined" } : undefined;
};

/**
 * Sends one step. Before the first, the journal gets the proposal itself: nobody else may have kept it. [NX-KEE-01]
 * @returns whether something is in flight now
 */
const send = async (
  steward: Steward,
  open: Open,
  { step, now }: { readonly step: Sendable; readonly now: ChainTime },
): Promise<boolean> => {
  const { ports, config, pipeline } = steward;
  const { message } = open;
  const before = async (): Promise<void> => {
    if (!open.isKept) await ports.append({ kind: "opened", message });
    open.isKept = true;
  };
  const answer = await sendNow(pipeline, operationOf(steward, open, step), { now, before });
  const obstacle = obstacleOf(answer);
  if (obstacle === undefined) return answer.kind === "sent";
  open.retryAt = blockNumber(now.block + RETRY_AFTER);
  tryOther(open);
  const said = `${step.kind} ${obstacle.reason}`;
  if (open.lastReported === said) return false;
  open.lastReported = said;
  ports.emit({ kind: "slowBlocked", agent: config.name, hash: message.hash, ...obstacle });
  return false;
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

const end = async (
  { ports, memory, config }: Steward,
  open: Open,
  { how, now }: Close & { readonly now: ChainTime },
) => {
  const { hash } = open.message;
  const changes = how === "executed" ? open.changes : undefined;
  ports.emit({ kind: "slowEnd", agent: config.name, end: { hash, how, block: now.block, changes } });
  if (open.isKept) await ports.append({ kind: "closed", hash });
  finish(memory, hash);
};

/** One look at the chain: what it shows, and its newest block as we heard of it. */
type Look = { readonly view: ProposalFacts["view"]; readonly now: ChainTime };

/** Looks after one proposal. @returns whether it only waits for its delay to pass */
const track = async (steward: Steward, open: Open, { view, now }: Look): Promise<boolean> => {
  const { ports, config } = steward;
  const { hash, riskClass } = open.message;
  const facts: ProposalFacts = {
    view,
    ...(await ports.readTally({ hash, riskClass, since: open.message.block, block: now.block })),
  };
  const step = decide(open, facts, config.collectionBlocks);
  if (open.retryAt === undefined || step.kind === "close") tell(steward, open, facts);
  if (step.kind === "close") await end(steward, open, { ...step, now });
  if (step.kind === "close") return true;
  if (step.kind === "wait") return step.why === "DelayNotPassed";
  if (open.retryAt !== undefined && now.block < open.retryAt) return false;
  if (await send(steward, open, { step, now })) open.retryAt = undefined;
  return false;
};

/**
 * Takes up what an earlier life left pending, and the proposals that it looked after. Must come before the first tick.
 * [NX-KEE-02]
 */
export const resume = async ({ ports, memory, pipeline }: Steward): Promise<void> => {
  restore(memory, stillOpen(await ports.loadNotes()));
  await resumePipeline(pipeline);
};

const takeMessages = ({ ports, memory }: Steward): void => {
  const [proposals, ballots] = [ports.proposals.take(), ports.ballots.take()];
  for (const message of proposals) takeSlowProposal(ports, memory, message);
  for (const ballot of ballots) takeBallot(ports, memory, ballot);
  if (proposals.length > 0 || ballots.length > 0) memory.restUntil = undefined;
};

/** Whether there is nothing to look at: nothing open, this block seen, or all of it waiting. */
const isQuiet = ({ memory, pipeline }: Steward, { block }: Pick<ChainTime, "block">): boolean => {
  const isIdle = memory.open.size === 0 && inFlight(pipeline).length === 0;
  return isIdle || memory.readAt === block || (memory.restUntil !== undefined && block < memory.restUntil);
};

/**
 * One round of a steward: take in proposals and ballots, look after what is in flight, and, if nothing is, take the next step
 * of the oldest proposal that has one. It has an account of its own, so the fast path never waits for it.
 */
export const tick = async (steward: Steward): Promise<void> => {
  const { ports, memory, pipeline } = steward;
  takeMessages(steward);
  const head = ports.head();
  if (head === undefined || isQuiet(steward, head)) return;
  const view = await ports.readSnapshot(head.block);
  memory.readAt = head.block;
  const now = { ...head, time: view.time };
  await advance(pipeline, now);
  let areAllWaiting = true;
  for (const open of memory.open.values()) {
    if (!isFree(pipeline, now)) return;
    if (!(await track(steward, open, { view, now }))) areAllWaiting = false;
  }
  if (areAllWaiting) memory.restUntil = blockNumber(head.block + REST);
};
