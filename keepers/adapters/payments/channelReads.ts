import type { Hex } from "../../core/hex.ts";
import { maxOf } from "../../core/integers.ts";
import { type UnixSeconds, unixSeconds } from "../../core/units.ts";
import { refusalUnseen } from "../../agents/payments/accept.ts";
import type { Offer } from "../../agents/payments/offer.ts";
import type {
  AskSigner,
  ChannelHashes,
  ChannelTerms,
  ChannelSnapshot,
  RecoverSigner,
  SignedVoucher,
  VoucherRefusal,
  VoucherStore,
} from "../../agents/payments/ports.ts";
import { signerOf } from "../../agents/payments/voucher.ts";
import { type ViewSettings, channelViews } from "./views.ts";

export type ChannelReadSettings = ViewSettings & {
  readonly offer: Offer;
  readonly hashes: ChannelHashes;
  readonly recover: RecoverSigner;
  /** Undefined where payers that sign by ERC-1271 are not served: such a signer can take its word back. */
  readonly askSigner: AskSigner | undefined;
  readonly store: VoucherStore;
  /** The time on the wall, by which a node that stands still is found out; the system's clock if left out. */
  readonly clock?: () => UnixSeconds;
};

/** As many channels that we hold nothing of are looked up at the same time. */
const MAX_STRANGERS = 16;
/** So many more wait for that; who comes after them is told to come again. */
const MAX_QUEUED = 1_000;
/** A view may lag behind the clock by this part of the shortest delay of a close: the rest is enough to answer one. */
const LAG_PART = 4n;

const systemSeconds = (): UnixSeconds => unixSeconds(BigInt(Math.floor(Date.now() / 1_000)));

/**
 * Says whether a view is too old to give something new for: by the clock, and, since a clock may be set back, by how long no
 * newer block was seen. A clock that is set forward makes us refuse until it is right again. [NX-CHN-05]
 */
export const staleness = ({ offer, nowMs, clock = systemSeconds }: ChannelReadSettings) => {
  const most = offer.minWithdrawDelay / LAG_PART;
  let newest = { time: -1n, sinceMs: 0 };
  return ({ time }: ChannelSnapshot): VoucherRefusal | undefined => {
    if (time > newest.time) newest = { time, sinceMs: nowMs() };
    const stood = BigInt(Math.floor((nowMs() - newest.sinceMs) / 1_000));
    const now = unixSeconds(maxOf(clock(), newest.time + stood));
    return now > time + most ? { reason: "StaleView", time, now } : undefined;
  };
};

type Looked = ChannelSnapshot | VoucherRefusal;

/** Looks at channels. Strangers can make us ask the chain only by a signature, and only so many at the same time. */
export const channelReads = (settings: ChannelReadSettings) => {
  const { hashes, recover, askSigner, store } = settings;
  const views = channelViews(settings);
  const queue: (() => void)[] = [];
  let strangers = 0;
  const inTurn = async <T>(channelId: Hex, lookUp: () => Promise<T> | T): Promise<T | VoucherRefusal> => {
    if (store.channel(channelId) !== undefined) return lookUp();
    if (strangers < MAX_STRANGERS) strangers += 1;
    else if (queue.length >= MAX_QUEUED) return { reason: "Busy" };
    else await new Promise<void>((resolve) => queue.push(resolve));
    try {
      return await lookUp();
    } finally {
      // The place goes to who waits longest.
      const next = queue.shift();
      if (next === undefined) strangers -= 1;
      else next();
    }
  };
  return {
    /** A newer view; undefined where there is none to be had now. */
    again: async (channelId: Hex, terms: ChannelTerms): Promise<ChannelSnapshot | undefined> => {
      const looked = await inTurn(channelId, () => views.again(channelId, terms));
      return looked !== undefined && "reason" in looked ? undefined : looked;
    },
    first: (
      channelId: Hex,
      { terms, voucher }: { readonly terms: ChannelTerms; readonly voucher: SignedVoucher },
    ): Looked | Promise<Looked> => {
      if (views.has(channelId)) return views.fresh(channelId, terms);
      const seen = { channelId, signer: signerOf(terms), mayBeContract: askSigner !== undefined };
      return (
        refusalUnseen(seen, voucher, { hashes, recover }) ?? inTurn(channelId, () => views.fresh(channelId, terms))
      );
    },
  };
};
