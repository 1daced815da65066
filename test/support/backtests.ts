import type { MarketBlock, SimulatedMarket } from "../../keepers/backtest/market.ts";
import { type Origin, openRecorder } from "../../keepers/backtest/recorder.ts";
import { type BacktestInput, type BacktestResult, backtest } from "../../keepers/backtest/run.ts";
import { simulatedFleet } from "../../keepers/backtest/fleet.ts";
import { recordedMarket } from "../../scripts/backtest/market.ts";
import { HASHING, sha256 } from "../../scripts/backtest/origin.ts";
import { sandboxPlan } from "../../scripts/backtest/plan.ts";
import { sandboxPolicy } from "../../scripts/backtest/policy.ts";
import { recordedCsv } from "./recordedFlow.ts";

export const ORIGIN: Origin = { code: "code", engine: "engine" };

/** The first minutes of a recorded day as a market, and what a backtest of it needs. */
export const marketOf = (day: number, minutes: number) => {
  const terms = { seed: 1, blocksPerRow: 3, latencyBlocks: 1, baseFee: 50_000_000_000n };
  return recordedMarket(recordedCsv(day, minutes), terms);
};

export type Played = {
  readonly result: BacktestResult;
  readonly records: readonly (readonly [hash: string, text: string])[];
  readonly blocks: readonly bigint[];
  readonly parts: ReadonlyMap<string, string>;
};

/** Plays a market with the sandbox's fleet, or another one, and keeps its records. */
export const played = async (
  market: { readonly initial: ReturnType<typeof marketOf>["initial"]; readonly blocks: SimulatedMarket },
  more: Partial<Pick<BacktestInput, "fleet" | "isStopped">> = {},
): Promise<Played> => {
  const policy = sandboxPolicy();
  const parts = new Map<string, string>();
  const records: (readonly [string, string])[] = [];
  const blocks: bigint[] = [];
  const recorder = openRecorder(ORIGIN, sha256, {
    part: (name, text) => {
      if (parts.has(name)) throw new Error(`the part ${name} is kept twice`);
      parts.set(name, text);
    },
    record: (hash, text) => records.push([hash, text]),
  });
  const result = await backtest({
    plan: sandboxPlan(market.initial, policy.gas),
    market: market.blocks,
    fleet: (stage) => simulatedFleet(stage, policy.fleet),
    sending: policy.sending(1),
    hashing: HASHING,
    record: (decided) => {
      blocks.push(decided.block);
      recorder.record(decided);
    },
    ...more,
  });
  return { result, records, blocks, parts };
};

/** The decisions of a run as a look-ahead compares them. */
export const tracesOf = ({ records, blocks }: Played) =>
  records.map(([hash], index) => ({ block: blocks[index] ?? 0n, hash }));

export type Blocks = readonly MarketBlock[];
