import { setTimeout as sleep } from "node:timers/promises";
import { type DaoProposal, actionOf, statusOf } from "../../../keepers/adapters/readers/daoProposals.ts";
import { newMandateIn } from "../../dao/mandateChange.ts";
import { writeAddressBook } from "../../../deployments/file.ts";
import { type Command, type Options, type Values, UsageError, needed, required } from "../../lib/command.ts";
import { lookAgain } from "../../lib/lookAgain.ts";
import { say, sayJson } from "../../lib/output.ts";
import { ID, leavesOf, namedProposal } from "./read.ts";
import {
  type SentReceipt,
  type Session,
  ACT_OPTIONS,
  act,
  actorOf,
  chainTime,
  receiptLine,
  withDao,
} from "../session.ts";
import type { DaoCall } from "../../../keepers/adapters/readers/daoCalls.ts";
import { type ProposalState, type DaoProposalStatus, daoStatusWords } from "../../../keepers/views/daoStatus.ts";
import { votesWords } from "../../../keepers/views/spans.ts";

const SUPPORT: ReadonlyMap<string, number> = new Map([
  ["against", 0],
  ["for", 1],
  ["abstain", 2],
]);
const POLL_MS = 500;
/** What --wait waits for at most, in seconds: the sandbox's whole vote and delay, and not days. */
const LONGEST_WAIT = 600;

const WAIT: Options = {
  wait: { about: `wait until it is time, at most ${LONGEST_WAIT} s` },
};

/** States from which a proposal comes to the wanted one by time alone. */
const BEFORE: Readonly<Partial<Record<ProposalState, readonly ProposalState[]>>> = {
  Active: ["Pending"],
  Succeeded: ["Pending", "Active"],
  Queued: ["Queued"],
};

const isReady = ({ state, eta }: DaoProposalStatus, wanted: ProposalState, now: bigint): boolean =>
  state === wanted && (wanted !== "Queued" || eta <= now);

type Look = { readonly status: DaoProposalStatus; readonly now: bigint };

const lookAt = async ({ dao, provider }: Session, proposal: DaoProposal): Promise<Look> => {
  const now = await chainTime(provider);
  return { status: await statusOf(dao, proposal, now), now };
};

/**
 * Sees to it that a proposal is in the state that an act needs, waiting for it if told so. While it waits, a node that does
 * not answer is asked again.
 * @throws UsageError saying in which state it is instead and what it waits for
 */
const requireState = async (
  session: Session,
  proposal: DaoProposal,
  wanted: ProposalState,
): Promise<DaoProposalStatus> => {
  const until = performance.now() + LONGEST_WAIT * 1000;
  let look = await lookAt(session, proposal);
  while (!isReady(look.status, wanted, look.now)) {
    const { status, now } = look;
    const mayCome = session.values.has("wait") && BEFORE[wanted]?.includes(status.state) === true;
    if (!mayCome || performance.now() >= until) {
      throw new UsageError(`DAO proposal ${proposal.number} is ${status.state}: ${daoStatusWords(status, now)}`);
    }
    await sleep(POLL_MS);
    look = await lookAgain(() => lookAt(session, proposal), look);
  }
  return look.status;
};

/** Says what became of an act on a proposal. */
const tell = async (session: Session, proposal: DaoProposal, receipt: SentReceipt | undefined): Promise<void> => {
  const { dao, provider, inJson } = session;
  const now = await chainTime(provider);
  const status = await statusOf(dao, proposal, now);
  if (inJson) sayJson({ number: proposal.number, id: proposal.id, ...status, receipt });
  else {
    say(receiptLine(receipt));
    say(`DAO proposal ${proposal.number} is ${status.state}: ${daoStatusWords(status, now)}`);
  }
};

const governorCall = async ({ dao }: Session, data: string): Promise<DaoCall> => ({
  target: await dao.governor.getAddress(),
  value: 0n,
  data,
});

