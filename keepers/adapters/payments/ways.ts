import { FatalError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import { type Address, address } from "../../core/units.ts";
import type {
  ChannelHashes,
  ChannelTerms,
  RecoverSigner,
  SignVoucher,
  VoucherStore,
} from "../../agents/payments/ports.ts";
import { CHANNEL_SCHEME, type Requirements, networkOf } from "../../agents/payments/x402.ts";

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
  readonly maxPerRequest: bigint;
};

export const isOurs = ({ scheme, network, extra }: Requirements, { domain }: ChannelHashes): boolean =>
  scheme === CHANNEL_SCHEME &&
  network === networkOf(domain) &&
  String(extra["channels"]).toLowerCase() === domain.channels;

/** What a server asks for; undefined when it is not a price that we pay. */
export const priceIn = ({ amount }: Requirements, maxPerRequest: bigint): bigint | undefined => {
  const price = /^[1-9][0-9]{0,38}$/.test(amount) ? BigInt(amount) : 0n;
  return price > 0n && price <= maxPerRequest ? price : undefined;
};

/** @throws RangeError when it is not a price that we pay */
export const priceOf = (requirements: Requirements, maxPerRequest: bigint): bigint => {
  const price = priceIn(requirements, maxPerRequest);
  if (price !== undefined) return price;
  throw new RangeError(`the server asks for ${requirements.amount}; this wallet pays at most ${maxPerRequest}`);
};

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/** The channel for a way to pay; undefined where there is none, or the way is none of ours. */
const channelIn = async (
  { hashes, findChannel }: WalletSettings,
  requirements: Requirements,
): Promise<ChannelTerms | undefined> => {
  const { payTo, asset } = requirements;
  if (!isOurs(requirements, hashes) || !ADDRESS.test(payTo) || !ADDRESS.test(asset)) return undefined;
  return findChannel({ receiver: address(payTo), token: address(asset), requirements });
};

/** The channel that pays for something. @throws RangeError when there is none */
export const channelFor = async (
  settings: WalletSettings,
  requirements: Requirements,
): Promise<{ readonly channelId: Hex; readonly terms: ChannelTerms }> => {
  const { network, payTo, asset } = requirements;
  if (!isOurs(requirements, settings.hashes)) throw new RangeError(`${network} is not where this wallet pays`);
  const terms = await channelIn(settings, requirements);
  if (terms === undefined) throw new RangeError(`no channel pays ${payTo} in ${asset}`);
  const isRight = terms.receiver === payTo.toLowerCase() && terms.token === asset.toLowerCase();
  if (isRight) return { channelId: settings.hashes.channelIdOf(terms), terms };
  throw new FatalError(`the channel found pays ${terms.receiver} in ${terms.token}`);
};

/** The first way that can be used; the others may be expensive, elsewhere, or nonsense. */
export const chooser =
  (settings: WalletSettings) =>
  async (accepts: readonly Requirements[]): Promise<Requirements | undefined> => {
    for (const way of accepts) {
      if (priceIn(way, settings.maxPerRequest) === undefined) continue;
      if ((await channelIn(settings, way)) !== undefined) return way;
    }
    return undefined;
  };
