import { decimal } from "../../keepers/views/amounts.ts";
import { type Episode, type Taken, captureOf } from "../run/episodes.ts";
import { reasonWords } from "../../keepers/views/reasons.ts";
import type { SlowState } from "../../keepers/views/slowStories.ts";
import { type Spread, spreadOf } from "../../keepers/views/percentile.ts";

/** What a run is told by; amounts in the base token's units. */
export type RunFacts = {
  readonly blocks: number;
  readonly decimals: number;
  readonly proposals: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly episodes: readonly Episode[];
  readonly trades: readonly Taken[];
  readonly treasuryBefore: bigint;
  readonly treasuryAfter: bigint;
  readonly profitGross: bigint;
  readonly gasPaid: bigint;
  readonly latencyMs: readonly number[];
  readonly latencyBlocks: readonly number[];
  /** The slow path by the agents' word, and what the chain says of it. */
  readonly slow: SlowState;
  readonly slowExecuted: number;
  readonly slowChange: bigint;
};

/** The slow path in the report. `changed`: by how much its executions changed the treasury, at the last block's prices. */
export type SlowReport = {
  readonly proposals: number;
  readonly executed: number;
  readonly vetoed: number;
  /** Ended otherwise: refused by voters, outvoted, or not carried out in time. */
  readonly lapsed: number;
  readonly open: number;
  readonly votesFor: number;
  readonly votesAgainst: number;
  readonly changed: string;
};

/** What `--json` writes; amounts are decimal strings in USDC. */
export type Report = {
  readonly blocks: number;
  readonly opportunities: number;
  readonly proposals: number;
  readonly enacted: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly treasuryBefore: string;
  readonly treasuryAfter: string;
  readonly profitGross: string;
  readonly gasPaid: string;
  readonly profitNet: string;
  /** Share of what brute force found; null when it found nothing. */
  readonly captured: number | null;
  readonly latencyMs: Spread;
  readonly latencyBlocks: Spread;
  readonly slow: SlowReport;
};

const tenths = (value: number): number => Math.round(value * 10) / 10;

const slowReportOf = ({ slow, slowExecuted, slowChange, decimals }: RunFacts): SlowReport => {
  const { proposed, ends, votesFor, votesAgainst } = slow;
  const vetoed = ends.vetoed ?? 0;
  const lapsed = (ends.refused ?? 0) + (ends.outvoted ?? 0) + (ends.expired ?? 0);
  const open = proposed - slowExecuted - vetoed - lapsed;
  const counts = { proposals: proposed, executed: slowExecuted, vetoed, lapsed, open };
  return { ...counts, votesFor, votesAgainst, changed: decimal(slowChange, decimals) };
};

/** The report of a run. Pure. */
export const reportOf = (facts: RunFacts): Report => {
  const money = (units: bigint): string => decimal(units, facts.decimals);
  return {
    blocks: facts.blocks,
    opportunities: facts.episodes.length,
    proposals: facts.proposals,
    enacted: facts.trades.length,
    refused: facts.refused,
    treasuryBefore: money(facts.treasuryBefore),
    treasuryAfter: money(facts.treasuryAfter),
    profitGross: money(facts.profitGross),
    gasPaid: money(facts.gasPaid),
    profitNet: money(facts.profitGross - facts.gasPaid),
    captured: captureOf(facts.episodes, facts.trades).share,
    latencyMs: spreadOf(facts.latencyMs.map(tenths)),
    latencyBlocks: spreadOf(facts.latencyBlocks),
    slow: slowReportOf(facts),
  };
};

const percent = (share: number | null): string =>
  share === null ? "nothing to capture" : `${(share * 100).toFixed(2)} %`;

/** The report for people; `capped` is told beside the share since several trades in one gap make that one exceed 100 %. */
export const reportLines = (report: Report, capped: number | null): readonly string[] => {
  const { latencyMs, latencyBlocks, refused, captured, slow } = report;
  const reasons = Object.entries(refused).map(([reason, n]) => `${n} × ${reasonWords(reason)}`);
  return [
    `${report.blocks} blocks, ${report.opportunities} gaps, ${report.proposals} proposals, ${report.enacted} enacted`,
    `not enacted: ${reasons.join(", ") || "none"}`,
    `treasury ${report.treasuryBefore} → ${report.treasuryAfter} USDC`,
    `profit ${report.profitGross} gross, ${report.gasPaid} gas, ${report.profitNet} net`,
    `slow path: ${slow.proposals} proposed, ${slow.executed} executed, ${slow.vetoed} vetoed, ${slow.lapsed} lapsed, ${slow.open} open; ${slow.votesFor} votes for, ${slow.votesAgainst} against; treasury changed by ${slow.changed} USDC`,
    `captured ${percent(captured)} of the gaps' largest single trades; ${percent(capped)} with no gap counted above its own`,
    `latency p50 ${latencyMs.p50 ?? "–"} ms, p99 ${latencyMs.p99 ?? "–"} ms · p50 N+${latencyBlocks.p50 ?? "–"}, p99 N+${latencyBlocks.p99 ?? "–"}`,
  ];
};