const voted = async (session: Session): Promise<number> => {
  const { dao, values } = session;
  const support = SUPPORT.get(required(values, "support"));
  if (support === undefined) throw new UsageError(`--support must be ${[...SUPPORT.keys()].join(", ")}`);
  const proposal = await namedProposal(session);
  const actor = await actorOf(session);
  const { voteStart } = await requireState(session, proposal, "Active");
  if (await dao.governor.hasVoted(proposal.id, actor.address)) {
    throw new UsageError(`${actor.address} has voted on DAO proposal ${proposal.number} already`);
  }
  const votes = await dao.token.getPastVotes(actor.address, voteStart);
  if (votes === 0n) {
    throw new UsageError(`${actor.address} had no votes when the vote on ${proposal.number} began: delegate before`);
  }
  const reason = values.get("reason") ?? "";
  const data = dao.governor.interface.encodeFunctionData("castVoteWithReason", [proposal.id, support, reason]);
  const receipt = await act(session, actor, await governorCall(session, data));
  if (!session.inJson) say(`${votesWords(votes)} votes ${required(values, "support")}`);
  await tell(session, proposal, receipt);
  return 0;
};

const queued = async (session: Session): Promise<number> => {
  const proposal = await namedProposal(session);
  const actor = await actorOf(session);
  await requireState(session, proposal, "Succeeded");
  const data = session.dao.governor.interface.encodeFunctionData("queue", [...actionOf(proposal)]);
  await tell(session, proposal, await act(session, actor, await governorCall(session, data)));
  return 0;
};

/**
 * The leaves that stand in the address book once the proposal took effect, so that agents can prove their calls.
 * @throws UsageError when the file's leaves are not what the proposal permits
 */
const leavesFor = async (session: Session, proposal: DaoProposal) => {
  const file = session.values.get("mandate");
  if (file === undefined) return undefined;
  return leavesOf(session.book, proposal, file);
};

const executed = async (session: Session): Promise<number> => {
  const { dao, book, bookPath, inJson } = session;
  const proposal = await namedProposal(session);
  const mandate = await leavesFor(session, proposal);
  const actor = await actorOf(session);
  await requireState(session, proposal, "Queued");
  const data = dao.governor.interface.encodeFunctionData("execute", [...actionOf(proposal)]);
  const receipt = await act(session, actor, await governorCall(session, data));
  if (receipt !== undefined && mandate !== undefined) await writeAddressBook(bookPath, { ...book, mandate });
  await tell(session, proposal, receipt);
  if (inJson || receipt === undefined || newMandateIn(book, proposal.calls) === undefined) return 0;
  if (mandate !== undefined) say(`${bookPath} now has the new leaves`);
  else say(`${bookPath} still has the old leaves: agents need the new ones under “mandate”`);
  return 0;
};

const cancelled = async (session: Session): Promise<number> => {
  const proposal = await namedProposal(session);
  const actor = await actorOf(session);
  const data = session.dao.governor.interface.encodeFunctionData("cancel", [...actionOf(proposal)]);
  await tell(session, proposal, await act(session, actor, await governorCall(session, data)));
  return 0;
};

/** Votes on a proposal of the DAO. */
export const vote: Command = {
  about: "vote on a proposal",
  takes: ID,
  example: "1 --support for --reason 'a wider mandate' --as alice",
  options: {
    support: needed({ value: "HOW", about: [...SUPPORT.keys()].join(", ") }),
    reason: { value: "TEXT", about: "why; it stands in the event" },
    ...WAIT,
    ...ACT_OPTIONS,
  },
  run: (values: Values) => withDao(values, voted),
};

/** Starts the delay of a proposal that passed. */
export const queue: Command = {
  about: "start the delay of a proposal that passed; anyone may",
  takes: ID,
  example: "1 --as alice --wait",
  options: { ...WAIT, ...ACT_OPTIONS },
  run: (values: Values) => withDao(values, queued),
};

/** Carries a proposal out after its delay. */
export const execute: Command = {
  about: "carry a proposal out after its delay; anyone may",
  takes: ID,
  example: "1 --as alice --wait --mandate mandate.json",
  options: {
    mandate: { value: "FILE", about: "the leaves of a new mandate, to be kept in the address book" },
    ...WAIT,
    ...ACT_OPTIONS,
  },
  run: (values: Values) => withDao(values, executed),
};

/** Cancels a proposal: the guardian's power, and the proposer's until the vote begins. */
export const cancel: Command = {
  about: "cancel a proposal: the guardian, or its proposer before the vote",
  takes: ID,
  example: "1 --as guardian",
  options: ACT_OPTIONS,
  run: (values: Values) => withDao(values, cancelled),
};
