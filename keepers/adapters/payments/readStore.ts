import { type FileHandle, open } from "node:fs/promises";
import type { Hex } from "../../core/hex.ts";
import type { ChannelHashes, ChannelTerms, RecoverSigner, StoredVoucher } from "../../agents/payments/ports.ts";
import { signerOf } from "../../agents/payments/voucher.ts";
import { readLines } from "./log.ts";
import { type StoreEntry, parseEntry } from "./entries.ts";

/** What a store of another process says of a channel. Its terms hash to its id; the rest is as a file says it. */
export type SeenStore = {
  readonly channelId: Hex;
  readonly terms: ChannelTerms;
  /** The highest vouchers that the key of the channel's signer signed, highest first. */
  readonly proven: readonly StoredVoucher[];
  /** The highest others, which only a contract might accept. */
  readonly unproven: readonly StoredVoucher[];
};

export type ReaderSettings = {
  readonly hashes: ChannelHashes;
  readonly recover: RecoverSigner;
  /** Told of what is wrong with a store, once for each thing that changes; the others are read all the same. */
  readonly onTrouble: (what: string) => void;
};

/** As many vouchers of a channel are kept: a payer may have signed some that its deposit does not cover. */
const MAX = 8;
const CHUNK_BYTES = 4_194_304;
/** By its last bytes a file is known again: one in its place may have the same size and number. */
const MARK_BYTES = 64;

type Entry = { readonly terms: ChannelTerms; proven: readonly StoredVoucher[]; unproven: readonly StoredVoucher[] };

/** What was read of a file so far. */
type Progress = {
  readonly inode: bigint;
  size: bigint;
  writtenAt: bigint;
  offset: number;
  mark: string;
  damaged: number;
  readonly channels: Map<Hex, Entry>;
};

const fresh = (inode: bigint): Progress => ({
  inode,
  size: 0n,
  writtenAt: 0n,
  offset: 0,
  mark: "",
  damaged: 0,
  channels: new Map(),
});

const insert = (vouchers: readonly StoredVoucher[], voucher: StoredVoucher): readonly StoredVoucher[] => {
  const isHigher = (a: StoredVoucher, b: StoredVoucher): number =>
    a.maxClaimableAmount > b.maxClaimableAmount ? -1 : 1;
  return [...vouchers, voucher].sort(isHigher).slice(0, MAX);
};

const isRoomFor = (vouchers: readonly StoredVoucher[], { maxClaimableAmount }: StoredVoucher): boolean => {
  const lowest = vouchers[MAX - 1];
  return lowest === undefined || maxClaimableAmount > lowest.maxClaimableAmount;
};

const withoutTotal = (vouchers: readonly StoredVoucher[], total: bigint): StoredVoucher[] =>
  vouchers.filter(({ maxClaimableAmount }) => maxClaimableAmount !== total);

/** Sorts a channel's new vouchers in, from the highest down: signatures of those that are too low are not looked at. */
const sortIn = (entry: Entry, added: readonly StoredVoucher[], { hashes, recover }: ReaderSettings): void => {
  const signer = signerOf(entry.terms);
  for (const voucher of added.toSorted((a, b) => (a.maxClaimableAmount > b.maxClaimableAmount ? -1 : 1))) {
    if (!isRoomFor(entry.proven, voucher)) return;
    const recovery = recover(hashes.voucherDigest(voucher), voucher.signature);
    if (recovery.kind === "signer" && recovery.signer === signer) entry.proven = insert(entry.proven, voucher);
    else if (isRoomFor(entry.unproven, voucher)) entry.unproven = insert(entry.unproven, voucher);
  }
};

type Added = Map<Hex, StoredVoucher[]>;

/** Takes in a record that is no voucher. A store is believed nothing: terms under a foreign id are passed over. */
const takeOther = (
  channels: Map<Hex, Entry>,
  added: Added,
  {
    record,
    hashes,
  }: { readonly record: Exclude<StoreEntry, { readonly kind: "voucher" }> } & Pick<ReaderSettings, "hashes">,
): void => {
  const { channelId } = record;
  const entry = channels.get(channelId);
  if (record.kind === "channel" && entry === undefined && hashes.channelIdOf(record.terms) === channelId) {
    channels.set(channelId, { terms: record.terms, proven: [], unproven: [] });
  }
  if (record.kind === "forgotten") {
    channels.delete(channelId);
    added.delete(channelId);
  }
  if (record.kind !== "released" || entry === undefined) return;
  added.set(channelId, withoutTotal(added.get(channelId) ?? [], record.total));
  entry.proven = withoutTotal(entry.proven, record.total);
  entry.unproven = withoutTotal(entry.unproven, record.total);
};

