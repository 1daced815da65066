import { FatalError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import { type Address, address } from "../../core/units.ts";
import type {
  ChannelHashes,
  ChannelTerms,
  RecoverSigner,
  SignVoucher,
  SignedVoucher,
  VoucherStore,
} from "../../payments/ports.ts";
import { signerOf } from "../../payments/voucher.ts";
import {
  CHANNEL_SCHEME,
  type ChannelPayload,
  type Requirements,
  type ServerState,
  channelPayload,
  networkOf,
  type Settlement,
  chargedOf,
  serverStateOf,
} from "../../payments/x402.ts";
import { turns } from "./turns.ts";

/** A channel that pays for what a server sells; undefined where the payer has none and wants none. */
export type FindChannel = (wanted: {
  readonly receiver: Address;
  readonly token: Address;
  readonly requirements: Requirements;
}) => Promise<ChannelTerms | undefined>;

export type WalletSettings = {
  readonly hashes: ChannelHashes;
  readonly recover: RecoverSigner;
  readonly sign: SignVoucher;
  /** The payer's own: what it signed, before anybody else has it. */
  readonly store: VoucherStore;
  readonly findChannel: FindChannel;
  /** The most that one request may cost, in the token's units. */
  readonly mostPerRequest: bigint;
};

/** Pays by voucher, one request of a channel at a time. */
export type ChannelWallet = {
  /**
   * Signs what a server asks for, when the channel's turn has come. While it is not known whether the last voucher arrived,
   * that same voucher is given again, so that nothing is paid twice. Each must be followed by one of the others.
   * @throws RangeError when the server asks for what we do not pay
   */
  readonly pay: (requirements: Requirements) => Promise<ChannelPayload>;
  /** The server has it, and says so. What was bought before is not charged again: it says how far the channel is. */
  readonly settled: (payload: ChannelPayload, settlement: Pick<Settlement, "extra">) => void;
  /** The server did not take it. Whether another try makes sense, now that we know where the server is. */
  readonly refused: (payload: ChannelPayload, accepts: readonly Requirements[]) => Promise<boolean>;
  /** Nobody knows. */
  readonly unanswered: (payload: ChannelPayload) => void;
};

const SECOND_MS = 1_000;
const ZERO_WORD: Hex = `0x${"0".repeat(64)}`;

const isOurs = ({ scheme, network, extra }: Requirements, { domain }: ChannelHashes): boolean =>
  scheme === CHANNEL_SCHEME &&
  network === networkOf(domain) &&
  String(extra["channels"]).toLowerCase() === domain.channels;

const turnKey = ({ voucher }: ChannelPayload): string => `${voucher.channelId}:${voucher.maxClaimableAmount}`;

/** @throws RangeError when it is not a price that we pay */
const priceOf = ({ amount }: Requirements, mostPerRequest: bigint): bigint => {
  const price = /^[1-9][0-9]{0,38}$/.test(amount) ? BigInt(amount) : 0n;
  if (price > 0n && price <= mostPerRequest) return price;
  throw new RangeError(`the server asks for ${amount}; this wallet pays at most ${mostPerRequest}`);
};

/**
 * The voucher of one total. What was signed before is given again byte by byte; what is new is durable before anybody has it,
 * so that the payer can always say what it owes.
 */
const voucherMaker =
  ({ store, sign }: WalletSettings) =>
  async (channelId: Hex, terms: ChannelTerms, total: bigint): Promise<SignedVoucher> => {
    await store.learn(channelId, terms);
    const last = store.last(channelId);
    if (last?.maxClaimableAmount === total) return last;
    const voucher = await sign({ channelId, maxClaimableAmount: total });
    if (total > (last?.maxClaimableAmount ?? 0n)) await store.append({ ...voucher, purchase: ZERO_WORD });
    return voucher;
  };

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

/** The channel that pays for something. @throws RangeError when there is none */
const channelFor = async (
  { hashes, findChannel }: WalletSettings,
  requirements: Requirements,
): Promise<{ readonly channelId: Hex; readonly terms: ChannelTerms }> => {
  const { network, payTo, asset } = requirements;
  if (!isOurs(requirements, hashes)) throw new RangeError(`${network} is not where this wallet pays`);
  const [receiver, token] = [address(payTo), address(asset)];
  const terms = await findChannel({ receiver, token, requirements });
  if (terms === undefined) throw new RangeError(`no channel pays ${receiver}`);
  if (terms.receiver === receiver && terms.token === token) return { channelId: hashes.channelIdOf(terms), terms };
  throw new FatalError(`the channel found pays ${terms.receiver} in ${terms.token}`);
};

/** Where each server is for certain; missing after a start, when the last voucher may not have arrived. */
const positions = ({ store }: WalletSettings) => {
  const settled = new Map<Hex, bigint>();
  return {
    set: (channelId: Hex, total: bigint): void => void settled.set(channelId, total),
    next: (channelId: Hex, price: bigint): bigint => {
      const total = settled.get(channelId);
      return total === undefined ? (store.last(channelId)?.maxClaimableAmount ?? price) : total + price;
    },
  };
};

/** Learns from a server that did not take a voucher where it is; false when that helps nothing. */
const corrector = (settings: WalletSettings, position: ReturnType<typeof positions>) => {
  const acknowledge = acknowledger(settings);
  return async ({ voucher }: ChannelPayload, accepts: readonly Requirements[]): Promise<boolean> => {
    const ours = accepts.find((way) => isOurs(way, settings.hashes));
    const state = ours === undefined ? undefined : serverStateOf(ours);
    if (ours === undefined || state === undefined || state.channelId !== voucher.channelId) return false;
    if (!(await acknowledge(state))) return false;
    position.set(state.channelId, state.soFar);
    const next = position.next(state.channelId, priceOf(ours, settings.mostPerRequest));
    return next !== BigInt(voucher.maxClaimableAmount);
  };
};

/** Opens a wallet on what its store knows. */
export const channelWallet = (settings: WalletSettings): ChannelWallet => {
  const { take } = turns();
  const ends = new Map<string, () => void>();
  const position = positions(settings);
  const voucherOf = voucherMaker(settings);
  const correct = corrector(settings, position);
  const endTurn = (payload: ChannelPayload): void => {
    ends.get(turnKey(payload))?.();
    ends.delete(turnKey(payload));
  };

  return {
    pay: async (requirements) => {
      const price = priceOf(requirements, settings.mostPerRequest);
      const { channelId, terms } = await channelFor(settings, requirements);
      const end = await take(channelId, requirements.maxTimeoutSeconds * SECOND_MS);
      try {
        const payload = channelPayload(terms, await voucherOf(channelId, terms, position.next(channelId, price)));
        ends.set(turnKey(payload), end);
        return payload;
      } catch (error) {
        end();
        throw error;
      }
    },
    settled: (payload, { extra = {} }) => {
      const total = BigInt(payload.voucher.maxClaimableAmount);
      const charged = chargedOf(extra);
      // No server can make us be further than what we signed for it.
      position.set(payload.voucher.channelId, charged !== undefined && charged < total ? charged : total);
      endTurn(payload);
    },
    refused: async (payload, accepts) => {
      try {
        return await correct(payload, accepts);
      } finally {
        endTurn(payload);
      }
    },
    unanswered: endTurn,
  };
};
