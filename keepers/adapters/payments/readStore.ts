import { readFile, stat } from "node:fs/promises";
import type { Hex } from "../../core/hex.ts";
import type { ChannelDomain, StoredChannel } from "../../payments/ports.ts";
import { readLines } from "./log.ts";
import { afterRecord, parseRecord } from "./records.ts";

type Kept = { readonly version: string; readonly channels: readonly StoredChannel[] };

const readChannels = async (path: string, domain: ChannelDomain): Promise<readonly StoredChannel[]> => {
  const channels = new Map<Hex, StoredChannel>();
  // What another process is still writing is a torn last line, and left out.
  for (const text of readLines(await readFile(path, "utf8")).records) {
    const record = parseRecord(text, domain);
    const channelId = record.kind === "voucher" ? record.voucher.channelId : record.channelId;
    const channel = afterRecord(channels.get(channelId), record);
    if (channel === undefined) channels.delete(channelId);
    else channels.set(channelId, channel);
  }
  return [...channels.values()];
};

/**
 * Looks into the voucher stores of other processes, which keep writing: a paywall's, a buyer's, or what customers gave a
 * watcher. Each is read again when it changed; one that is not there yet is empty.
 */
export const voucherReader = (
  paths: readonly string[],
  domain: ChannelDomain,
): (() => Promise<readonly StoredChannel[]>) => {
  const kept = new Map<string, Kept>();
  const readOne = async (path: string): Promise<readonly StoredChannel[]> => {
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) return [];
    const version = `${found.ino} ${found.size} ${found.mtimeMs}`;
    const before = kept.get(path);
    if (before?.version === version) return before.channels;
    const channels = await readChannels(path, domain);
    kept.set(path, { version, channels });
    return channels;
  };
  return async () => (await Promise.all(paths.map(readOne))).flat();
};
