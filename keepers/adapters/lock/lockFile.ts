import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { FatalError } from "../../core/errors.ts";

/** A file that this process alone may write to. */
export type Lock = { readonly release: () => Promise<void> };

/** Who holds a lock. `started` tells a process from another one that got the same id later. */
type Holder = { readonly pid: number; readonly host: string; readonly started: string; readonly token: string };

const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined;

const textAt = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");

/** The boot and the tick in which a process started, where the system tells it (Linux); empty elsewhere. */
const startOf = async (pid: number): Promise<string> => {
  const [boot, stat] = await Promise.all([textAt("/proc/sys/kernel/random/boot_id"), textAt(`/proc/${pid}/stat`)]);
  // The name of the process may hold spaces and brackets; what follows it are numbers.
  const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  return started === undefined ? "" : `${boot.trim()} ${started}`;
};

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
};

const isHolder = (value: unknown): value is Holder =>
  typeof value === "object" &&
  value !== null &&
  "pid" in value &&
  typeof value.pid === "number" &&
  "host" in value &&
  typeof value.host === "string" &&
  "started" in value &&
  typeof value.started === "string" &&
  "token" in value;

/** Who holds the lock; undefined for one that is free, or left behind by a machine that lost power while it wrote. */
const holderOf = async (lockPath: string): Promise<Holder | undefined> => {
  const text = await readFile(lockPath, "utf8").catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return "";
    throw error;
  });
  try {
    const value: unknown = JSON.parse(text);
    return isHolder(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** Whether the holder may still be there. Of another machine nobody here can tell, so there it counts as alive. */
const isAlive = async ({ pid, host, started }: Holder): Promise<boolean> =>
  host !== hostname() || (isRunning(pid) && (await startOf(pid)) === started);

/** Creates the lock with its content in one step. @returns whether it was free */
const create = async (lockPath: string, holder: Holder): Promise<boolean> => {
  const beside = `${lockPath}.${holder.token}`;
  try {
    await writeFile(beside, JSON.stringify(holder), { flag: "wx" });
    await link(beside, lockPath);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    await rm(beside, { force: true });
  }
};

const refusal = (path: string, lockPath: string, { pid, host }: Holder): FatalError => {
  const where = host === hostname() ? "" : ` on ${host}; if that machine is gone, delete ${lockPath}`;
  const who = pid === process.pid && where === "" ? "this process" : `process ${pid}${where}`;
  return new FatalError(`${path} is in use by ${who}`);
};

/**
 * Takes a lock, also one whose holder is gone. Only who holds the lock on taking over looks again and removes what is stale:
 * otherwise two could find one stale lock, and the slower one remove the lock of the faster.
 */
const acquire = async (path: string, lockPath: string, self: Holder): Promise<void> => {
  while (!(await create(lockPath, self))) {
    const holder = await holderOf(lockPath);
    if (holder !== undefined && (await isAlive(holder))) throw refusal(path, lockPath, holder);
    const takeover = `${lockPath}.stale`;
    await acquire(path, takeover, self);
    try {
      const now = await holderOf(lockPath);
      if (now?.token === holder?.token) await rm(lockPath, { force: true });
    } finally {
      await rm(takeover, { force: true });
    }
  }
};

/**
 * Lets one process at a time write to the file at `path`: beside it lies `path.lock` with the process's id. A lock whose
 * process is gone is taken over. [NX-KEE-07]
 * @throws FatalError naming the process that has it
 */
export const takeLock = async (path: string): Promise<Lock> => {
  const lockPath = `${path}.lock`;
  const started = await startOf(process.pid);
  const self: Holder = { pid: process.pid, host: hostname(), started, token: randomUUID() };
  try {
    await mkdir(dirname(path), { recursive: true });
    await acquire(path, lockPath, self);
  } catch (cause) {
    if (cause instanceof FatalError) throw cause;
    throw new FatalError(`${path} cannot be locked`, { cause });
  }
  return {
    release: async () => {
      const holder = await holderOf(lockPath);
      if (holder?.token === self.token) await rm(lockPath, { force: true });
    },
  };
};

/** Holds the lock on `path` while it is opened and for as long as it is open; `close` gives it back. */
export const underLock = async <T extends { readonly close: () => Promise<void> }>(
  path: string,
  open: () => Promise<T>,
): Promise<T> => {
  const lock = await takeLock(path);
  try {
    const opened = await open();
    return {
      ...opened,
      close: async () => {
        try {
          await opened.close();
        } finally {
          await lock.release();
        }
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
};
