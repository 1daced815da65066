import { HDNodeWallet, Wallet } from "ethers";
import { hex } from "../../../keepers/core/hex.ts";
import { isReceiver, unclaimed } from "../../../keepers/agents/payments/channel.ts";
import { parseVoucher, voucherToWire } from "../../../keepers/agents/payments/parse.ts";
import { type SignedVoucher, signerOf } from "../../../keepers/agents/payments/voucher.ts";
import { readObject, writeObject } from "../../lib/termsFile.ts";
import { type Command, UsageError, needed } from "../../lib/command.ts";
import { actorOf } from "../session.ts";
import { say, sayJson } from "../../lib/output.ts";
import { type MoneySession, PAYMENT_KEY, PAY_OPTIONS, amountIn, amountWords, withMoney } from "./money.ts";
import { type NamedChannel, CHANNEL, channelFacts, channelNow, hashesOf, namedChannel } from "./named.ts";
import { carryOut, stepOn } from "./steps.ts";

/** The option that says where the voucher is, for all commands that read or write one. */
export const VOUCHER_OPTION = { value: "FILE", about: "the newest voucher (beside the channel's file)" } as const;

/** Where the newest voucher lies. @throws UsageError when nothing says it */
const voucherPath = ({ values }: MoneySession, { path }: NamedChannel): string => {
  const said = values.get("voucher") ?? path?.replace(/(\.json)?$/, ".voucher.json");
  if (said === undefined) throw new UsageError("--voucher is missing");
  return said;
};

/** The newest voucher of a channel; undefined when there is none. @throws UsageError when it is another channel's */
export const bestVoucher = async (session: MoneySession, channel: NamedChannel): Promise<SignedVoucher | undefined> => {
  const path = voucherPath(session, channel);
  const raw = await readObject(path);
  if (raw === undefined) return undefined;
  const parsed = parseVoucher(raw);
  if (parsed.kind === "malformed") throw new UsageError(`${path} holds no voucher: ${parsed.field} is “${parsed.got}”`);
  const { domain } = await hashesOf(session);
  const { value } = parsed;
  const isOurs =
    value.channelId === channel.id &&
    value.domain.chainId === domain.chainId &&
    value.domain.channels === domain.channels;
  if (isOurs) return value;
  throw new UsageError(`${path} holds a voucher of another channel, ${value.channelId}`);
};

/** The newest voucher. @throws UsageError when there is none */
export const neededVoucher = async (session: MoneySession, channel: NamedChannel): Promise<SignedVoucher> => {
  const voucher = await bestVoucher(session, channel);
  if (voucher === undefined) throw new UsageError(`there is no voucher in ${voucherPath(session, channel)}`);
  return voucher;
};

/** Signs a digest as the actor. @throws UsageError when it has no key here */
export const signAs = async (session: MoneySession, digest: string): Promise<`0x${string}`> => {
  const { signer, address } = await actorOf(session, PAYMENT_KEY);
  if (signer instanceof Wallet || signer instanceof HDNodeWallet) return hex(signer.signingKey.sign(digest).serialized);
  throw new UsageError(`nothing here can sign for ${address}`);
};

/** @throws UsageError when the chain would not pay a voucher of this total, or less than was promised before */
const checkTotal = async (session: MoneySession, channel: NamedChannel, total: bigint, last: bigint): Promise<void> => {
  const { token, id } = channel;
  const { state, deposited } = await channelNow(session, channel);
  const words = (units: bigint): string => amountWords(token, units);
  if (state !== "Open") throw new UsageError(`channel ${id} is ${state}, and only an open one pays for more`);
  if (total > deposited) {
    throw new UsageError(`the channel holds ${words(deposited)}, not ${words(total)}; nexus pay top-up puts in more`);
  }
  if (total < last) throw new UsageError(`${words(last)} were promised already; a smaller total takes nothing back`);
};

/** The voucher of a total: the last one again, or a new one, written down. */
const promise = async (session: MoneySession, channel: NamedChannel, total: bigint): Promise<SignedVoucher> => {
  const last = await bestVoucher(session, channel);
  await checkTotal(session, channel, total, last?.maxClaimableAmount ?? 0n);
  if (last?.maxClaimableAmount === total) return last;
  const { domain, voucherDigest } = await hashesOf(session);
  const voucher = { channelId: channel.id, maxClaimableAmount: total };
  const signed = { ...voucher, domain, signature: await signAs(session, voucherDigest(voucher)) };
  await writeObject(voucherPath(session, channel), voucherToWire(signed));
  return signed;
};

const sent = async (session: MoneySession): Promise<number> => {
  const channel = await namedChannel(session);
  const total = amountIn(session, channel.token, "total");
  const { address, isSending } = await actorOf(session, PAYMENT_KEY);
  const signer = signerOf(channel.terms);
  if (address.toLowerCase() !== signer) throw new UsageError(`${signer} signs the vouchers of this channel`);
  const words = amountWords(channel.token, total);
  if (!isSending) {
    // A voucher is as good as money: nobody is asked for one by mistake.
    if (session.inJson) sayJson({ sent: false, channelId: channel.id, maxClaimableAmount: total });
    else say(`dry run: a voucher over ${words} in all was not signed, --send does it`);
    return 0;
  }
  const file = voucherPath(session, channel);
  const voucher = voucherToWire(await promise(session, channel, total));
  if (session.inJson) sayJson({ ...voucher, file });
  else say(`voucher over ${words} in all in ${file}: hand it to the receiver`);
  return 0;
};

const claimed = async (session: MoneySession): Promise<number> => {
  const { channels } = session.money;
  const channel = await namedChannel(session);
  const voucher = await neededVoucher(session, channel);
  const actor = await actorOf(session, PAYMENT_KEY);
  const { deposited, paid } = await channelNow(session, channel);
  const total = voucher.maxClaimableAmount;
  const due = unclaimed({ deposited, paid }, total);
  const data = channels.interface.encodeFunctionData("claim", [channel.terms, total, voucher.signature]);
  const whose = isReceiver(channel.terms, actor.address.toLowerCase()) ? "" : " for the receiver";
  const line =
    due === 0n
      ? `nothing to do: ${amountWords(channel.token, paid)} were paid already`
      : `${amountWords(channel.token, due)}${whose}, ${amountWords(channel.token, total)} in all`;
  return carryOut(session, actor, due === 0n ? [] : [await stepOn(channels, "claim", data)], {
    facts: () => channelFacts(session, channel),
    lines: [line],
  });
};

/** Signs a larger total. */
export const send: Command = {
  about: "pay through a channel: sign a larger total for the receiver, into a file",
  takes: CHANNEL,
  example: "channel.json --total 2.5 --as alice",
  options: {
    total: needed({ value: "N", about: "what the receiver may have had in all; said twice, it pays once" }),
    voucher: VOUCHER_OPTION,
    ...PAY_OPTIONS,
  },
  run: (values) => withMoney(values, sent),
};

/** Has the chain pay what a voucher says. */
export const claim: Command = {
  about: "have the chain pay what the newest voucher says; anyone may",
  takes: CHANNEL,
  example: "channel.json --as bob",
  options: { voucher: VOUCHER_OPTION, ...PAY_OPTIONS },
  run: (values) => withMoney(values, claimed),
};
