import { mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { FatalError } from "../../core/errors.ts";
import { hex } from "../../core/hex.ts";
import { address, blockNumber, unixSeconds } from "../../core/units.ts";
import { parseSlowMessage } from "./slowMessage.ts";
import type { Intent, JournalEntry } from "../../sending/ports.ts";

/** A journal on disk. */
export type FileJournal = {
  /** Durable when it resolves. @throws FatalError when the disk fails: what is on it is then unknown */
  readonly append: (entry: JournalEntry) => Promise<void>;
  readonly load: () => Promise<readonly JournalEntry[]>;
  readonly close: () => Promise<void>;
};

const toLine = (entry: JournalEntry): string =>
  `${JSON.stringify(entry, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value))}\n`;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const text = (record: Readonly<Record<string, unknown>>, key: string): string => {
  const value = record[key];
  if (typeof value !== "string") throw new TypeError(`${key} is missing`);
  return value;
};

const toIntent = (raw: Readonly<Record<string, unknown>>): Intent => ({
  hash: hex(text(raw, "hash")),
  agentId: BigInt(text(raw, "agentId")),
  proposalNonce: BigInt(text(raw, "proposalNonce")),
  deadline: unixSeconds(BigInt(text(raw, "deadline"))),
  account: address(text(raw, "account")),
  accountNonce: BigInt(text(raw, "accountNonce")),
  gasPrice: BigInt(text(raw, "gasPrice")),
  raw: hex(text(raw, "raw")),
  transaction: hex(text(raw, "transaction")),
  block: blockNumber(BigInt(text(raw, "block"))),
  proposedBlock: blockNumber(BigInt(text(raw, "proposedBlock"))),
  proposedAtMs: Number(raw["proposedAtMs"]),
});

const toEntry = (line: string): JournalEntry => {
  const parsed: unknown = JSON.parse(line);
  if (!isRecord(parsed)) throw new TypeError("not an object");
  const { kind, intent } = parsed;
  if (kind === "signed" && isRecord(intent)) return { kind, intent: toIntent(intent) };
  if (kind === "opened") return { kind, message: parseSlowMessage(parsed["message"]) };
  if (kind === "closed") return { kind, hash: hex(text(parsed, "hash")) };
  const how = parsed["how"];
  if (kind !== "resolved" || (how !== "enacted" && how !== "reverted" && how !== "expired")) {
    throw new TypeError("no entry of a kind that we know");
  }
  return { kind, transaction: hex(text(parsed, "transaction")), how };
};

/**
 * Reads journal text. A last line without its end was being written when the process died: nothing was sent for it.
 * @throws FatalError for any other line that cannot be read
 */
export const parseJournal = (content: string, path: string): readonly JournalEntry[] =>
  content
    .slice(0, content.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "")
    .map((line, index) => {
      try {
        return toEntry(line);
      } catch (cause) {
        throw new FatalError(`line ${index + 1} of the journal ${path} cannot be read`, { cause });
      }
    });

const isMissing = (error: unknown): boolean => isRecord(error) && error["code"] === "ENOENT";

/** Opens a journal; each line is on the disk before `append` resolves. */
export const openFileJournal = async (path: string): Promise<FileJournal> => {
  await mkdir(dirname(path), { recursive: true });
  const content = await readFile(path, "utf8").catch((error: unknown) => {
    if (isMissing(error)) return "";
    throw new FatalError(`the journal ${path} cannot be read`, { cause: error });
  });
  const file = await open(path, "a");
  // What a torn last line left behind must not run into the next one.
  const whole = content.lastIndexOf("\n") + 1;
  if (whole < content.length) await file.truncate(Buffer.byteLength(content.slice(0, whole)));
  return {
    append: async (entry) => {
      try {
        await file.appendFile(toLine(entry));
        await file.datasync();
      } catch (cause) {
        throw new FatalError(`the journal ${path} cannot be written`, { cause });
      }
    },
    load: async () => Promise.resolve(parseJournal(content, path)),
    close: () => file.close(),
  };
};
