import { decimal } from "./amounts.ts";
import { type Episode, type Taken, captureOf } from "./episodes.ts";
import { type Spread, spreadOf } from "./percentile.ts";

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
};

const tenths = (value: number): number => Math.round(value * 10) / 10;

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
  };
};

const percent = (share: number | null): string =>
  share === null ? "nothing to capture" : `${(share * 100).toFixed(2)} %`;

/** The report for people; `capped` is told beside the share since several trades in one gap make that one exceed 100 %. */
export const reportLines = (report: Report, capped: number | null): readonly string[] => {
  const { latencyMs, latencyBlocks, refused, captured } = report;
  const reasons = Object.entries(refused).map(([reason, n]) => `${n} ${reason}`);
  return [
    `${report.blocks} blocks, ${report.opportunities} gaps, ${report.proposals} proposals, ${report.enacted} enacted`,
    `not enacted: ${reasons.join(", ") || "none"}`,
    `treasury ${report.treasuryBefore} → ${report.treasuryAfter} USDC`,
    `profit ${report.profitGross} gross, ${report.gasPaid} gas, ${report.profitNet} net`,
    `captured ${percent(captured)} of the gaps' largest single trades; ${percent(capped)} with no gap counted above its own`,
    `latency p50 ${latencyMs.p50 ?? "–"} ms, p99 ${latencyMs.p99 ?? "–"} ms · p50 N+${latencyBlocks.p50 ?? "–"}, p99 N+${latencyBlocks.p99 ?? "–"}`,
  ];
};
