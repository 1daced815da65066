import { signedText } from "./amounts.ts";
import { callWords } from "./calls.ts";
import type { Names } from "./names.ts";
import { reasonWords } from "./reasons.ts";
import type { Story } from "./stories.ts";

/** What an outcome changed, token by token. */
const changeText = (story: Story, names: Names): string => {
  const result = story.result?.result;
  if (result?.kind !== "enacted") return "";
  const moved = result.changes.filter(({ change }) => change !== 0n);
  return moved
    .map(({ token, change }) => {
      const { symbol, decimals } = names.token(token) ?? { symbol: token, decimals: 0 };
      return `${signedText(change, decimals, 4)} ${symbol}`;
    })
    .join(", ");
};

/** How a proposal stands, in a few words. */
export const resultText = (story: Story, names: Names): string => {
  const { result, sentIn, reviews } = story;
  if (result === undefined) {
    if (sentIn !== undefined) return `sent in #${sentIn}`;
    return reviews.some(({ isFor }) => !isFor) ? "refused by a voter" : "voting";
  }
  if (result.result.kind === "reverted") return `reverted: ${result.result.error}`;
  if (result.result.kind === "expired") return `expired: ${result.result.why}`;
  const { block, latencyMs } = result;
  return `enacted in #${block}, ${changeText(story, names)}, ${latencyMs.toFixed(0)} ms`;
};

const reviewsText = ({ proposer, reviews }: Story): string =>
  [
    `${proposer} ✓`,
    ...reviews.map(({ agent, isFor, reason }) => (isFor ? `${agent} ✓` : `${agent} ✗ ${reasonWords(reason)}`)),
  ].join("  ");

/** A proposal's lines: what it claims and how it stands, its calls, its votes. */
export const storyLines = (story: Story, names: Names): readonly string[] => {
  const { expectedProfit, block, proposal } = story.message;
  const { symbol, decimals } = names.token(expectedProfit.token) ?? { symbol: expectedProfit.token, decimals: 0 };
  return [
    `#${block} ${signedText(expectedProfit.amount, decimals, 4)} ${symbol} → ${resultText(story, names)}`,
    ...proposal.calls.map((call) => `    ${callWords(call, names)}`),
    `    ${reviewsText(story)}`,
  ];
};
