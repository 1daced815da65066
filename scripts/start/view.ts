import type { TokenState } from "../../keepers/core/chainView.ts";
import { amountText, signedText } from "./amounts.ts";
import { type Names, priceFrom } from "./names.ts";
import { spreadOf } from "./percentile.ts";
import { type SlowState, slowLines } from "./slow.ts";
import { type FaceState, type Story, refusedOf } from "./state.ts";
import { callWords } from "./words.ts";

/** What the view tells beside the agents' events. */
export type ViewContext = {
  readonly names: Names;
  readonly title: string;
  readonly elapsedMs: number;
  readonly agents: number;
  readonly columns: number;
  readonly rows: number;
};

/** How much of the screen the slow path may fill: two or three proposals. */
const SLOW_ROWS = 9;
const WAD_DECIMALS = 18;
const USDC_DECIMALS = 6;

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(0)} s`;

/** A price with half of its band's width, in percent of the middle. */
const priceText = ({ token, status, price }: TokenState, names: Names): string => {
  const symbol = names.token(token)?.symbol ?? token;
  if (status !== "Ready") return `${symbol} ${status}`;
  const { middle, lower, upper } = price;
  const half = (Number(upper - lower) / 2 / Number(middle)) * 100;
  return `${symbol} $${amountText(middle, WAD_DECIMALS, middle > 10n ** 19n ? 2 : 5)} ± ${half.toFixed(2)} %`;
};

const poolTexts = ({ pools }: FaceState, names: Names): readonly string[] =>
  pools.flatMap(({ pool, sqrtPriceX96 }) => {
    const name = names.pool(pool);
    return name === undefined ? [] : [`${name.label} ${priceFrom(name, sqrtPriceX96).toPrecision(6)}`];
  });

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
  [`${proposer} ✓`, ...ballots.map(({ agent, isFor, reason }) => (isFor ? `${agent} ✓` : `${agent} ✗ ${reason}`))].join(
    "  ",
  );

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

const figure = (value: number | null, unit: string): string => (value === null ? "–" : `${value.toFixed(0)}${unit}`);

const latencyLine = ({ latencyMs, latencyBlocks }: FaceState): string => {
  const [ms, blocks] = [spreadOf(latencyMs), spreadOf(latencyBlocks)];
  const inBlocks = `p50 N+${figure(blocks.p50, "")}, p99 N+${figure(blocks.p99, "")}`;
  return `p50 ${figure(ms.p50, " ms")}, p99 ${figure(ms.p99, " ms")} · ${inBlocks} · ${latencyMs.length} trades`;
};

const countsText = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([reason, n]) => `${n} ${reason}`)
    .join(", ");

const label = (name: string, text: string): string => `${name.padEnd(10)}${text}`;

const slowCounts = ({ proposed, ends }: SlowState): string => {
  const open = proposed - Object.values(ends).reduce((sum, n) => sum + n, 0);
  return `${proposed} proposals, ${open} under way; ${countsText(ends) || "none ended"}`;
};

const treasuryText = ({ view }: FaceState): string => {
  const value = view?.treasuryValue;
  if (value === undefined) return "no price";
  return amountText((value.lower + value.upper) / 2n, USDC_DECIMALS, 4);
};

/** The whole screen, one string a line, none longer than the terminal is wide and no more than it is high. Pure. */
export const viewLines = (state: FaceState, context: ViewContext): readonly string[] => {
  const { names, title, elapsedMs, agents, columns, rows } = context;
  const { view, looks, gaps, lastWhy, proposals, enacted, lastTrouble } = state;
  const gainText = `${signedText(state.gained, USDC_DECIMALS, 4)} USDC gained, ${amountText(state.gasWei, WAD_DECIMALS, 4)} SEI of gas`;
  const lines = [
    `${title} · block ${view?.block ?? "–"} · ${seconds(elapsedMs)} · ${state.up.size} of ${agents} connections up`,
    "",
    label("Oracles", (view?.tokens ?? []).map((token) => priceText(token, names)).join("   ")),
    ...poolTexts(state, names).map((text, index) => label(index === 0 ? "Pools" : "", text)),
    label("Gaps", `in ${gaps} of ${looks} blocks · now ${lastWhy ?? "one worth a trade"}`),
    label("Votes", `${proposals} proposals, ${enacted} enacted; the rest: ${countsText(refusedOf(state)) || "none"}`),
    label("Slow path", slowCounts(state.slow)),
    label("Treasury", `${treasuryText(state)} USDC · ${gainText}`),
    label("Latency", latencyLine(state)),
    ...(lastTrouble === undefined ? [] : [label("Trouble", lastTrouble)]),
    "",
  ];
  const now = view?.time ?? 0n;
  const slow = state.slow.stories.toReversed().flatMap((story) => slowLines(story, now, names));
  const newestFirst = state.stories.toReversed().flatMap((story) => storyLines(story, names));
  return [...lines, ...slow.slice(0, SLOW_ROWS), ...newestFirst].slice(0, rows).map((line) => line.slice(0, columns));
};
