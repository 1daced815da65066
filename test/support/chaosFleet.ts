import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { z } from "zod";
import { writeAddressBook } from "../../deployments/file.ts";
import type { AddressBook } from "../../deployments/schema.ts";
import { fleetConfig } from "../../scripts/sandbox/keepers.ts";
import { configTextOf } from "../../keepers/wiring/fleetProcesses.ts";

const COMMAND = resolve(import.meta.dirname, "../../dist/cli/main.js");
const STOP_MS = 30_000;

const entry = z.looseObject({
  time: z.string(),
  event: z.string(),
  msg: z.string(),
  pids: z.record(z.string(), z.int()).optional(),
});
export type LogEntry = z.output<typeof entry>;

/** The built `nexus orchestrator` over the sandbox's fleet, as an operator runs it. */
export type ChaosFleet = {
  /** Starts it, again after it was killed. */
  readonly start: () => void;
  /** The orchestrator's own id, and those of its processes as it last told them. */
  readonly pid: () => number | undefined;
  readonly pids: () => Readonly<Record<string, number>>;
  readonly log: readonly LogEntry[];
  readonly dataDir: string;
  /** Ends it as Ctrl-C does. @returns its exit code */
  readonly stop: () => Promise<number | null>;
};

export type ChaosFleetOptions = {
  readonly wsUrl: string;
  readonly book: AddressBook;
  readonly redisUrl: string;
  readonly folder: string;
};

/** Writes the configuration; nothing runs before `start`. Whoever uses it builds the command first. */
export const createChaosFleet = async ({ wsUrl, book, redisUrl, folder }: ChaosFleetOptions): Promise<ChaosFleet> => {
  const [bookPath, configPath, dataDir] = [
    join(folder, "book.json"),
    join(folder, "keeper.json"),
    join(folder, "data"),
  ];
  await writeAddressBook(bookPath, book);
  const config = fleetConfig(wsUrl, dataDir, { addressBook: bookPath, bus: { redis: redisUrl } });
  await writeFile(configPath, configTextOf(config));
  const log: LogEntry[] = [];
  let child: ChildProcess | undefined;
  let pids: Readonly<Record<string, number>> = {};
  const note = (line: string): void => {
    const parsed = entry.safeParse(JSON.parse(line));
    if (!parsed.success) return;
    // Votes and looks are many, and nobody asks for them.
    if (parsed.data.event.startsWith("orchestrator.") || parsed.data.event === "trouble") log.push(parsed.data);
    if (parsed.data.pids !== undefined) ({ pids } = { ...parsed.data, pids: parsed.data.pids });
  };
  const start = (): void => {
    pids = {};
    const args = [COMMAND, "orchestrator", "--config", configPath, "--send", "--json", "--heartbeat", "1"];
    child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    if (child.stdout !== null) createInterface({ input: child.stdout }).on("line", note);
  };
  const stop = async (): Promise<number | null> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const [exited, running] = [once(child, "exit"), child];
    running.kill("SIGINT");
    const timer = setTimeout(() => running.kill("SIGKILL"), STOP_MS);
    await exited;
    clearTimeout(timer);
    return running.exitCode;
  };
  return { start, pid: () => child?.pid, pids: () => pids, log, dataDir, stop };
};
