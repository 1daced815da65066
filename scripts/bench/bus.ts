import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { createServer } from "node:net";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { percentile } from "../../keepers/views/percentile.ts";
import { type Mode, identityOf, microseconds } from "./bus/messages.ts";
import { openBenchBus } from "./bus/open.ts";
import { removeFolder } from "../lib/removeFolder.ts";

export type BusRow = {
  readonly system: Mode;
  /** What was sent a second. */
  readonly asked: number;
  /** What came a second, from the first to the last. */
  readonly came: number;
  /** What came for each second of the consumer's own processor time. */
  readonly perCore: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly lost: number;
  /** Of the machine, when the row began: above one, others were at work. */
  readonly load: number;
};

const BROUGHT = ".nexus/redis/redis-server";
const SECONDS = 8;
const START_MS = 10_000;
const ALLOWED = { burst: 1_000_000, perSecond: 1_000_000 };
/** What is asked: the rates that must be kept, and the one at which latency is taken. */
const RUNS: readonly (readonly [Mode, number])[] = [
  ["raw", 4_500],
  ["signed", 4_500],
  ["sealed", 4_000],
  ["raw", 1_000],
  ["signed", 1_000],
  ["sealed", 1_000],
];

const freePort = (): Promise<number> =>
  new Promise((found) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const at = server.address();
      server.close(() => found(typeof at === "object" && at !== null ? at.port : 0));
    });
  });

/** A server of the bench's own. */
const startServer = async (folder: string) => {
  const port = await freePort();
  const options = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no"];
  const child = spawn(existsSync(BROUGHT) ? BROUGHT : "redis-server", options, { stdio: "ignore" });
  const dead = once(child, "exit").then(() => Promise.reject(new Error("it has ended")));
  const late = sleep(START_MS, undefined, { ref: false }).then(() => Promise.reject(new Error("it says nothing")));
  const client = new Redis(port, { maxRetriesPerRequest: 20 });
  client.on("error", () => undefined);
  try {
    await Promise.race([client.ping(), dead, late]);
  } catch (cause) {
    child.kill("SIGKILL");
    throw new Error("no redis-server: node scripts/setup/redis.mjs brings one", { cause });
  } finally {
    // It would try again for ever, and keep the process alive.
    client.disconnect();
  }
  return { url: `redis://127.0.0.1:${port}`, stop: () => child.kill("SIGKILL") };
};

type Arrivals = { readonly sentUs: number[]; readonly cameUs: number[] };

/** Reads raw entries as fast as they come. */
const readRaw = (url: string, prefix: string, { sentUs, cameUs }: Arrivals) => {
  const client = new Redis(url);
  client.on("error", () => undefined);
  const run = async (): Promise<void> => {
    let last = "0";
    for (;;) {
      const reply = await client.xreadBuffer("COUNT", 64, "BLOCK", 500, "STREAMS", `${prefix}:raw`, last);
      for (const [id, fields] of reply?.[0]?.[1] ?? []) {
        last = id.toString();
        sentUs.push(Number(fields[1]?.readBigUInt64BE(0) ?? 0n));
        cameUs.push(microseconds());
      }
    }
  };
  // It ends with its connection.
  run().catch(() => undefined);
  const close = (): Promise<void> => {
    client.disconnect();
    return Promise.resolve();
  };
  return { close };
};

const readOurs = async (
  url: string,
  { prefix, file, mode }: { readonly prefix: string; readonly file: string; readonly mode: Mode },
  arrivals: Arrivals,
) => {
  const identity = identityOf(2);
  const told = { url, identities: [identity], capacity: 1_000_000, rate: ALLOWED };
  const shared = await openBenchBus({ prefix, cursors: file }, told);
  const inbox = shared.as(identity).open(mode === "sealed" ? "votes" : "results", () => {
    for (const { hash } of inbox.take()) {
      arrivals.sentUs.push(Number(BigInt(hash)));
      arrivals.cameUs.push(microseconds());
    }
  });
  return shared;
};

/** Runs the producer to its end. */
const produce = (args: readonly string[]): Promise<void> =>
  new Promise((done, failed) => {
    const script = join(import.meta.dirname, "bus/producer.ts");
    const child = spawn(process.execPath, ["--import=tsx", script, ...args], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    child.on("error", failed);
    child.on("exit", (code) => (code === 0 ? done() : failed(new Error(`the producer ended with ${code}`))));
  });

const runOne = async (url: string, folder: string, [mode, rate]: readonly [Mode, number]): Promise<BusRow> => {
  const prefix = `bench-${mode}-${rate}`;
  const arrivals: Arrivals = { sentUs: [], cameUs: [] };
  const count = rate * SECONDS;
  const load = loadavg()[0] ?? 0;
  const file = join(folder, `${prefix}.reader`);
  const reader =
    mode === "raw" ? readRaw(url, prefix, arrivals) : await readOurs(url, { prefix, file, mode }, arrivals);
  await sleep(500);
  const begun = process.cpuUsage();
  await produce([url, mode, prefix, join(folder, `${prefix}.sender`), String(count), String(rate)]);
  const deadline = performance.now() + 5_000;
  while (arrivals.cameUs.length < count && performance.now() < deadline) await sleep(20);
  const { user, system } = process.cpuUsage(begun);
  await reader.close();
  const { sentUs, cameUs } = arrivals;
  const latencies = cameUs.map((came, i) => (came - (sentUs[i] ?? 0)) / 1_000);
  const spanUs = (cameUs.at(-1) ?? 0) - (cameUs[0] ?? 0);
  return {
    system: mode,
    asked: rate,
    came: (cameUs.length * 1e6) / Math.max(1, spanUs),
    perCore: (cameUs.length * 1e6) / (user + system),
    p50Ms: percentile(latencies, 50) ?? Infinity,
    p99Ms: percentile(latencies, 99) ?? Infinity,
    lost: count - cameUs.length,
    load,
  };
};

/** What a shared bus carries between two processes over a real Redis, beside bare streams in the same run. A minute. */
export const benchBus = async (): Promise<readonly BusRow[]> => {
  const folder = await mkdtemp(join(tmpdir(), "nexus-bench-bus-"));
  const server = await startServer(folder);
  try {
    const rows: BusRow[] = [];
    for (const run of RUNS) rows.push(await runOne(server.url, folder, run));
    return rows;
  } finally {
    server.stop();
    await removeFolder(folder);
  }
};
