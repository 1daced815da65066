import { type FileHandle, open, readFile } from "node:fs/promises";
import { FatalError } from "../../core/errors.ts";
import { hex } from "../../core/hex.ts";
import { address, blockNumber, unixSeconds } from "../../core/units.ts";
import type { Entry, How, PendingTransaction, SignedTransaction, SlowNote } from "../../sending/ports.ts";
import { underLock } from "../lock/lockFile.ts";
import { parseSlowMessage } from "./slowMessage.ts";

/** A line of a journal. */
type Line<I extends SignedTransaction> = Entry<I> | SlowNote;

/** A journal on disk. */
export type FileJournal<I extends SignedTransaction> = {
  /** Durable when it resolves. @throws FatalError when the disk fails: what is on it is then unknown */
  readonly append: (entry: Line<I>) => Promise<void>;
  readonly load: () => Promise<readonly Line<I>[]>;
  readonly close: () => Promise<void>;
};

/** Members of a pending transaction as JSON holds them: numbers of the chain as decimal strings. */
export type JsonMembers = Readonly<Record<string, unknown>>;

const toLine = (entry: object): string =>
  `${JSON.stringify(entry, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value))}\n`;

const isRecord = (value: unknown): value is JsonMembers => typeof value === "object" && value !== null;

/** @throws TypeError when there is no such text */
export const textOf = (members: JsonMembers, key: string): string => {
  const value = members[key];
  if (typeof value !== "string") throw new TypeError(`${key} is missing`);
  return value;
};

/** What every pending transaction has. @throws TypeError, SyntaxError or RangeError when a member is missing or malformed */
export const signedTransaction = (members: JsonMembers): SignedTransaction => ({
  deadline: unixSeconds(BigInt(textOf(members, "deadline"))),
  account: address(textOf(members, "account")),
  accountNonce: BigInt(textOf(members, "accountNonce")),
  gasPrice: BigInt(textOf(members, "gasPrice")),
  raw: hex(textOf(members, "raw")),
  transaction: hex(textOf(members, "transaction")),
  block: blockNumber(BigInt(textOf(members, "block"))),
});

/** A pending transaction of the execution engine. @throws as {@link signedTransaction} */
export const pendingTransaction = (members: JsonMembers): PendingTransaction => ({
  ...signedTransaction(members),
  hash: hex(textOf(members, "hash")),
  agentId: BigInt(textOf(members, "agentId")),
  proposalNonce: BigInt(textOf(members, "proposalNonce")),
  proposedBlock: blockNumber(BigInt(textOf(members, "proposedBlock"))),
  proposedAtMs: Number(members["proposedAtMs"]),
});

const HOWS: readonly How[] = ["enacted", "done", "reverted", "expired", "moved"];

/** How a pending transaction's members are read. */
export type ToTransaction<I> = (members: JsonMembers) => I;

const toEntry = <I extends SignedTransaction>(line: string, toTransaction: ToTransaction<I>): Line<I> => {
  const parsed: unknown = JSON.parse(line);
  if (!isRecord(parsed)) throw new TypeError("not an object");
  // A line from before the renames says `intent`.
  const { kind, pending = parsed["intent"] } = parsed;
  if (kind === "signed" && isRecord(pending)) return { kind, pending: toTransaction(pending) };
  if (kind === "opened") return { kind, message: parseSlowMessage(parsed["message"]) };
  if (kind === "closed") return { kind, hash: hex(textOf(parsed, "hash")) };
  const how = HOWS.find((known) => known === parsed["how"]);
  if (kind !== "resolved" || how === undefined) throw new TypeError("no entry of a kind that we know");
  return { kind, transaction: hex(textOf(parsed, "transaction")), how };
};

/**
 * Reads journal text. A last line without its end was being written when the process died: nothing was sent for it.
 * @throws FatalError for any other line that cannot be read
 */
const parseJournal = <I extends SignedTransaction>(
  content: string,
  path: string,
  toTransaction: ToTransaction<I>,
): readonly Line<I>[] =>
  content
    .slice(0, content.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "")
    .map((line, index) => {
      try {
        return toEntry(line, toTransaction);
      } catch (cause) {
        throw new FatalError(`line ${index + 1} of the journal ${path} cannot be read`, { cause });
      }
    });

/** Opens for appending. What a torn last line left behind must not run into the next one. */
const openWhole = async (path: string, content: string): Promise<FileHandle> => {
  const file = await open(path, "a");
  const whole = content.lastIndexOf("\n") + 1;
  try {
    if (whole < content.length) await file.truncate(Buffer.byteLength(content.slice(0, whole)));
    return file;
  } catch (cause) {
    await file.close();
    throw new FatalError(`the journal ${path} cannot be written`, { cause });
  }
};

const isMissing = (error: unknown): boolean => isRecord(error) && error["code"] === "ENOENT";

const openUnlocked = async <I extends SignedTransaction>(
  path: string,
  toTransaction: ToTransaction<I>,
): Promise<FileJournal<I>> => {
  const content = await readFile(path, "utf8").catch((error: unknown) => {
    if (isMissing(error)) return "";
    throw new FatalError(`the journal ${path} cannot be read`, { cause: error });
  });
  const lines = parseJournal(content, path, toTransaction);
  const file = await openWhole(path, content);
  return {
    append: async (entry) => {
      try {
        await file.appendFile(toLine(entry));
        await file.datasync();
      } catch (cause) {
        throw new FatalError(`the journal ${path} cannot be written`, { cause });
      }
    },
    load: () => Promise.resolve(lines),
    close: () => file.close(),
  };
};

/**
 * Opens a journal, which one process at a time may have open; each line is on the disk before `append` resolves. [NX-KEE-07]
 * @throws FatalError when another process has it, or a line cannot be read; nothing is left open then
 */
export const openFileJournal = <I extends SignedTransaction>(
  path: string,
  toTransaction: ToTransaction<I>,
): Promise<FileJournal<I>> => underLock(path, () => openUnlocked(path, toTransaction));
