import { untilStopped } from "../lib/output.ts";
import { spreadOf } from "../../keepers/views/percentile.ts";
import { type Observer, runStart } from "../run/run.ts";

/** One row of the latency table: from the block in which a gap is visible to the trade that takes it. */
export type LatencyRow = {
  readonly flow: "gap-to-trade";
  readonly system: "nexus";
  readonly measure: string;
  readonly value: number;
  readonly unit: "blocks" | "ms" | "trades";
};

const BLOCKS = 150;
const SEED = 1;

const QUIET: Observer = {
  progress: () => undefined,
  opened: () => undefined,
  event: () => undefined,
  closed: () => undefined,
};

/**
 * Runs the whole fleet on a moving market for 150 blocks of 400 ms, where all five voters must have simulated a proposal on
 * their own connections and voted for it. Takes about a minute and a half.
 * @throws Error when nothing was traded: there is nothing to measure then
 */
export const benchLatency = async (): Promise<readonly LatencyRow[]> => {
  const world = { seed: SEED, marketFile: undefined, blocksPerRow: undefined, unanimous: true };
  const options = { world, blocks: BLOCKS, signal: untilStopped(), isMeasured: false };
  const { state } = await runStart(options, QUIET);
  const [blocks, ms] = [spreadOf(state.latencyBlocks), spreadOf(state.latencyMs)];
  if (blocks.p50 === null || blocks.p99 === null || ms.p50 === null || ms.p99 === null) {
    throw new Error(`no trade in ${BLOCKS} blocks, ${state.proposals} proposals: ${JSON.stringify(state.refused)}`);
  }
  const row = { flow: "gap-to-trade", system: "nexus" } as const;
  return [
    { ...row, measure: "proposals", value: state.proposals, unit: "trades" },
    { ...row, measure: "enacted", value: state.enacted, unit: "trades" },
    { ...row, measure: "p50", value: blocks.p50, unit: "blocks" },
    { ...row, measure: "p99", value: blocks.p99, unit: "blocks" },
    { ...row, measure: "p50", value: ms.p50, unit: "ms" },
    { ...row, measure: "p99", value: ms.p99, unit: "ms" },
  ];
};
