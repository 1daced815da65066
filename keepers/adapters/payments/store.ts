import { FatalError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import type { ChannelDomain, StoredChannel, VoucherStore } from "../../agents/payments/ports.ts";
import { underLock } from "../lock/lockFile.ts";
import { type DurableLog, type LogContents, type openLogFile, openLog, resumeLog } from "./log.ts";
import { type StoreEntry, afterEntry, parseEntry, entryText, entriesOf } from "./entries.ts";

export type StoreOptions = {
  readonly domain: ChannelDomain;
  /** How many records may be superseded before the file is written again. */
  readonly compactAfter?: number;
  readonly openFile?: typeof openLogFile;
};

/** A store, and how many damaged records were found when it was opened: one that is not zero is worth a warning. */
export type OpenedStore = { readonly store: VoucherStore; readonly damaged: number };

const COMPACT_AFTER = 100_000;

const applyEntry = (channels: Map<Hex, StoredChannel>, record: StoreEntry): void => {
  const channelId = record.kind === "voucher" ? record.voucher.channelId : record.channelId;
  const channel = afterEntry(channels.get(channelId), record);
  if (channel === undefined) channels.delete(channelId);
  else channels.set(channelId, channel);
};

const readAll = ({ records }: LogContents, path: string, domain: ChannelDomain): Map<Hex, StoredChannel> => {
  const channels = new Map<Hex, StoredChannel>();
  for (const text of records) {
    try {
      applyEntry(channels, parseEntry(text, domain));
    } catch (cause) {
      throw new FatalError(`the voucher store ${path} holds a record that another version wrote: ${text}`, { cause });
    }
  }
  return channels;
};

type Write = (record: StoreEntry) => Promise<void>;

/** Keeps memory ahead of the disk, and writes the file again when most of it is superseded. */
const recordWriter = (
  channels: Map<Hex, StoredChannel>,
  log: DurableLog,
  limits: { readonly old: number; readonly most: number },
): Write => {
  const allRecords = (): readonly string[] => [...channels.values()].flatMap(entriesOf).map(entryText);
  let old = limits.old;
  return async (record) => {
    applyEntry(channels, record);
    old += 1;
    const written = [log.append(entryText(record))];
    if (old > limits.most + 10 * channels.size) {
      old = 0;
      written.push(log.rewrite(allRecords));
    }
    await Promise.all(written);
  };
};

/** Writes a channel's terms once, and lets everybody wait for that. */
const learner = (channels: ReadonlyMap<Hex, StoredChannel>, write: Write): VoucherStore["learn"] => {
  const learning = new Map<Hex, Promise<void>>();
  return async (channelId, terms) => {
    if (channels.has(channelId)) return learning.get(channelId);
    const written = write({ kind: "channel", channelId, terms });
    learning.set(channelId, written);
    await written;
    learning.delete(channelId);
  };
};

const openUnlocked = async (path: string, options: StoreOptions): Promise<OpenedStore> => {
  const { domain, compactAfter = COMPACT_AFTER, openFile } = options;
  const logged = await resumeLog(path);
  const channels = readAll(logged, path, domain);
  const log = await openLog(path, openFile);
  const old = logged.records.length + logged.damaged;
  const write = recordWriter(channels, log, { old, most: compactAfter });
  const store: VoucherStore = {
    last: (channelId) => channels.get(channelId)?.last,
    channel: (channelId) => channels.get(channelId),
    channels: () => [...channels.values()],
    learn: learner(channels, write),
    append: async (voucher) => {
      const channel = channels.get(voucher.channelId);
      const last = channel?.last?.maxClaimableAmount ?? 0n;
      if (channel === undefined) throw new RangeError(`channel ${voucher.channelId} was not learned`);
      if (voucher.maxClaimableAmount <= last) {
        throw new RangeError(`${voucher.maxClaimableAmount} is not above the last voucher's ${last}`);
      }
      await write({ kind: "voucher", voucher });
    },
    release: async (channelId, total) => {
      if (channels.get(channelId)?.last?.maxClaimableAmount !== total) return false;
      await write({ kind: "released", channelId, total });
      return true;
    },
    freeze: async (channelId, deadline) => {
      if (!channels.has(channelId)) throw new RangeError(`channel ${channelId} was not learned`);
      await write({ kind: "frozen", channelId, deadline });
    },
    forget: async (channelId) => {
      if (channels.has(channelId)) await write({ kind: "forgotten", channelId });
    },
    close: log.close,
  };
  return { store, damaged: logged.damaged };
};

/**
 * Opens a store of vouchers in a file, which one process at a time may have open. [NX-KEE-07] An append is one line with a
 * checksum; all that wait share one write and one `fdatasync`. The file is written again when most of it is superseded.
 * @throws FatalError when another process has it, or it cannot be read
 */
export const openVoucherStore = async (path: string, options: StoreOptions): Promise<OpenedStore> => {
  let damaged = 0;
  const store = await underLock(path, async () => {
    const opened = await openUnlocked(path, options);
    ({ damaged } = opened);
    return opened.store;
  });
  return { store, damaged };
};
