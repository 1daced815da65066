import { ZeroAddress, toBeHex } from "ethers";
import type { ChannelTerms } from "../../../keepers/agents/payments/voucher.ts";
import { readTerms, writeTerms } from "../../lib/termsFile.ts";
import { type Command, UsageError, needed, required, wholeNumber } from "../../lib/command.ts";
import { READ_OPTIONS, actorOf, chainTime } from "../session.ts";
import { say, sayJson } from "../../lib/output.ts";
import {
  type MoneySession,
  PAYMENT_KEY,
  PAY_OPTIONS,
  TOKEN_OPTION,
  accountNamed,
  amountIn,
  amountWords,
  tokenIn,
  withMoney,
} from "./money.ts";
import {
  type NamedChannel,
  CHANNEL,
  channelFacts,
  channelHome,
  channelNow,
  channelOfTerms,
  channelWords,
  namedChannel,
  readChannelTerms,
} from "./named.ts";
import { allowance, carryOut, payerOf, stepOn } from "./steps.ts";

const DEFAULT_DELAY = 3_600;

const writtenTerms = async (session: MoneySession, payer: string): Promise<ChannelTerms> => {
  const { values } = session;
  const account = (name: string): string => {
    const text = values.get(name);
    return text === undefined ? ZeroAddress : accountNamed(session, text);
  };
  return readChannelTerms({
    payer,
    payerAuthorizer: account("signer"),
    receiver: accountNamed(session, required(values, "to")),
    receiverAuthorizer: account("receiver-signer"),
    token: (await tokenIn(session)).address,
    withdrawDelay: String(wholeNumber(values, "delay", 0) ?? DEFAULT_DELAY),
    salt: toBeHex(wholeNumber(values, "salt", 0) ?? 0, 32),
  });
};

/** The channel of the command line, kept in the file. @throws UsageError when another channel's terms are in it */
const agreedChannel = async (session: MoneySession, payer: string, path: string): Promise<NamedChannel> => {
  const home = await channelHome(session);
  const channel = await channelOfTerms(session, await writtenTerms(session, payer), path);
  const kept = await readTerms(path, home, readChannelTerms);
  if (kept === undefined) await writeTerms(path, home, channel.terms);
  else if ((await channelOfTerms(session, kept, path)).id !== channel.id) {
    throw new UsageError(`${path} holds the terms of another channel; name another file`);
  }
  return channel;
};

/** Makes the channel hold `wanted`, whatever it holds now. */
const fill = async (session: MoneySession, channel: NamedChannel, wanted: bigint): Promise<number> => {
  const { channels } = session.money;
  const { terms, token } = channel;
  const actor = await payerOf(session);
  const { state, deposited } = await channelNow(session, channel);
  const isNew = state === "None";
  const missing = wanted > deposited ? wanted - deposited : 0n;
  const data = isNew
    ? channels.interface.encodeFunctionData("open", [terms, missing])
    : channels.interface.encodeFunctionData("topUp", [terms, missing]);
  const allow = await allowance(session.money, token, actor.address, "channels");
  const steps = missing === 0n ? [] : [...allow, await stepOn(channels, isNew ? "open" : "top up", data)];
  const line =
    missing === 0n
      ? `nothing to do: the channel is ${state} and was given ${amountWords(token, deposited)}`
      : `${amountWords(token, missing)} into channel ${channel.id}, to have put in ${amountWords(token, wanted)}`;
  return carryOut(session, actor, steps, { facts: () => channelFacts(session, channel), lines: [line] });
};

const opened = async (session: MoneySession): Promise<number> => {
  const { address: payer } = await actorOf(session, PAYMENT_KEY);
  const token = await tokenIn(session);
  const wanted = amountIn(session, token, "deposited");
  const path = required(session.values, "file");
  const channel = await agreedChannel(session, payer, path);
  const { state } = await channelNow(session, channel);
  if (state === "None" || state === "Open") return fill(session, channel, wanted);
  throw new UsageError(`channel ${channel.id} is ${state} and never opens again; another --salt makes another channel`);
};

const toppedUp = async (session: MoneySession): Promise<number> => {
  const channel = await namedChannel(session);
  const { state } = await channelNow(session, channel);
  if (state !== "Open") throw new UsageError(`channel ${channel.id} is ${state}, and only an open one takes more`);
  return fill(session, channel, amountIn(session, channel.token, "deposited"));
};

const shown = async (session: MoneySession): Promise<number> => {
  const channel = await namedChannel(session);
  if (session.inJson) sayJson(await channelFacts(session, channel));
  else say(channelWords(channel, await channelNow(session, channel), await chainTime(session.provider)));
  return 0;
};

const DEPOSITED = needed({ value: "N", about: "what shall have been put in, in all; said twice, it moves once" });

/** Opens a channel. */
export const open: Command = {
  about: "open a channel and put money in it, from the ledger",
  example: "--to bob --deposited 10 --file channel.json --as alice",
  options: {
    to: needed({ value: "WHO", about: "who is paid" }),
    deposited: DEPOSITED,
    file: needed({ value: "FILE", about: "where the channel's terms are kept" }),
    token: TOKEN_OPTION,
    delay: { value: "S", about: `seconds in which a close by the payer can be answered (${DEFAULT_DELAY})` },
    signer: { value: "WHO", about: "who signs vouchers (the payer itself)" },
    "receiver-signer": { value: "WHO", about: "who else may act for the receiver (nobody)" },
    salt: { value: "N", about: "tells channels of the same terms apart (0)" },
    ...PAY_OPTIONS,
  },
  run: (values) => withMoney(values, opened),
};

/** Puts more into a channel. */
export const topUp: Command = {
  about: "put more into an open channel, from the ledger",
  takes: CHANNEL,
  example: "channel.json --deposited 30 --as alice",
  options: { deposited: DEPOSITED, ...PAY_OPTIONS },
  run: (values) => withMoney(values, toppedUp),
};

/** What a channel is. */
export const status: Command = {
  about: "a channel as the chain has it, by its file or its id; reads only",
  takes: CHANNEL,
  example: "channel.json",
  options: READ_OPTIONS,
  run: (values) => withMoney(values, shown),
};
