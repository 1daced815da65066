import { writeFile } from "node:fs/promises";
import process from "node:process";
import { complain, endWithReader, say, sayLines, terminal, untilStopped } from "./lib/output.ts";
import { EXIT } from "./lib/program.ts";
import { DEFAULT_ALERTS } from "./lib/sandboxFiles.ts";
import { exitCodeOf } from "./lib/exitCode.ts";
import { reasonOf } from "../keepers/adapters/readers/reason.ts";
import { type StartOptions, checkMarketFile, parseStart } from "./start/arguments.ts";
import { captureOf } from "./run/episodes.ts";
import { createDisplay, createHeading } from "./start/display.ts";
import { DEFAULT_PORT, withGateway } from "./start/gateway.ts";
import { type Report, reportLines, reportOf } from "./start/report.ts";
import { type RunResult, runStart } from "./run/run.ts";
import { asProcesses } from "./start/processes.ts";
import { startFleet } from "./sandbox/keepers.ts";
import { refusedOf } from "../keepers/views/stories.ts";

/*
 * What `npm start` runs once everything is installed and compiled: a local Sei, NEXUS deployed on it, the agents, and a
 * view of what they do.
 */

/** When the user gave the command: the set-up says so, since installing and compiling count. */
const startedAtMs = (): number => {
  const told = Number(process.env["NEXUS_STARTED_AT_MS"]);
  return Number.isFinite(told) && told > 0 ? told : performance.timeOrigin;
};

const toReport = ({ state, span, measured }: RunResult): Report | undefined => {
  if (span === undefined || measured === undefined) return undefined;
  const { proposals, latencyMs, latencyBlocks, slow } = state;
  const blocks = span.last - span.first;
  return reportOf({ ...measured, blocks, proposals, refused: refusedOf(state), latencyMs, latencyBlocks, slow });
};

const cappedShareOf = ({ measured }: RunResult): number | null =>
  measured === undefined ? null : captureOf(measured.episodes, measured.trades).cappedShare;

const run = async (options: StartOptions): Promise<number> => {
  await checkMarketFile(options.marketFile);
  const { blocks, seed, marketFile, blocksPerRow, json, isProcesses } = options;
  const [stdout, heading] = [terminal(), createHeading()];
  const display = createDisplay({ stdout, startedAtMs: startedAtMs(), told: heading.told });
  const onReady = (url: string): void => {
    heading.add(url);
    if (stdout.isTTY !== true) display.observer.progress(`dashboard: ${url}`);
  };
  const served = withGateway(display.observer, { port: DEFAULT_PORT, onReady, onTrouble: display.observer.progress });
  const signal = untilStopped();
  signal.addEventListener("abort", display.close, { once: true });
  try {
    const world = { seed, marketFile, blocksPerRow, unanimous: false };
    const isMeasured = blocks !== undefined;
    const start = isProcesses ? await asProcesses(display.observer.progress) : startFleet;
    const adapt = { alerts: { dir: DEFAULT_ALERTS } };
    const result = await runStart({ world, blocks, signal, isMeasured, start, adapt }, served.observer);
    display.close();
    const report = toReport(result);
    if (report === undefined) {
      display.sumUp(result.state);
      say("stopped");
      return blocks === undefined ? EXIT.done : EXIT.wrong;
    }
    for (const line of reportLines(report, cappedShareOf(result))) say(line);
    if (json !== undefined) await writeFile(json, `${JSON.stringify(report, undefined, 2)}\n`);
    return 0;
  } finally {
    display.close();
    await served.close();
  }
};

const main = async (): Promise<number> => {
  const request = parseStart(process.argv.slice(2));
  if (request.kind === "run") return run(request.options);
  if (request.kind === "fault") complain(request.text);
  else sayLines(request.text.split("\n"));
  return request.kind === "fault" ? EXIT.misused : EXIT.done;
};

endWithReader();
try {
  process.exitCode = await main();
} catch (error) {
  complain(`nexus: ${reasonOf(error)}`);
  process.exitCode = exitCodeOf(error);
}