/** Takes records in, in their order. */
const takeEntries = ({ channels }: Progress, records: readonly StoreEntry[], settings: ReaderSettings): void => {
  const added: Added = new Map();
  for (const record of records) {
    if (record.kind !== "voucher") {
      takeOther(channels, added, { record, hashes: settings.hashes });
      continue;
    }
    const { channelId } = record.voucher;
    const vouchers = added.get(channelId) ?? [];
    if (vouchers.length === 0 && channels.has(channelId)) added.set(channelId, vouchers);
    vouchers.push(record.voucher);
  }
  for (const [channelId, vouchers] of added) {
    const entry = channels.get(channelId);
    if (entry !== undefined) sortIn(entry, vouchers, settings);
  }
};

const takeText = (progress: Progress, text: string, settings: ReaderSettings): void => {
  const { records, damaged } = readLines(text);
  progress.damaged += damaged;
  const parsed = records.flatMap((record) => {
    try {
      return [parseEntry(record, settings.hashes.domain)];
    } catch {
      progress.damaged += 1;
      return [];
    }
  });
  takeEntries(progress, parsed, settings);
};

const bytesAt = async (file: FileHandle, from: number, most: number): Promise<Buffer> => {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(most), 0, most, from);
  return buffer.subarray(0, bytesRead);
};

type Stat = { readonly ino: bigint; readonly size: bigint; readonly mtimeNs: bigint };

/** Whether a file is the one that was read before, as it was or longer. */
const isSame = async (file: FileHandle, before: Progress, { ino, size, mtimeNs }: Stat): Promise<boolean> => {
  const hasGrown = size > before.size || (size === before.size && mtimeNs === before.writtenAt);
  if (before.inode !== ino || !hasGrown) return false;
  const { mark, offset } = before;
  return (await bytesAt(file, offset - mark.length, mark.length)).toString("latin1") === mark;
};

/** Reads what was appended since the last time, whole lines only: the last one may still be being written. */
const readOn = async (file: FileHandle, before: Progress | undefined, settings: ReaderSettings): Promise<Progress> => {
  const stat = await file.stat({ bigint: true });
  const progress = before !== undefined && (await isSame(file, before, stat)) ? before : fresh(stat.ino);
  progress.size = stat.size;
  progress.writtenAt = stat.mtimeNs;
  let most = CHUNK_BYTES;
  while (BigInt(progress.offset) < stat.size) {
    const chunk = await bytesAt(file, progress.offset, most);
    const whole = chunk.lastIndexOf("\n") + 1;
    if (whole === 0 && chunk.length < most) break;
    // A line longer than a chunk is no record of ours, but it must not stop us either.
    most = whole === 0 ? most * 2 : CHUNK_BYTES;
    if (whole === 0) continue;
    takeText(progress, chunk.subarray(0, whole).toString("utf8"), settings);
    progress.offset += whole;
    progress.mark = chunk.subarray(Math.max(0, whole - MARK_BYTES), whole).toString("latin1");
  }
  return progress;
};

const isMissing = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT";

/**
 * Looks into the voucher stores of other processes, which keep writing: a paywall's, a buyer's, or what customers gave a
 * watchtower. Only what was appended is read; one that is not there yet is empty, and one that cannot be read is its own trouble.
 */
export const voucherReader = (
  paths: readonly string[],
  settings: ReaderSettings,
): (() => Promise<readonly SeenStore[]>) => {
  const kept = new Map<string, Progress>();
  const told = new Map<string, string>();
  const tell = (path: string, what: string | undefined): void => {
    if (what !== undefined && told.get(path) !== what) settings.onTrouble(`the voucher store ${path} ${what}`);
    if (what === undefined) told.delete(path);
    else told.set(path, what);
  };
  const readOne = async (path: string): Promise<Progress> => {
    const file = await open(path, "r");
    try {
      return await readOn(file, kept.get(path), settings);
    } finally {
      await file.close();
    }
  };
  const lookInto = async (path: string): Promise<readonly SeenStore[]> => {
    try {
      const progress = await readOne(path);
      kept.set(path, progress);
      tell(path, progress.damaged > 0 ? `has ${progress.damaged} records that cannot be read` : undefined);
    } catch (error) {
      if (isMissing(error)) kept.delete(path);
      else tell(path, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
    const channels = kept.get(path)?.channels ?? new Map<Hex, Entry>();
    return [...channels].map(([channelId, entry]) => ({ channelId, ...entry }));
  };
  return async () => (await Promise.all(paths.map(lookInto))).flat();
};
