import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { removeFolder } from "./removeFolder.ts";

/** A Redis of this process's own: a free port of this machine, nothing kept, gone afterwards. */
export type OwnRedis = {
  readonly url: string;
  /** Ends it at once, as a crash does, and starts it again on the same port, empty. */
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
  /** Ends it and removes what it wrote. A second call does nothing. */
  readonly end: () => Promise<void>;
};

/** Where `scripts/setup/redis.mjs` puts the server that it brings. */
const BROUGHT = fileURLToPath(new URL("../../.nexus/redis/redis-server", import.meta.url));
const START_MS = 10_000;
const OUTPUT_KEPT = 4_000;
const REFUSED = /not found|No such file|Address already in use|FATAL/;

/** The server ends when its standard input does: so it outlives no crash of ours. */
const GUARDED =
  'server=$1; shift; "$server" "$@" & child=$!; trap "kill $child" TERM; cat >/dev/null; kill -9 $child; wait $child';

const freePort = (): Promise<number> =>
  new Promise((found, failed) => {
    const server = createServer();
    server.once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const at = server.address();
      server.close(() => found(typeof at === "object" && at !== null ? at.port : 0));
    });
  });

/** Waits until the server takes connections. @throws Error with what it said instead */
const ready = (child: ChildProcess): Promise<void> =>
  new Promise((started, failed) => {
    let output = "";
    const fail = (): void => failed(new Error(`redis-server does not start: ${output.trim() || "it says nothing"}`));
    const timer = setTimeout(fail, START_MS);
    const look = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-OUTPUT_KEPT);
      if (REFUSED.test(output)) fail();
      if (!output.includes("Ready to accept connections")) return;
      clearTimeout(timer);
      started();
    };
    child.stdout?.on("data", look);
    child.stderr?.on("data", look);
    child.once("error", (error) => {
      output += error.message;
      fail();
    });
    child.once("exit", fail);
  });

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) done();
    else child.once("exit", () => done());
  });

/**
 * Starts a Redis server for as long as this process needs it.
 * @param program its path or name; the one that the set-up brought where there is one
 * @throws Error when it cannot be started: what to install stands in the operators' guide
 */
export const startOwnRedis = async (program = existsSync(BROUGHT) ? BROUGHT : "redis-server"): Promise<OwnRedis> => {
  const [folder, port] = [await mkdtemp(join(tmpdir(), "nexus-redis-")), await freePort()];
  const own = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no"];
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    // Apart from the terminal: its Ctrl-C is for us, and the server is ended when the agents are done.
    child = spawn("sh", ["-c", GUARDED, "sh", program, ...own], { stdio: ["pipe", "pipe", "pipe"], detached: true });
    child.stdin?.on("error", () => undefined);
    await ready(child);
  };
  const kill = async (): Promise<void> => {
    if (child === undefined) return;
    child.stdin?.end();
    await ended(child);
    child = undefined;
  };
  let ending: Promise<void> | undefined;
  const endOnce = async (): Promise<void> => {
    await kill();
    await removeFolder(folder);
  };
  const end = (): Promise<void> => (ending ??= endOnce());
  try {
    await start();
  } catch (error) {
    await end();
    throw error;
  }
  return { url: `redis://127.0.0.1:${port}`, kill, start, end };
};
