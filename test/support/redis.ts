import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { portOf } from "./portOf.ts";
import { until } from "./until.ts";
import { removeFolder } from "../../scripts/lib/removeFolder.ts";

/** Where `scripts/setup/redis.mjs` puts the server that it brings. */
const BROUGHT = resolve(import.meta.dirname, "../../.nexus/redis/redis-server");

/** A real Redis server of the test's own: a free port of this machine, a folder of its own, nothing kept. */
export type TestRedis = {
  readonly port: number;
  /** Without user and password. */
  readonly url: string;
  /** Its folder; a test may put an ACL file there before `start`. */
  readonly folder: string;
  /** Starts it, again after `kill` or `end` of the process. */
  readonly start: (...options: readonly string[]) => Promise<void>;
  /** Starts it as a Sentinel with these lines of configuration. */
  readonly startSentinel: (...lines: readonly string[]) => Promise<void>;
  /** Ends the process at once, as a crash does. */
  readonly kill: () => Promise<void>;
  /** Stops the process where it stands, and lets it go on: a server that does not answer. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** Ends it and removes what it wrote. */
  readonly end: () => Promise<void>;
};

/** A port that nobody uses now. */
export const freePort = (): Promise<number> =>
  new Promise((found, failed) => {
    const server = createServer();
    server.once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const port = portOf(server);
      server.close(() => found(port));
    });
  });

const START_MS = 10_000;

/** Waits until the server says that it takes connections. */
const awaitReady = async (child: ChildProcess): Promise<void> => {
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.on("error", (error) => (output += error.message));
  const said = await until(
    "redis-server",
    () => /Ready to accept connections|Sentinel ID is|Fatal|ENOENT|FATAL/.exec(output)?.[0],
    START_MS,
  );
  if (!/^(?:Ready|Sentinel)/.test(said)) throw new Error(`redis-server does not start: ${output.trim()}`);
};

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) done();
    else child.once("exit", () => done());
  });

/** Prepares a server; nothing runs before `start`. */
export const createRedis = async (): Promise<TestRedis> => {
  const folder = await mkdtemp(join(tmpdir(), "nexus-redis-"));
  const port = await freePort();
  const own = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder];
  let child: ChildProcess | undefined;
  const run = async (args: readonly string[]): Promise<void> => {
    child = spawn(existsSync(BROUGHT) ? BROUGHT : "redis-server", args);
    await awaitReady(child);
  };
  const stop = async (signal: "SIGKILL" | "SIGTERM"): Promise<void> => {
    if (child === undefined) return;
    child.kill("SIGCONT");
    child.kill(signal);
    await ended(child);
    child = undefined;
  };
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    folder,
    start: (...options) => run([...own, "--save", "", "--appendonly", "no", ...options]),
    startSentinel: async (...lines) => {
      const file = join(folder, "sentinel.conf");
      await writeFile(file, `${lines.join("\n")}\n`);
      await run([file, "--sentinel", ...own]);
    },
    kill: () => stop("SIGKILL"),
    freeze: () => void child?.kill("SIGSTOP"),
    thaw: () => void child?.kill("SIGCONT"),
    end: async () => {
      await stop("SIGKILL");
      await removeFolder(folder);
    },
  };
};
