import { type Field, addressField, wholeField, wordField } from "./fields.ts";
import type { Hex } from "./hex.ts";
import { minOf } from "./integers.ts";
import type { Address } from "./units.ts";

/** Mirrors `ChannelConfig` of contracts/types/Channel.sol; the delay in seconds. */
export type ChannelConfig = {
  readonly payer: Address;
  readonly payerAuthorizer: Address;
  readonly receiver: Address;
  readonly receiverAuthorizer: Address;
  readonly token: Address;
  readonly withdrawDelay: bigint;
  readonly salt: Hex;
};

/** A channel's terms of whatever holds them by name. @throws RangeError naming the first field that is malformed */
export const channelConfigOf = (field: Field): ChannelConfig => ({
  payer: addressField(field, "payer"),
  payerAuthorizer: addressField(field, "payerAuthorizer"),
  receiver: addressField(field, "receiver"),
  receiverAuthorizer: addressField(field, "receiverAuthorizer"),
  token: addressField(field, "token"),
  withdrawDelay: wholeField(field, "withdrawDelay"),
  salt: wordField(field, "salt"),
});

/** Mirrors `ChannelState` of contracts/types/Channel.sol, in the same order. */
export const CHANNEL_STATES = ["None", "Open", "Closing", "ClosingStale", "Closed"] as const;
export type ChannelState = (typeof CHANNEL_STATES)[number];

/** The name of a value of the enum. @throws RangeError for a value that it does not have */
export const channelStateAt = (value: bigint): ChannelState => {
  const state = CHANNEL_STATES[Number(value)];
  if (state === undefined) throw new RangeError(`no channel state has the value ${value}`);
  return state;
};

/** Mirrors `Channel`: amounts in the token's units, `closesAt` in seconds since the epoch, zero while it is open. */
export type Channel = {
  readonly state: ChannelState;
  readonly deposited: bigint;
  readonly paid: bigint;
  readonly closesAt: bigint;
};

/** Whether it can still pay. */
export const isLive = ({ state }: Pick<Channel, "state">): boolean => state !== "None" && state !== "Closed";

/** What a voucher of `total` would bring, in the token's units: nothing beyond the deposit is ever paid. */
export const unclaimed = ({ deposited, paid }: Pick<Channel, "deposited" | "paid">, total: bigint): bigint => {
  const payable = minOf(total, deposited);
  return payable > paid ? payable - paid : 0n;
};

/** A watcher's part of what it claims, in basis points: `BOUNTY_BPS`. */
const BOUNTY_BPS = 100n;
const BPS = 10_000n;

/** What a watcher earns by claiming `due` for a receiver, in the token's units, rounded down as the contract does. */
export const bountyOf = (due: bigint): bigint => (due * BOUNTY_BPS) / BPS;

/** The first second in which anyone but the receiver earns a bounty; undefined while nobody closes it alone. */
export const bountyFrom = (channel: Channel, { withdrawDelay }: Pick<ChannelConfig, "withdrawDelay">): bigint | undefined =>
  channel.state === "Closing" || channel.state === "ClosingStale" ? channel.closesAt - withdrawDelay / 2n : undefined;
