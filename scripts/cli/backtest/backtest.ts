import { writeFileSync } from "node:fs";
import { formatUnits } from "ethers";
import type { BacktestResult } from "../../../keepers/backtest/run.ts";
import { backtest } from "../../../keepers/backtest/run.ts";
import { simulatedFleet } from "../../../keepers/backtest/fleet.ts";
import { evenCuts, lookahead } from "../../../keepers/backtest/lookahead.ts";
import type { SimulatedMarket } from "../../../keepers/backtest/market.ts";
import { type RecordSink, type Recorder, openRecorder } from "../../../keepers/backtest/recorder.ts";
import { type Summary, summaryOf } from "../../../keepers/backtest/summary.ts";
import { seededRandom } from "../../../keepers/core/random.ts";
import { type RecordedMarket, recordedMarket } from "../../backtest/market.ts";
import { HASHING, originHere, sha256 } from "../../backtest/origin.ts";
import { sandboxPlan, tokenAt } from "../../backtest/plan.ts";
import { type BacktestPolicy, readPolicy, sandboxPolicy } from "../../backtest/policy.ts";
import { readMarket } from "../../backtest/readMarket.ts";
import { openRecordFile } from "../../backtest/recordFile.ts";
import { reportHtml } from "../../backtest/report.ts";
import { type Command, type Values, required, wholeNumber } from "../../lib/command.ts";
import { complain, say, sayJson, untilStopped } from "../../lib/output.ts";
import { EXIT } from "../../lib/program.ts";
import { READING_OPTIONS } from "../endpoint.ts";
import { runDivergence } from "./divergence.ts";

const CUTS = 50;
const SHOWN_CUTS = 10;
/** What Sei asks for at a quiet time, in wei per gas. */
const BASE_FEE = 50_000_000_000n;
const PROGRESS_BLOCKS = 600;
const NOWHERE: RecordSink = { part: () => undefined, record: () => undefined };

type Setting = {
  readonly market: RecordedMarket;
  readonly policy: BacktestPolicy;
  readonly latency: number;
  readonly blocksPerRow: number;
  readonly seed: number;
};

const settingOf = (values: Values): Setting => {
  const csv = readMarket(required(values, "market"), { from: values.get("from"), to: values.get("to") });
  const path = values.get("policy");
  const [latency, seed] = [wholeNumber(values, "latency", 1) ?? 1, wholeNumber(values, "seed", 0) ?? 1];
  const blocksPerRow = latency + 2;
  const terms = { seed, blocksPerRow, latencyBlocks: latency, baseFee: BASE_FEE };
  const policy = path === undefined ? sandboxPolicy() : readPolicy(path);
  return { market: recordedMarket(csv, terms), policy, latency, blocksPerRow, seed };
};

/** Plays blocks of a market with the fleet of a setting. */
const play = (
  { market, policy, latency }: Setting,
  blocks: SimulatedMarket,
  more: { readonly recorder: Recorder; readonly isStopped: (blocks: number) => boolean },
): Promise<BacktestResult> =>
  backtest({
    plan: sandboxPlan(market.initial, policy.gas),
    market: blocks,
    fleet: (stage) => simulatedFleet(stage, policy.fleet),
    sending: policy.sending(latency),
    hashing: HASHING,
    record: (decided) => void more.recorder.record(decided),
    isStopped: more.isStopped,
  });

const dollars = (value: bigint): string => Number(formatUnits(value, 18)).toFixed(2);

const sayResult = (result: BacktestResult, summary: Summary, recorder: Recorder): void => {
  const { records, size } = recorder.counts();
  say(`${result.blocks} blocks, ${records} decisions, ${Math.round(size / Math.max(records, 1))} characters each`);
  for (const { strategy, enacted, reverted } of summary.effects) {
    say(`  ${strategy}: ${enacted} enacted, ${reverted} reverted`);
  }
  for (const { reason, count } of result.refusals) say(`  refused ${count} times: ${reason}`);
  const change = dollars(summary.endValue - summary.startValue);
  say(
    `value ${dollars(summary.startValue)} → ${dollars(summary.endValue)} $ (${change}); holding ${dollars(summary.heldValue)} $`,
  );
  const { coverage } = summary;
  say(
    coverage === undefined
      ? "no value at risk: it needs more than 720 minutes"
      : `value at risk of a minute exceeded ${coverage.hits} of ${coverage.trials} times (Kupiec p ${coverage.number.probability.toFixed(3)})`,
  );
  say(`profit and loss by cause sums to the change of value: residual ${result.report.residual}`);
  if (!result.isWhole) say("stopped before the end of the market; what is shown is what was played");
};

const jsonOf = (result: BacktestResult, summary: Summary, recorder: Recorder) => {
  const { report, refusals, troubles, blocks, isWhole } = result;
  const { minutes, ...figures } = summary;
  return {
    kind: "backtest",
    blocks,
    isWhole,
    minutes: minutes.length,
    ...figures,
    refusals,
    troubles,
    records: recorder.counts(),
    origin: originHere(),
    results: report.rows,
    residual: report.residual,
    tokenResiduals: report.tokenResiduals,
    performance: report.performance,
  };
};

