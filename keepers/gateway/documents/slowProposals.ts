import { CRITICAL } from "../../core/ballot.ts";
import type { AddressBook } from "../../../deployments/schema.ts";
import { describeCall } from "../../adapters/readers/daoCalls.ts";
import { titleOf } from "../../adapters/readers/daoProposals.ts";
import { printable } from "../../core/printable.ts";
import { daoStatusWords } from "../../views/daoStatus.ts";
import type { Names } from "../../views/names.ts";
import { sentenceOf } from "../../views/sentences.ts";
import { slowStatusWords } from "../../views/slowStatus.ts";
import { type SlowStory, slowText } from "../../views/slowStories.ts";
import type { ChainDaoProposal, ChainProposal } from "../reading/readings.ts";
import type { ProposalSummary, StateDocument, VoteDocument } from "../schema/proposals.ts";
import { voteOf } from "./fastProposals.ts";

type Code = StateDocument["code"];

/** The words may hold what a guardian gave as a reason. */
const state = (code: Code, words: string, isOpen: boolean): StateDocument => ({
  code,
  words: printable(words),
  isOpen,
});

const END_CODES: Readonly<Record<NonNullable<SlowStory["end"]>["how"], Code>> = {
  executed: "executed",
  vetoed: "vetoed",
  expired: "expired",
  refused: "refused",
  outvoted: "defeated",
};

const storyState = (story: SlowStory, now: bigint, names: Names): StateDocument => {
  const words = slowText(story, now, names);
  if (story.end !== undefined) return state(END_CODES[story.end.how], words, false);
  if (story.status?.state === "Queued") return state("queued", words, true);
  return state("voting", words, true);
};

/** A proposal on the slow path as the fleet tells it. `now` in Unix seconds. */
export const storySummary = (story: SlowStory, now: bigint, names: Names): ProposalSummary => {
  const { proposed, proposer, ballots, status } = story;
  const from = status?.executableFrom;
  return {
    id: proposed.hash,
    path: "slow",
    riskClass: proposed.riskClass === CRITICAL ? "Critical" : "Elevated",
    sentence: sentenceOf(proposed.proposal.calls, names),
    state: storyState(story, now, names),
    block: Number(proposed.block),
    proposer,
    votes: ballots.map(voteOf),
    result: null,
    latencyMs: null,
    latencyBlocks: null,
    deadline: Number(proposed.proposal.deadline),
    executableFrom: from === undefined ? null : Number(from),
  };
};

const CHAIN_CODES = { Voting: "voting", Queued: "queued", Executed: "executed", Vetoed: "vetoed" } as const;

const votesOf = ({ voters }: ChainProposal): readonly VoteDocument[] =>
  (["for", "against", "abstain"] as const).flatMap((support) =>
    voters[support].map((voter) => ({ voter, support, reason: null, untrustedDetail: null })),
  );

/** A proposal on the slow path as the chain has it. `now` in Unix seconds. */
export const chainSummary = (told: ChainProposal, now: bigint, names: Names): ProposalSummary => {
  const { proposed, status, content } = told;
  const isLate = now > (status.state === "Voting" ? status.votesUntil : status.deadline);
  const isOpen = (status.state === "Voting" || status.state === "Queued") && !isLate;
  const code =
    isLate && (status.state === "Voting" || status.state === "Queued") ? "expired" : CHAIN_CODES[status.state];
  return {
    id: proposed.hash,
    path: "slow",
    riskClass: proposed.riskClass,
    sentence: content === undefined ? "Calls that its transaction does not show" : sentenceOf(content.calls, names),
    state: state(code, slowStatusWords(status, now), isOpen),
    block: proposed.block,
    proposer: `agent ${proposed.agentId}`,
    votes: [...votesOf(told)],
    result: null,
    latencyMs: null,
    latencyBlocks: null,
    deadline: Number(proposed.deadline),
    executableFrom: status.state === "Queued" ? Number(status.votesUntil + 1n) : null,
  };
};

const DAO_CODES: Readonly<Record<ChainDaoProposal["status"]["state"], Code>> = {
  Pending: "voting",
  Active: "voting",
  Succeeded: "voting",
  Queued: "queued",
  Defeated: "defeated",
  Canceled: "canceled",
  Expired: "expired",
  Executed: "executed",
};

/** The governor's number of a proposal as the id of this gateway. */
export const daoId = (id: bigint): string => `0x${id.toString(16)}`;

const daoSentence = ({ proposal }: ChainDaoProposal, book: AddressBook): string =>
  printable(proposal.calls.map((call) => describeCall(book, call)[0] ?? "").join("; "));

/** A proposal of the DAO. `now` in Unix seconds. */
export const daoSummary = (told: ChainDaoProposal, now: bigint, book: AddressBook): ProposalSummary => {
  const { proposal, status } = told;
  const code = DAO_CODES[status.state];
  return {
    id: daoId(proposal.id),
    path: "dao",
    riskClass: null,
    sentence: daoSentence(told, book),
    state: state(code, daoStatusWords(status, now), code === "voting" || code === "queued"),
    block: proposal.block,
    proposer: proposal.proposer,
    votes: [],
    result: null,
    latencyMs: null,
    latencyBlocks: null,
    deadline: Number(status.expiry > 0n ? status.expiry : status.voteEnd),
    executableFrom: status.eta > 0n ? Number(status.eta) : null,
  };
};

/** What the author of a DAO proposal wrote. */
export const daoText = ({ proposal }: ChainDaoProposal): string => titleOf(proposal.description);
