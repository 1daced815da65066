import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { FatalError } from "../../core/errors.ts";
import { printable } from "../../core/printable.ts";
import { underLock } from "../lock/lockFile.ts";
import { type PostgresPrograms, type RunAs, packagedPostgres, unprivileged } from "./programs.ts";

/** A Postgres server that lives and ends with this process. */
export type LocalServer = {
  /** Reaches it through a socket in a folder that only this user can enter. */
  readonly url: string;
  /** The process group of the server. */
  readonly group: number;
  /** Ends the server at once, as a crash does. */
  readonly kill: () => Promise<void>;
  /** Ends the server in good order. */
  readonly close: () => Promise<void>;
};

export type LocalServerOptions = {
  /** The folder of its data, which is made if there is none. */
  readonly folder: string;
  readonly programs?: PostgresPrograms;
  /** Settings beyond those of a small server, as `name=value`. */
  readonly settings?: readonly string[];
};

/** A server for one fleet: little memory, no network. What is written is on the disk once it is acknowledged. */
const SETTINGS = [
  "listen_addresses=",
  "shared_buffers=16MB",
  "max_connections=32",
  "max_wal_size=128MB",
  "min_wal_size=32MB",
  "autovacuum_max_workers=1",
  "max_parallel_workers=0",
  "logging_collector=off",
];

/**
 * Runs the server until this process closes the pipe, which happens also when it is killed: then the server ends in good
 * order, or by force after 20 seconds. Ctrl-C in a terminal does not reach the server, since it is in a process group of its own.
 */
const UNTIL_PIPE_CLOSES = `
"$@" </dev/null & server=$!
(cat >/dev/null; kill -INT $server; kill -CONT $server; sleep 20; kill -KILL $server) 2>/dev/null <&3 & watch=$!
exec 3<&-
wait $server; code=$?
kill $watch 2>/dev/null
exit $code`;

/** For a start, and for an end. */
const PATIENCE_MS = 30_000;
const [POLL_MS, KEPT_OUTPUT] = [20, 4_000];

const lastLine = (output: string): string => printable(output.trim().split("\n").at(-1) ?? "");

const makeFolder = (path: string, runAs: RunAs): void => {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (runAs.uid !== undefined && runAs.gid !== undefined) chownSync(path, runAs.uid, runAs.gid);
};

/** Sees that the server may enter its folder. @throws FatalError */
const checkReach = (folder: string, runAs: RunAs): void => {
  if (spawnSync("/bin/sh", ["-c", 'cd "$0"', folder], { ...runAs, cwd: "/", stdio: "ignore" }).status === 0) return;
  throw new FatalError(
    `Postgres does not run as root, and as nobody it cannot enter ${folder}: run as another user, or let others enter the folders above it (chmod o+x)`,
  );
};

/** Makes the data folder in one step: a crash in the middle leaves nothing that passes for one. */
const initialise = (data: string, bin: string, runAs: RunAs): void => {
  const fresh = `${data}.new`;
  rmSync(fresh, { recursive: true, force: true });
  makeFolder(fresh, runAs);
  const args = ["-D", fresh, "-U", "nexus", "-A", "trust", "-E", "UTF8", "--no-locale", "--data-checksums"];
  const made = spawnSync(join(bin, "initdb"), args, {
    ...runAs,
    cwd: "/",
    encoding: "utf8",
    timeout: PATIENCE_MS,
    env: { ...process.env, LC_ALL: "C" },
  });
  if (made.status !== 0) {
    throw new FatalError(`the store's folder ${data} cannot be made: ${lastLine(`${made.stdout}\n${made.stderr}`)}`);
  }
  renameSync(fresh, data);
};

const majorOf = (version: string): string => /(\d+)/.exec(version)?.[1] ?? "";

/** Refuses a folder that another major version wrote. @throws FatalError */
const checkMajor = (data: string, bin: string, runAs: RunAs): void => {
  const wrote = readFileSync(join(data, "PG_VERSION"), "utf8").trim();
  const { stdout } = spawnSync(join(bin, "postgres"), ["--version"], { ...runAs, cwd: "/", encoding: "utf8" });
  const runs = majorOf(stdout.replace(/^.*PostgreSQL\)?/, ""));
  if (wrote === runs) return;
  throw new FatalError(
    `the store in ${data} was written by Postgres ${wrote}, and this is ${runs}: dump it with the old version and restore it, or move the folder away to begin again`,
  );
};

type Running = { readonly child: ChildProcess; readonly ended: Promise<void>; readonly output: () => string };