const termsOf = ({ market, policy, latency, blocksPerRow, seed }: Setting): readonly string[] => [
  `${market.rows} recorded minutes from ${market.from} to ${market.to} UTC, each played as ${blocksPerRow} blocks`,
  `a transaction is in a block ${latency} after the one it was decided on, after strangers' trades; seed ${seed}`,
  `policy ${policy.text}`,
];

const runOnce = async (values: Values, setting: Setting): Promise<number> => {
  const path = values.get("record");
  const file = path === undefined ? undefined : openRecordFile(path);
  const recorder = openRecorder(originHere(), sha256, file ?? NOWHERE);
  const signal = untilStopped();
  const total = setting.market.rows * setting.blocksPerRow;
  const isStopped = (blocks: number): boolean => {
    if (blocks % PROGRESS_BLOCKS === 0) complain(`${Math.floor((100 * blocks) / total)} %`);
    return signal.aborted;
  };
  // An interrupted run leaves what it has.
  const result = await play(setting, setting.market.blocks, { recorder, isStopped }).finally(() => file?.close());
  const summary = summaryOf(result, tokenAt("USDC"));
  const page = values.get("report");
  if (page !== undefined) {
    const terms = termsOf(setting);
    writeFileSync(page, reportHtml({ result, summary, counts: recorder.counts(), origin: originHere(), terms }));
  }
  if (values.has("json")) sayJson(jsonOf(result, summary, recorder));
  else sayResult(result, summary, recorder);
  return result.isWhole ? EXIT.done : EXIT.wrong;
};

/** Plays the market up to each cut once more, with another future. */
const runLookahead = async (values: Values, setting: Setting): Promise<number> => {
  const blocks = [...setting.market.blocks];
  const run = async (market: SimulatedMarket, until: number) => {
    const traces: { readonly block: bigint; readonly hash: string }[] = [];
    let block = 0n;
    const sink: RecordSink = { part: () => undefined, record: (hash) => traces.push({ block, hash }) };
    const inner = openRecorder(originHere(), sha256, sink);
    const recorder: Recorder = {
      ...inner,
      record: (decided) => {
        ({ block } = decided);
        return inner.record(decided);
      },
    };
    await play(setting, market, { recorder, isStopped: (played) => played >= until });
    return traces;
  };
  const cuts = evenCuts(blocks, CUTS);
  const changed: { readonly cut: number; readonly block: bigint }[] = [];
  let seen = 0;
  for await (const result of lookahead(blocks, { cuts, random: seededRandom(setting.seed), run })) {
    if (result.changed !== undefined) changed.push({ cut: result.cut, block: result.changed });
    seen += 1;
    if (seen % SHOWN_CUTS === 0) complain(`${seen} of ${cuts.length} cuts`);
  }
  if (values.has("json")) sayJson({ kind: "lookahead", cuts: cuts.length, changed });
  else say(`${changed.length} of ${cuts.length} cuts changed a decision before them`);
  for (const { cut, block } of values.has("json") ? [] : changed) say(`  cut at ${cut}: first in block ${block}`);
  return changed.length === 0 ? EXIT.done : EXIT.wrong;
};

const run = (values: Values): Promise<number> => {
  if (values.has("divergence")) return runDivergence(values);
  const setting = settingOf(values);
  return values.has("lookahead") ? runLookahead(values, setting) : runOnce(values, setting);
};

/** Plays recorded minutes against the agents' own rounds; knows no chain and sends nothing. */
export const backtestCommand: Command = {
  about: "what the fleet would have done on recorded minutes, by the code that runs live; sends nothing",
  example: "--market usdc-weth.csv --report backtest.html",
  options: {
    market: {
      value: "FILES",
      about:
        "recorded minutes of USDC/WETH, as the sandbox replays them; several by commas; needed without --divergence",
    },
    policy: { value: "FILE", about: "settings of the agents by kind, in JSON; without it the sandbox's" },
    from: { value: "TIME", about: "the first minute, like “2023-08-16 14:30” in UTC" },
    to: { value: "TIME", about: "the minute to stop before" },
    latency: { value: "BLOCKS", about: "blocks from a decision to the transaction (1)" },
    seed: { value: "N", about: "for what the files do not say: SEI's path, and how late traders are (1)" },
    record: { value: "FILE", about: "write every decision, to be replayed by nexus replay" },
    report: { value: "FILE", about: "write the report as one HTML page" },
    lookahead: {
      about: `instead, change the future after ${CUTS} cuts and see whether a decision before them changes`,
    },
    divergence: {
      value: "RECORD",
      about: "instead, compare a searcher's decision log with what its chain says that the trades brought",
    },
    ...READING_OPTIONS,
  },
  run,
};
