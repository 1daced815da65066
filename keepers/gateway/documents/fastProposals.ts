import { printable } from "../../core/printable.ts";
import { CLASSES } from "../../core/riskClass.ts";
import { amountText } from "../../views/amounts.ts";
import { reasonFor } from "../../views/reasons.ts";
import { sentenceOf } from "../../views/sentences.ts";
import type { AgentReview, Story } from "../../views/stories.ts";
import { resultText } from "../../views/storyLines.ts";
import type { Amount } from "../schema/common.ts";
import type { ProposalSummary, StateDocument, VoteDocument } from "../schema/proposals.ts";
import type { Names } from "../../views/names.ts";
import { reasonDocument, tokenAmount } from "./amounts.ts";

/** One voice, of either path. */
export const voteOf = ({ agent, isFor, reason }: Pick<AgentReview, "agent" | "isFor" | "reason">): VoteDocument => ({
  voter: agent,
  support: isFor ? "for" : "against",
  reason: isFor ? null : reasonDocument(reason),
  untrustedDetail: null,
});

const NUMBERS = ["no", "one", "two", "three", "four", "five", "six"];

/** Why it was refused, by whom, in words: the reason that most refusers gave. */
const refusedWords = (against: readonly AgentReview[]): string => {
  const [first] = against;
  const many = NUMBERS[against.length] ?? String(against.length);
  const who = against.length === 1 ? (first?.agent ?? "a reviewer") : `${many} reviewers`;
  return `refused by ${who}: ${reasonFor(first?.reason ?? "").what}`;
};

/** How a proposal on the fast path stands. `isNewest`: none came after it. */
export const fastState = (story: Story, names: Names, isNewest: boolean): StateDocument => {
  const { result, sentIn, reviews } = story;
  const words = printable(resultText(story, names));
  if (result?.result.kind === "enacted") return { code: "enacted", words, isOpen: false };
  if (result?.result.kind === "reverted") return { code: "reverted", words, isOpen: false };
  if (result !== undefined) return { code: "expired", words, isOpen: false };
  if (sentIn !== undefined) return { code: "sent", words, isOpen: true };
  const against = reviews.filter(({ isFor }) => !isFor);
  if (against.length > 0) return { code: "refused", words: refusedWords(against), isOpen: false };
  return isNewest
    ? { code: "voting", words: "voters look at it", isOpen: true }
    : { code: "expired", words: "overtaken by a newer proposal", isOpen: false };
};

/** What it brought in the token that its proposer claimed a profit in. */
const resultOf = ({ message, result }: Story, names: Names): Amount | null => {
  if (result?.result.kind !== "enacted") return null;
  const { token } = message.expectedProfit;
  const change = result.result.changes.find((one) => one.token === token)?.change ?? 0n;
  return tokenAmount(token, change, names);
};

/** A proposal on the fast path, in short. */
export const fastSummary = (story: Story, names: Names, isNewest: boolean): ProposalSummary => {
  const { message, proposer, reviews, result } = story;
  return {
    id: message.hash,
    path: "fast",
    riskClass: CLASSES[0],
    sentence: sentenceOf(message.proposal.calls, names),
    state: fastState(story, names, isNewest),
    block: Number(message.block),
    proposer,
    votes: [{ voter: proposer, support: "for", reason: null, untrustedDetail: null }, ...reviews.map(voteOf)],
    result: resultOf(story, names),
    latencyMs: result?.latencyMs ?? null,
    latencyBlocks: result?.latencyBlocks ?? null,
    deadline: Number(message.proposal.deadline),
    executableFrom: null,
  };
};

/** What the proposer of a fast one says: the profit that it claims. */
export const claimText = ({ message: { expectedProfit } }: Story, names: Names): string => {
  const { symbol, decimals } = names.token(expectedProfit.token) ?? { symbol: expectedProfit.token, decimals: 0 };
  return `claims a profit of ${amountText(expectedProfit.amount, decimals, Math.min(decimals, 4))} ${symbol}`;
};
