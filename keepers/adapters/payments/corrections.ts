import type { Hex } from "../../core/hex.ts";
import type { StoredChannel } from "../../agents/payments/ports.ts";
import { signerOf } from "../../agents/payments/voucher.ts";
import { type ChannelPayload, type Requirements, type ServerState, serverStateOf } from "../../agents/payments/x402.ts";
import { type WalletSettings, isOurs, priceIn } from "./ways.ts";

/** A wallet keeps vouchers for no purchase that it could name. */
export const ZERO_WORD: Hex = `0x${"0".repeat(64)}`;

/** Whether a total at or below the last one is one that we may have signed: those long ago are not kept. */
const isSigned = ({ recent }: StoredChannel, total: bigint): boolean =>
  total <= (recent[0]?.maxClaimableAmount ?? 0n) ||
  recent.some(({ maxClaimableAmount }) => maxClaimableAmount === total);

/**
 * Whether we signed what a server says that it has. Up to our last voucher its word is enough, if there is such a voucher.
 * Above it, as after the loss of our own store, it must show our signature, which is kept then.
 */
const acknowledger =
  ({ store, hashes, recover }: WalletSettings) =>
  async ({ channelId, soFar, signature }: ServerState): Promise<boolean> => {
    const channel = store.channel(channelId);
    if (channel === undefined) return false;
    if (soFar <= (channel.last?.maxClaimableAmount ?? 0n)) return soFar === 0n || isSigned(channel, soFar);
    if (signature === undefined) return false;
    const voucher = { channelId, maxClaimableAmount: soFar };
    const recovery = recover(hashes.voucherDigest(voucher), signature);
    if (recovery.kind !== "signer" || recovery.signer !== signerOf(channel.terms)) return false;
    await store.append({ ...voucher, domain: hashes.domain, signature, purchase: ZERO_WORD });
    return true;
  };

/** Where each server is for certain; missing after a start, when the last voucher may not have arrived. */
export const positions = ({ store }: WalletSettings) => {
  const settled = new Map<Hex, bigint>();
  return {
    set: (channelId: Hex, total: bigint): void => void settled.set(channelId, total),
    next: (channelId: Hex, price: bigint): bigint => {
      const total = settled.get(channelId);
      return total === undefined ? (store.last(channelId)?.maxClaimableAmount ?? price) : total + price;
    },
  };
};

/** One call of a buyer: how much more than before was promised in it, in the token's units. */
export type CorrectionCall = { added: bigint };

/** What was given with a payload: whether it promises more than all before it, and in which call. */
export type Given = { readonly isNew: boolean; readonly call: CorrectionCall };

/**
 * Whether a server may be believed that says it has just the voucher that we gave it. It has it, so it must serve; but a payer
 * that lost its store may have signed that total before. That is believed once in a wallet's life for each channel, and
 * always of a voucher whose answer was lost, since it may have been served then.
 */
const beliefs = () => {
  const spared = new Set<Hex>();
  const withheld = new Map<Hex, bigint>();
  return {
    /** The server says that it has a voucher that was signed for this very request. */
    withhold: (channelId: Hex, total: bigint): void => void withheld.set(channelId, total),
    /** Whether to go on beyond such a voucher. */
    spare: (channelId: Hex, total: bigint): boolean => {
      if (withheld.get(channelId) !== total) return true;
      if (spared.has(channelId)) return false;
      spared.add(channelId);
      return true;
    },
  };
};

/** Learns from a server that did not take a voucher where it is; false when that helps nothing. */
export const corrector = (settings: WalletSettings, position: ReturnType<typeof positions>) => {
  const acknowledge = acknowledger(settings);
  const { withhold, spare } = beliefs();
  const { maxPerRequest, store } = settings;
  const promised = (channelId: Hex): bigint => store.last(channelId)?.maxClaimableAmount ?? 0n;

  /** What the server says of the channel, and what it asks for; undefined when it says nothing that helps. */
  const readState = ({ voucher }: ChannelPayload, accepts: readonly Requirements[]) => {
    for (const way of accepts) {
      const state = isOurs(way, settings.hashes) ? serverStateOf(way) : undefined;
      const price = priceIn(way, maxPerRequest);
      if (state?.channelId === voucher.channelId && price !== undefined) return { ...state, price };
    }
    return undefined;
  };

  return async (payload: ChannelPayload, accepts: readonly Requirements[], given: Given): Promise<boolean> => {
    const state = readState(payload, accepts);
    if (state === undefined) return false;
    const { channelId, soFar, price } = state;
    const [total, before] = [BigInt(payload.voucher.maxClaimableAmount), promised(channelId)];
    if (soFar === total && given.isNew) withhold(channelId, total);
    if (!(await acknowledge(state))) return false;
    // What the server had already is more than all that was given in this call.
    if (soFar > before) given.call.added = 0n;
    if (soFar + price - promised(channelId) > maxPerRequest - given.call.added) return false;
    if (soFar === total && !spare(channelId, total)) return false;
    position.set(channelId, soFar);
    return position.next(channelId, price) !== total;
  };
};
