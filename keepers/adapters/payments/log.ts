import { type FileHandle, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { FatalError } from "../../core/errors.ts";
import { groupCommit } from "./groupCommit.ts";

/** What a log needs of a file that is open for appending. */
export type LogFile = {
  readonly write: (text: string) => Promise<void>;
  /** Resolves when all that was written lies on the disk. */
  readonly sync: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Text records that outlive a crash. */
export type DurableLog = {
  /** Durable when it resolves. All that is waiting shares one write and one sync. @throws FatalError when the disk fails */
  readonly append: (record: string) => Promise<void>;
  /** Puts the records that `of` gives in the place of all others, in order with the appends; all or nothing in a crash. */
  readonly rewrite: (of: () => readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** What a log held when it was opened. */
export type LogContents = {
  readonly records: readonly string[];
  /** Lines in the middle that were not as they were written. Every record stands alone, so the others count. */
  readonly damaged: number;
};

const CRC_DIGITS = 8;

/** A record as a line: its checksum, a space, itself. */
export const toLine = (record: string): string => `${crc32(record).toString(16).padStart(CRC_DIGITS, "0")} ${record}\n`;

const toRecord = (line: string): string | undefined => {
  const record = line.slice(CRC_DIGITS + 1);
  return `${line}\n` === toLine(record) ? record : undefined;
};

/** Reads the lines of a log. What was being written when the process died, a torn last line, is left out. */
export const readLines = (content: string): LogContents => {
  const lines = content
    .slice(0, content.lastIndexOf("\n") + 1)
    .split("\n")
    .slice(0, -1);
  const records = lines.map(toRecord);
  return {
    records: records.filter((record) => record !== undefined),
    damaged: records.filter((record) => record === undefined).length,
  };
};

const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};

const toLogFile = (file: FileHandle): LogFile => ({
  write: (text) => file.appendFile(text),
  sync: () => file.datasync(),
  close: () => file.close(),
});

/** Opens a file for appending; it is there after a crash, too. */
export const openLogFile = async (path: string): Promise<LogFile> => {
  const file = await open(path, "a");
  try {
    await syncFolder(path);
    return toLogFile(file);
  } catch (error) {
    await file.close();
    throw error;
  }
};

/** Writes a whole new file beside the old one, and takes its place when it is on the disk. */
const replaceFile = async (
  path: string,
  records: readonly string[],
  openFile: typeof openLogFile,
): Promise<LogFile> => {
  const beside = `${path}.new`;
  await rm(beside, { force: true });
  const file = await openFile(beside);
  try {
    await file.write(records.map(toLine).join(""));
    await file.sync();
    await rename(beside, path);
    await syncFolder(path);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
};

const isMissing = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT";

/** Reads the log at `path`, and cuts off a torn last line. @throws FatalError when it cannot be read */
export const resumeLog = async (path: string): Promise<LogContents> => {
  try {
    await mkdir(dirname(path), { recursive: true });
    const content = await readFile(path).catch((error: unknown) => {
      if (isMissing(error)) return Buffer.alloc(0);
      throw error;
    });
    const whole = content.lastIndexOf("\n") + 1;
    if (whole < content.length) {
      const file = await open(path, "r+");
      try {
        await file.truncate(whole);
        await file.sync();
      } finally {
        await file.close();
      }
    }
    return readLines(content.subarray(0, whole).toString("utf8"));
  } catch (cause) {
    throw new FatalError(`the log ${path} cannot be read`, { cause });
  }
};

/** A record, or all records again. */
type Item = string | (() => readonly string[]);

/** Opens a log for appending after it was recovered. One process may have it open. */
export const openLog = async (path: string, openFile: typeof openLogFile = openLogFile): Promise<DurableLog> => {
  let file = await openFile(path);
  const write = async (batch: readonly Item[]): Promise<void> => {
    const at = batch.findLastIndex((item) => typeof item !== "string");
    const again = batch[at];
    if (typeof again === "function") {
      const old = file;
      // What was submitted before it is in it, since memory is ahead of the disk.
      file = await replaceFile(path, again(), openFile);
      await old.close();
    }
    const lines = batch.slice(at + 1).map((item) => (typeof item === "string" ? toLine(item) : ""));
    if (lines.length === 0) return;
    await file.write(lines.join(""));
    await file.sync();
  };
  const { submit, idle } = groupCommit(write, `the log ${path}`);
  return {
    append: submit,
    rewrite: submit,
    close: async () => {
      await idle();
      await file.close();
    },
  };
};
