import { type ChildProcess, fork } from "node:child_process";
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { tableLines } from "../../scripts/bench/table.ts";
import { codeDigest } from "../../scripts/lib/codeDigest.ts";
import { type FaultResult, runFaults } from "../support/faultRun.ts";
import { createPusher, startKeeperWorld } from "../support/keeperWorld.ts";

export type FaultSoak = {
  readonly count: number;
  readonly first: number;
  readonly workers: number;
  readonly seconds: number;
  readonly out: string;
};

/** The last fault is over so long before the end of a schedule. */
const CALM_MS = 5_000;
/** A schedule that trades again too late still says after how long. */
const PATIENCE_MS = 20_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** What came of a schedule that was not run to its end. */
const deadOf = (seed: number, death: string): FaultResult => ({
  seed,
  endpoints: 0,
  episodes: [],
  trades: 0,
  tradingAgainMs: undefined,
  doubled: 0,
  forgotten: 0,
  death,
});

/** Runs the schedules that the parent names, in one sandbox after the other's end, until it disconnects. */
export const runWorker = async (seconds: number): Promise<boolean> => {
  const ending = new AbortController();
  const world = await startKeeperWorld(1, ending.signal);
  const push = await createPusher(world);
  await world.sandbox.startMining();
  world.sandbox.startMarket();
  process.send?.({ kind: "ready" });
  for await (const seed of seedsFromParent()) {
    const run = { seed, durationMs: seconds * 1_000, calmMs: CALM_MS, patienceMs: PATIENCE_MS };
    const result = await runFaults(world, push, run).catch((error: unknown) => deadOf(seed, String(error)));
    process.send?.({ kind: "result", result });
  }
  await world.close();
  return true;
};

/** The parent's orders, until it disconnects. */
async function* seedsFromParent(): AsyncGenerator<number, void> {
  const waiting: number[] = [];
  let wake = (): void => undefined;
  process.on("message", (seed: number) => {
    waiting.push(seed);
    wake();
  });
  process.once("disconnect", () => wake());
  while (process.connected || waiting.length > 0) {
    const seed = waiting.shift();
    if (seed !== undefined) yield seed;
    else await new Promise<void>((resolve) => (wake = resolve));
  }
}

type Report = { readonly kind: "ready" } | { readonly kind: "result"; readonly result: FaultResult };

/** The code that a schedule runs. A result of another code says nothing of this one. */
const CODE = codeDigest(fileURLToPath(new URL("../../", import.meta.url)), [
  "deployments",
  "keepers",
  "scripts",
  "test/soak",
  "test/support",
]);

type Kept = FaultResult & { readonly code: string; readonly seconds: number };

const isKept = (value: unknown): value is Kept =>
  typeof value === "object" && value !== null && "seed" in value && "code" in value && value.code === CODE;

/** The results that the file holds of this code. */
const readResults = async (path: string): Promise<readonly Kept[]> => {
  const text = await readFile(path, "utf8").catch(() => "");
  const lines: unknown[] = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));
  return lines.filter(isKept);
};

const isWell = ({ doubled, forgotten, death, tradingAgainMs }: FaultResult): boolean =>
  doubled === 0 && forgotten === 0 && death === undefined && tradingAgainMs !== undefined && tradingAgainMs <= CALM_MS;

/** One worker at work: takes a seed whenever it has nothing to do. A worker that dies is a result. */
const employ = (
  seconds: number,
  next: () => number | undefined,
  keep: (result: FaultResult) => Promise<void>,
): Promise<void> =>
  new Promise((resolve) => {
    const child: ChildProcess = fork(
      fileURLToPath(new URL("main.ts", import.meta.url)),
      ["--worker", "--seconds", `${seconds}`],
      {
        execArgv: ["--import=tsx"],
      },
    );
    let current: number | undefined;
    const order = (): void => {
      current = next();
      if (current === undefined) child.disconnect();
      else child.send(current);
    };
    child.on("message", (report: Report) => {
      if (report.kind === "ready") order();
      else void keep(report.result).then(order);
    });
    child.on("exit", (code) => {
      if (current === undefined) resolve();
      else void keep(deadOf(current, `the process ended with code ${code}`)).then(resolve);
    });
  });

const totalsOf = (results: readonly FaultResult[]) => {
  const again = results.flatMap(({ tradingAgainMs }) => (tradingAgainMs === undefined ? [] : [tradingAgainMs]));
  const sorted = [...again].sort((a, b) => a - b);
  const sum = (of: (result: FaultResult) => number): number => results.reduce((total, result) => total + of(result), 0);
  return {
    schedules: results.length,
    faults: sum(({ episodes }) => episodes.length),
    trades: sum(({ trades }) => trades),
    doubled: sum(({ doubled }) => doubled),
    forgotten: sum(({ forgotten }) => forgotten),
    dead: results.filter(({ death }) => death !== undefined).length,
    "not trading again": results.filter(({ tradingAgainMs }) => tradingAgainMs === undefined).length,
    "again p50 ms": sorted[Math.floor(sorted.length / 2)] ?? 0,
    "again worst ms": sorted.at(-1) ?? 0,
  };
};

/** Runs the schedules that the file does not have yet of this code, and prints the totals of all. @returns whether all went well */
export const soakFaults = async ({ count, first, workers, seconds, out }: FaultSoak): Promise<boolean> => {
  await mkdir(dirname(out), { recursive: true });
  const wanted = Array.from({ length: count }, (_, index) => first + index);
  const resultsHere = async () => (await readResults(out)).filter((result) => result.seconds === seconds);
  const done = new Set((await resultsHere()).map(({ seed }) => seed));
  const left = wanted.filter((seed) => !done.has(seed));
  const keep = async (result: FaultResult): Promise<void> => {
    await appendFile(out, `${JSON.stringify({ ...result, code: CODE, seconds } satisfies Kept)}\n`);
    const { seed, endpoints, trades, tradingAgainMs, death } = result;
    const again = tradingAgainMs === undefined ? "not trading again" : `trading again after ${tradingAgainMs} ms`;
    say(
      `seed ${seed}: ${isWell(result) ? "well" : "NOT WELL"}, ${endpoints} endpoint(s), ${trades} trades, ${death ?? again}`,
    );
  };
  const team = Array.from({ length: Math.min(workers, left.length) }, () => employ(seconds, () => left.shift(), keep));
  await Promise.all(team);
  const results = (await resultsHere()).filter(({ seed }) => wanted.includes(seed));
  tableLines([totalsOf(results)]).forEach(say);
  return results.length === count && results.every(isWell);
};
