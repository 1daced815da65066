import { signedText } from "./amounts.ts";
import { callWords } from "./calls.ts";
import type { Names } from "./names.ts";
import { reasonWords } from "./reasons.ts";
import type { Story } from "./stories.ts";

/** What an outcome changed, token by token. */
const changeText = (story: Story, names: Names): string => {
  const outcome = story.outcome?.outcome;
  if (outcome?.kind !== "enacted") return "";
  const moved = outcome.changes.filter(({ change }) => change !== 0n);
  return moved
    .map(({ token, change }) => {
      const { symbol, decimals } = names.token(token) ?? { symbol: token, decimals: 0 };
      return `${signedText(change, decimals, 4)} ${symbol}`;
    })
    .join(", ");
};

/** How a proposal stands, in a few words. */
export const resultText = (story: Story, names: Names): string => {
  const { outcome, sentIn, ballots } = story;
  if (outcome === undefined) {
    if (sentIn !== undefined) return `sent in #${sentIn}`;
    return ballots.some(({ isFor }) => !isFor) ? "refused by a voter" : "voting";
  }
  if (outcome.outcome.kind === "reverted") return `reverted: ${outcome.outcome.error}`;
  if (outcome.outcome.kind === "expired") return `expired: ${outcome.outcome.why}`;
  const { block, latencyMs } = outcome;
  return `enacted in #${block}, ${changeText(story, names)}, ${latencyMs.toFixed(0)} ms`;
};

const ballotsText = ({ proposer, ballots }: Story): string =>
  [
    `${proposer} ✓`,
    ...ballots.map(({ agent, isFor, reason }) => (isFor ? `${agent} ✓` : `${agent} ✗ ${reasonWords(reason)}`)),
  ].join("  ");

/** A proposal's lines: what it claims and how it stands, its calls, its votes. */
export const storyLines = (story: Story, names: Names): readonly string[] => {
  const { claim, block, proposal } = story.message;
  const { symbol, decimals } = names.token(claim.token) ?? { symbol: claim.token, decimals: 0 };
  return [
    `#${block} ${signedText(claim.profit, decimals, 4)} ${symbol} → ${resultText(story, names)}`,
    ...proposal.calls.map((call) => `    ${callWords(call, names)}`),
    `    ${ballotsText(story)}`,
  ];
};
