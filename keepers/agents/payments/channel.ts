import { minOf } from "../../core/integers.ts";
import { unixSeconds } from "../../core/units.ts";
import type { ChannelState, ChannelSnapshot } from "./accept.ts";
import type { ChannelTerms } from "./voucher.ts";
import { CHANNEL_STATES } from "../../core/channelTypes.ts";

/** What the chain keeps of a channel. Amounts in the token's units. */
export type Channel = Pick<ChannelSnapshot, "state" | "deposited" | "paid" | "closesAt"> & {
  /** What its payer declared when it started to close, rounded up as the contract keeps it; zero unless it is closing. */
  readonly declared: bigint;
};

/** The name of a value of the enum. @throws RangeError for a value that it does not have */
export const channelStateAt = (value: bigint): ChannelState => {
  const state = CHANNEL_STATES[Number(value)];
  if (state === undefined) throw new RangeError(`no channel state has the value ${value}`);
  return state;
};

/** What an answer of `PaymentChannels.channelOf` says. @throws RangeError for a state that there is none of */
export const channelOf = (
  answer: Pick<Channel, "deposited" | "paid" | "declared"> & { readonly state: bigint; readonly closesAt: bigint },
): Channel => ({
  state: channelStateAt(answer.state),
  deposited: answer.deposited,
  paid: answer.paid,
  closesAt: unixSeconds(answer.closesAt),
  declared: answer.declared,
});

/** Whether it can still pay. */
export const isLive = ({ state }: Pick<Channel, "state">): boolean => state !== "None" && state !== "Closed";

/** Whether its payer closes it alone. */
export const isClosing = ({ state }: Pick<Channel, "state">): boolean =>
  state === "Closing" || state === "ClosingStale";

/** What a voucher of `total` would bring, in the token's units: nothing beyond the deposit is ever paid. */
export const unclaimed = ({ deposited, paid }: Pick<Channel, "deposited" | "paid">, total: bigint): bigint => {
  const payable = minOf(total, deposited);
  return payable > paid ? payable - paid : 0n;
};

/** A watchtower's part of what it claims, in basis points: `BOUNTY_BPS`. */
const BOUNTY_BPS = 100n;
const BPS = 10_000n;

/** What a watchtower earns by claiming `due` for a receiver, in the token's units, rounded down as the contract does. */
export const bountyOf = (due: bigint): bigint => (due * BOUNTY_BPS) / BPS;

/** What a finished close pays the receiver out of the payer's rest, for what the payer had left out. */
export const penaltyOf = ({ deposited, paid, declared }: Omit<Channel, "closesAt">): bigint =>
  paid > declared ? minOf(bountyOf(paid - declared), deposited - paid) : 0n;

/** The first second in which anyone but the receiver earns a bounty; undefined while nobody closes the channel alone. */
export const bountyFrom = (
  channel: Channel,
  { withdrawDelay }: Pick<ChannelTerms, "withdrawDelay">,
): bigint | undefined => (isClosing(channel) ? channel.closesAt - withdrawDelay / 2n : undefined);

/** Whether an account may act for the channel's receiver. */
export const isReceiver = (
  { receiver, receiverAuthorizer }: Pick<ChannelTerms, "receiver" | "receiverAuthorizer">,
  account: string,
): boolean => account === receiver || account === receiverAuthorizer;
