import { spawn } from "node:child_process";
import { mkdtemp, readFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { z } from "zod";
import { removeFolder } from "../lib/removeFolder.ts";
import { type BenchTarget, atLeast, atMost } from "./targets.ts";

/** What `npm run soak -- --chaos` writes of one run. */
export const chaosResult = z.object({
  minutes: z.number(),
  trades: z.int(),
  /** Transactions of the fleet's senders that took effect, and how many of them no journal knows. */
  mined: z.int(),
  doubled: z.int(),
  forgotten: z.int(),
  /** Transactions whose end no journal knew when the fleet had been left alone. */
  stuck: z.int(),
  /** The fleet's exit code once it was stopped. */
  code: z.int().optional(),
  tradesAgainMs: z.number().optional(),
  killed: z.array(z.object({ what: z.string(), atMs: z.number(), backMs: z.number().optional() })),
});
export type ChaosResult = z.output<typeof chaosResult>;

const SOAK = resolve(import.meta.dirname, "../../test/soak/main.ts");
const MINUTES = 10;
/** Beyond the minutes: to build, to start, and to wait for what does not come. */
const MORE_MS = 600_000;
const MINUTE_MS = 60_000;

/** Runs a fleet of real processes under chaos, in a process of its own. @throws Error when it wrote no result */
const run = async (minutes: number): Promise<ChaosResult> => {
  const folder = await mkdtemp(join(tmpdir(), "nexus-bench-chaos-"));
  const out = join(folder, "result.json");
  try {
    const args = ["--import=tsx", SOAK, "--chaos", String(minutes), "--out", out];
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", "inherit", "inherit"],
      timeout: minutes * MINUTE_MS + MORE_MS,
    });
    await new Promise((ended, failed) => child.once("exit", ended).once("error", failed));
    const text = await readFile(out, "utf8").catch((cause: unknown) => {
      throw new Error("the chaos run came to no result: its own lines say why", { cause });
    });
    return chaosResult.parse(JSON.parse(text));
  } finally {
    await removeFolder(folder);
  }
};

const AGENT = "an agent's process";
const kindOf = (what: string): string => (what === "redis" || what === "orchestrator" ? what : AGENT);

/** One row for each kind of thing that was killed. */
export const chaosRows = ({ killed }: ChaosResult, load: number) =>
  [AGENT, "orchestrator", "redis"].map((kind) => {
    const own = killed.filter(({ what }) => kindOf(what) === kind);
    const back = own.flatMap(({ backMs }) => (backMs === undefined ? [] : [backMs])).toSorted((a, b) => a - b);
    return {
      killed: kind,
      times: own.length,
      "back p50 ms": back[Math.floor(back.length / 2)] ?? 0,
      "back worst ms": back.at(-1) ?? 0,
      "not back": own.length - back.length,
      load: Math.round(load * 10) / 10,
    };
  });

/** What a chaos run must say: all is back, and nothing is doubled, forgotten or stuck. At least every quarter of a minute something is killed. */
export const chaosTargets = (result: ChaosResult): readonly BenchTarget[] => [
  atLeast("kills a minute", result.killed.length / result.minutes, 4),
  atMost("killed and not back", result.killed.filter(({ backMs }) => backMs === undefined).length, 0),
  atLeast("trades a minute", result.trades / result.minutes, 1),
  atLeast("transactions that took effect", result.mined, result.trades),
  atMost("proposals enacted twice", result.doubled, 0),
  atMost("transactions that no journal knows", result.forgotten, 0),
  atMost("transactions without an end", result.stuck, 0),
  atMost("exit code of the fleet once it was stopped", result.code, 0),
];

/** Ten minutes of chaos over real processes, a real Redis and the sandbox. `load`: of the machine, when it began. */
export const benchChaos = async (): Promise<{ readonly result: ChaosResult; readonly load: number }> => {
  const load = loadavg()[0] ?? 0;
  return { result: await run(MINUTES), load };
};
