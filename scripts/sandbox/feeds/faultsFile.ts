import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Log } from "../../../keepers/core/log.ts";
import { type Faults, parseFaults } from "./faults.ts";

/** The faults in a file; none where there is no file. @throws Error when it is no file of faults */
export const readFaults = async (path: string): Promise<Faults> => {
  const text = await readFile(path, "utf8").catch(() => "{}");
  return parseFaults(text);
};

export const writeFaults = async (path: string, faults: Faults): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(faults)}\n`);
};

/** Faults as a file says them, looked at by `look`. A file that is none is told once and changes nothing. */
export const watchFaults = async (
  path: string,
  log: Log,
): Promise<{ readonly faults: () => Faults; readonly look: () => Promise<void> }> => {
  await rm(path, { force: true });
  let faults: Faults = {};
  let told = "";
  const look = async (): Promise<void> => {
    try {
      const read = await readFaults(path);
      if (JSON.stringify(read) !== JSON.stringify(faults)) log.info("sandbox.faults", { faults: JSON.stringify(read) });
      faults = read;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== told) log.warn("sandbox.faults.unreadable", { path, reason });
      told = reason;
    }
  };
  return { faults: () => faults, look };
};
