import type { Hex } from "../../core/hex.ts";
import type { ChannelTerms, ChannelSnapshot, ReadChannel } from "../../agents/payments/ports.ts";

/** Channels as the chain showed them not long ago. */
export type Views = {
  /** A view that is at most `maxAgeMs` old. */
  readonly fresh: (channelId: Hex, terms: ChannelTerms) => ChannelSnapshot | Promise<ChannelSnapshot>;
  /** A view that was read after this call; undefined when it was read less than `minAgeMs` ago. */
  readonly again: (channelId: Hex, terms: ChannelTerms) => Promise<ChannelSnapshot | undefined>;
  /** Whether a view that is at most `maxAgeMs` old is there, so that `fresh` reads nothing. */
  readonly has: (channelId: Hex) => boolean;
};

export type ViewSettings = {
  readonly readChannel: ReadChannel;
  readonly nowMs: () => number;
  /** How old a view may be. A close is answered in time as long as this is far below the shortest delay of a close. */
  readonly maxAgeMs: number;
  /** How often a stranger can make us read one channel. */
  readonly minAgeMs: number;
};

/** As many channels as one process remembers; the one that was read longest ago goes first. */
const MAX = 100_000;

type Entry = { readonly view: ChannelSnapshot; readonly readAtMs: number };

/** Remembers views; many that ask for one channel at once share one read. */
export const channelViews = ({ readChannel, nowMs, maxAgeMs, minAgeMs }: ViewSettings): Views => {
  const entries = new Map<Hex, Entry>();
  const reading = new Map<Hex, Promise<ChannelSnapshot>>();

  const readNow = async (channelId: Hex, terms: ChannelTerms): Promise<ChannelSnapshot> => {
    try {
      // The age counts from before the read: what it shows may be as old as that.
      const readAtMs = nowMs();
      const view = await readChannel(terms);
      entries.delete(channelId);
      entries.set(channelId, { view, readAtMs });
      const oldest = entries.size > MAX ? entries.keys().next().value : undefined;
      if (oldest !== undefined) entries.delete(oldest);
      return view;
    } finally {
      reading.delete(channelId);
    }
  };
  const read = (channelId: Hex, terms: ChannelTerms): Promise<ChannelSnapshot> => {
    const under = reading.get(channelId);
    if (under !== undefined) return under;
    const view = readNow(channelId, terms);
    reading.set(channelId, view);
    return view;
  };
  /** Whether an entry is at most so old. A clock that was set back says nothing about the age of what is from before. */
  const isWithin = (entry: Entry | undefined, maxMs: number): entry is Entry => {
    const age = entry === undefined ? -1 : nowMs() - entry.readAtMs;
    return age >= 0 && age <= maxMs;
  };

  return {
    fresh: (channelId, terms) => {
      const entry = entries.get(channelId);
      return isWithin(entry, maxAgeMs) ? entry.view : read(channelId, terms);
    },
    again: async (channelId, terms) =>
      isWithin(entries.get(channelId), minAgeMs - 1) ? undefined : read(channelId, terms),
    has: (channelId) => isWithin(entries.get(channelId), maxAgeMs),
  };
};
