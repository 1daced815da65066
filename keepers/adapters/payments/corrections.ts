import type { Hex } from "../../core/hex.ts";
import { signerOf } from "../../payments/voucher.ts";
import { type ChannelPayload, type Requirements, type ServerState, serverStateOf } from "../../payments/x402.ts";
import { type WalletSettings, isOurs, priceIn } from "./ways.ts";

/** A wallet keeps vouchers for no purchase that it could name. */
export const ZERO_WORD: Hex = `0x${"0".repeat(64)}`;

/**
 * Whether we signed what a server says that it has. Below our last voucher its word is enough: believing it costs nothing.
 * Above it, as after the loss of our own store, it must show our signature, which is kept then.
 */
const acknowledger =
  ({ store, hashes, recover }: WalletSettings) =>
  async ({ channelId, soFar, signature }: ServerState): Promise<boolean> => {
    const channel = store.channel(channelId);
    if (channel === undefined) return false;
    if (soFar <= (channel.last?.maxClaimableAmount ?? 0n)) return true;
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

/** What was given with a payload. */
export type Given = {
  /** Whether it promises more than all before it, and what those promised. */
  readonly isNew: boolean;
  readonly base: bigint;
};

/**
 * Whether a server may be believed that says it has just the voucher that we gave it. It has it, so it must serve; but a payer
 * that lost its store may have signed that total before. That is believed once in a wallet's life for each channel, and
 * always of a voucher whose answer was lost, since it may have been served then.
 */
const beliefs = () => {
  const spared = new Set<Hex>();
  const withheld = new Map<Hex, bigint>();
  return (channelId: Hex, total: bigint, { isNew }: Pick<Given, "isNew">): boolean => {
    const isKnown = !isNew && withheld.get(channelId) !== total;
    if (isKnown) return true;
    withheld.set(channelId, total);
    if (spared.has(channelId)) return false;
    spared.add(channelId);
    return true;
  };
};

/** Learns from a server that did not take a voucher where it is; false when that helps nothing. */
export const corrector = (settings: WalletSettings, position: ReturnType<typeof positions>) => {
  const acknowledge = acknowledger(settings);
  const isBelieved = beliefs();
  const { mostPerRequest } = settings;

  /** Whether what was given in this call stays within the most, if one more is signed from where the server says it is. */
  const isWithin = (total: bigint, soFar: bigint, { price, given }: { price: bigint; given: Given }): boolean => {
    if (!given.isNew || soFar > total) return true;
    // Between what was promised before and what was given now there is no voucher of ours.
    if (soFar > given.base && soFar < total) return false;
    return soFar + price - given.base <= mostPerRequest;
  };

  return async ({ voucher }: ChannelPayload, accepts: readonly Requirements[], given: Given): Promise<boolean> => {
    const ways = accepts.filter((way) => isOurs(way, settings.hashes));
    const ours = ways.find((way) => serverStateOf(way)?.channelId === voucher.channelId);
    const state = ours === undefined ? undefined : serverStateOf(ours);
    const price = ours === undefined ? undefined : priceIn(ours, mostPerRequest);
    if (state === undefined || price === undefined) return false;
    const [{ channelId, soFar }, total] = [state, BigInt(voucher.maxClaimableAmount)];
    if (!isWithin(total, soFar, { price, given }) || !(await acknowledge(state))) return false;
    if (soFar === total && !isBelieved(channelId, total, given)) return false;
    position.set(channelId, soFar);
    return position.next(channelId, price) !== total;
  };
};
