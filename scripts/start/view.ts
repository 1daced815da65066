import type { TokenState } from "../../keepers/core/chainSnapshot.ts";
import { amountText, signedText } from "../../keepers/views/amounts.ts";
import { type Names, priceFrom } from "../../keepers/views/names.ts";
import { reasonWords } from "../../keepers/views/reasons.ts";
import { spreadOf } from "../../keepers/views/percentile.ts";
import { type SlowState, slowLines } from "../../keepers/views/slowStories.ts";
import { type DisplayState, refusedOf } from "../../keepers/views/stories.ts";
import { storyLines } from "../../keepers/views/storyLines.ts";

/** What the view tells beside the agents' events. */
export type ViewContext = {
  readonly names: Names;
  readonly title: string;
  readonly elapsedMs: number;
  readonly agents: number;
  /** What a corrupt quorum could take, in words; undefined until it is read. */
  readonly worstCase?: string | undefined;
  readonly columns: number;
  readonly rows: number;
};

/** Where less than so many rows are left for proposals, each is one line, and what helps to read them is left out. */
const ROOMY = 12;
/** The part of those rows that the slow path may fill. */
const SLOW_SHARE = 0.4;
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

const poolTexts = ({ pools }: DisplayState, names: Names): readonly string[] =>
  pools.flatMap(({ pool, sqrtPriceX96 }) => {
    const name = names.pool(pool);
    return name === undefined ? [] : [`${name.label} ${priceFrom(name, sqrtPriceX96).toPrecision(6)}`];
  });

/** How long a trade took, in words: by half of the trades, and by all but one in a hundred. */
export const latencyText = ({
  latencyMs,
  latencyBlocks,
}: Pick<DisplayState, "latencyMs" | "latencyBlocks">): string => {
  const [ms, blocks] = [spreadOf(latencyMs), spreadOf(latencyBlocks)];
  if (ms.p50 === null || ms.p99 === null) return "no trade yet";
  const within = (time: number, count: number | null): string =>
    `${time.toFixed(0)} ms, ${count ?? "?"} ${count === 1 ? "block" : "blocks"}`;
  return `half of the trades within ${within(ms.p50, blocks.p50)}; 99 in 100 within ${within(ms.p99, blocks.p99)}`;
};

const countsText = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([reason, n]) => `${n} × ${reasonWords(reason)}`)
    .join(", ");

const label = (name: string, text: string): string => `${name.padEnd(10)}${text}`;

const slowCounts = ({ proposed, ends }: SlowState): string => {
  const open = proposed - Object.values(ends).reduce((sum, n) => sum + n, 0);
  const ended = Object.entries(ends).map(([how, n]) => `${n} ${how}`);
  return `${proposed} proposals, ${open} under way; ${ended.join(", ") || "none ended"}`;
};

const treasuryText = ({ view }: DisplayState): string => {
  const value = view?.treasuryValue;
  if (value === undefined) return "no price";
  return `${amountText((value.lower + value.upper) / 2n, USDC_DECIMALS, 2)} USDC`;
};

const gainText = ({ gained, gasWei }: DisplayState): string =>
  `${signedText(gained, USDC_DECIMALS, 2)} USDC by trades, for ${amountText(gasWei, WAD_DECIMALS, 4)} SEI of gas`;

/** What matters at every size: the treasury, what trades brought, how many there were, and what is wrong. */
const firstLines = (state: DisplayState, { title, elapsedMs, agents }: ViewContext): readonly string[] => [
  `${title} · block ${state.view?.block ?? "–"} · ${seconds(elapsedMs)} · ${state.up.size} of ${agents} agents connected`,
  label("Treasury", `${treasuryText(state)}, ${gainText(state)}`),
  label(
    "Trades",
    `${state.enacted} of ${state.proposals} proposals; the rest: ${countsText(refusedOf(state)) || "none"}`,
  ),
  ...(state.lastTrouble === undefined ? [] : [label("Trouble", state.lastTrouble)]),
];

/** What helps to read the rest, where there is room. */
const secondLines = (state: DisplayState, { worstCase }: ViewContext): readonly string[] => [
  ...(worstCase === undefined ? [] : [label("At risk", worstCase)]),
  label("Slow path", slowCounts(state.slow)),
  label("Latency", latencyText(state)),
  label(
    "Gaps",
    `in ${state.opportunities} of ${state.blocksSeen} blocks; now ${state.lastWhy === undefined ? "one worth a trade" : reasonWords(state.lastWhy)}`,
  ),
];

const marketLines = (state: DisplayState, names: Names): readonly string[] => [
  label("Prices", (state.view?.tokens ?? []).map((token) => priceText(token, names)).join("   ")),
  ...poolTexts(state, names).map((text, index) => label(index === 0 ? "Pools" : "", text)),
];

/** The newest proposals, whole where there is room and else one line each; a part of the rows is for the slow path. */
const proposalLines = (state: DisplayState, { names }: ViewContext, room: number): readonly string[] => {
  const now = state.view?.time ?? 0n;
  const short = (lines: readonly string[]): readonly string[] => (room < ROOMY ? lines.slice(0, 1) : lines);
  const slow = state.slow.stories.toReversed().flatMap((story) => short(slowLines(story, now, names)));
  const fast = state.stories.toReversed().flatMap((story) => short(storyLines(story, names)));
  const forSlow = Math.min(slow.length, Math.max(Math.floor(room * SLOW_SHARE), room - fast.length));
  return [...fast.slice(0, Math.max(0, room - forSlow)), ...slow.slice(0, forSlow)];
};

const cut = (line: string, columns: number): string =>
  line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;

/**
 * The whole screen, one string a line, none longer than the terminal is wide and no more than it is high: treasury and
 * trades first, prices where room is left. Pure.
 */
export const viewLines = (state: DisplayState, context: ViewContext): readonly string[] => {
  const { names, columns, rows } = context;
  const first = firstLines(state, context);
  const second = rows - first.length < ROOMY ? [] : ["", ...secondLines(state, context)];
  const market = ["", ...marketLines(state, names)];
  const left = rows - first.length - second.length - 1;
  const isMarketShown = left - market.length >= ROOMY;
  const proposals = proposalLines(state, context, isMarketShown ? left - market.length : left);
  const lines = [
    ...first,
    ...second,
    ...(second.length === 0 ? [] : [""]),
    ...proposals,
    ...(isMarketShown ? market : []),
  ];
  return lines.slice(0, rows).map((line) => cut(line, columns));
};

/** What a run came to, for its end. */
export const summaryLines = (state: DisplayState, elapsedMs: number): readonly string[] => [
  `${seconds(elapsedMs)}, ${state.blocksSeen} blocks looked at, ${state.opportunities} of them with a gap worth a trade`,
  `${state.enacted} trades of ${state.proposals} proposals; the rest: ${countsText(refusedOf(state)) || "none"}`,
  `treasury ${treasuryText(state)}, ${gainText(state)}`,
  `latency: ${latencyText(state)}`,
  `slow path: ${slowCounts(state.slow)}`,
  ...(state.troubles === 0 ? [] : [`${state.troubles} troubles, the last: ${state.lastTrouble ?? ""}`]),
];