const run = (command: readonly string[], runAs: RunAs): Running => {
  const child = spawn("/bin/sh", ["-c", UNTIL_PIPE_CLOSES, "postgres", ...command], {
    ...runAs,
    cwd: "/",
    detached: true,
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    env: { ...process.env, LC_ALL: "C" },
  });
  let output = "";
  child.stderr?.on("data", (chunk: Buffer) => (output = `${output}${chunk.toString()}`.slice(-KEPT_OUTPUT)));
  // Nobody reads the pipe, so nobody would notice that its other end is gone: it would keep this process alive.
  child.once("exit", () => child.stdio[3]?.destroy());
  const ended = new Promise<void>((done) => {
    child.once("exit", () => done());
    child.once("error", (error) => {
      output = `${output}\n${error.message}`;
      done();
    });
  });
  return { child, ended, output: () => output };
};

const answers = async (url: string): Promise<boolean> => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1_000, query_timeout: 1_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
};

const isOver = ({ child }: Running): boolean => child.exitCode !== null || child.signalCode !== null;

/** Ends the server, by force when it does not end by itself. */
const stop = async ({ child, ended }: Running): Promise<void> => {
  const pipe = child.stdio[3];
  if (pipe !== null && pipe !== undefined) pipe.destroy();
  const late = sleep(PATIENCE_MS, "late", { ref: false });
  if ((await Promise.race([ended, late])) === "late" && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  await ended;
};

const kill = async (running: Running): Promise<void> => {
  const { child, ended } = running;
  if (!isOver(running) && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  await ended;
};

/** An earlier server of a killed process has not quite ended. */
const STILL_THERE = /postmaster\.pid|shared memory block/;

/** Starts the server and waits until it answers. @throws FatalError when it ends or says nothing */
const runUntilReady = async (command: readonly string[], runAs: RunAs, url: string): Promise<Running> => {
  const deadline = performance.now() + PATIENCE_MS;
  let running = run(command, runAs);
  while (!(await answers(url))) {
    const isLate = performance.now() > deadline;
    if (isLate) await stop(running);
    if (isOver(running)) {
      const said = running.output();
      if (isLate || !STILL_THERE.test(said))
        throw new FatalError(`the store's Postgres does not start: ${lastLine(said)}`);
      running = run(command, runAs);
    }
    await sleep(POLL_MS);
  }
  return running;
};

/** The longest folder of a socket whose path the system takes, with its name of 20 characters. */
const MAX_SOCKET_FOLDER = 80;
const SOCKETS = "sockets-";

/** A new folder for each start: what answers there is the server that was started, and no earlier one. */
const socketPrefix = (folder: string): string => {
  const own = join(folder, SOCKETS);
  return own.length <= MAX_SOCKET_FOLDER ? own : join(tmpdir(), "nexus-store-");
};

/** Removes the sockets of servers whose process was killed. */
const removeEarlier = (folder: string): void => {
  const earlier = readdirSync(folder).filter((name) => name.startsWith(SOCKETS));
  for (const name of earlier) rmSync(join(folder, name), { recursive: true, force: true });
};

const startUnlocked = async (options: LocalServerOptions): Promise<LocalServer> => {
  const { folder, programs = packagedPostgres(), settings = [] } = options;
  const { bin, release } = programs;
  const runAs = unprivileged();
  const data = join(folder, "data");
  makeFolder(folder, runAs);
  chmodSync(folder, 0o700);
  removeEarlier(folder);
  const sockets = mkdtempSync(socketPrefix(folder));
  const clean = (): void => {
    rmSync(sockets, { recursive: true, force: true });
    release();
  };
  try {
    makeFolder(sockets, runAs);
    checkReach(folder, runAs);
    if (!existsSync(data)) initialise(data, bin, runAs);
    checkMajor(data, bin, runAs);
    const all = [...SETTINGS, `unix_socket_directories=${sockets}`, ...settings].flatMap((one) => ["-c", one]);
    const url = `postgres://nexus@localhost/postgres?host=${encodeURIComponent(sockets)}`;
    const running = await runUntilReady([join(bin, "postgres"), "-D", data, ...all], runAs, url);
    return {
      url,
      group: running.child.pid ?? 0,
      kill: () => kill(running),
      close: async () => {
        await stop(running);
        clean();
      },
    };
  } catch (error) {
    clean();
    throw error;
  }
};

/**
 * Starts a Postgres server of this process alone, on a folder that no other process has open. It ends when this process
 * does, however that happens.
 * @throws FatalError when it cannot be started, or another process has the folder
 */
export const startLocalServer = (options: LocalServerOptions): Promise<LocalServer> =>
  underLock(join(options.folder, "store"), () => startUnlocked(options));
