import { ZeroAddress, toBeHex } from "ethers";
import {
  type Channel,
  type ChannelConfig,
  channelConfigOf,
  channelStateAt,
} from "../../../keepers/core/channelTerms.ts";
import { findChannel } from "../../payments/find.ts";
import { type Home, readTerms, writeTerms } from "../../payments/files.ts";
import { type Command, UsageError, required, requiredArgument, wholeNumber } from "../command.ts";
import { READ_OPTIONS, actorOf, chainTime } from "../dao/session.ts";
import { spanWords } from "../../dao/words.ts";
import { say, sayJson } from "../output.ts";
import {
  type MoneySession,
  type Token,
  PAYMENT_KEY,
  PAY_OPTIONS,
  TOKEN_OPTION,
  accountNamed,
  amountIn,
  amountWords,
  tokenAt,
  tokenIn,
  withMoney,
  wordOf,
} from "./money.ts";
import { allowance, carryOut, stepOn } from "./steps.ts";

/** What a channel is named by: the file with its terms, or its id. */
export const CHANNEL = "CHANNEL";
const DEFAULT_DELAY = 3_600;

/** A channel as a command knows it. `path`: where its terms lie, undefined for one that was found by its id. */
export type Named = {
  readonly config: ChannelConfig;
  readonly id: string;
  readonly token: Token;
  readonly path: string | undefined;
};

/** Where channels live. */
export const channelHome = async ({ book, money }: MoneySession): Promise<Home> => ({
  chainId: book.chainId,
  contract: await money.channels.getAddress(),
});

const named = async (session: MoneySession, config: ChannelConfig, path: string | undefined): Promise<Named> => ({
  config,
  id: await session.money.channels.channelIdOf(config),
  token: await tokenAt(session, config.token),
  path,
});

/** The channel that the command line names. @throws UsageError when there is no such file or channel */
export const namedChannel = async (session: MoneySession): Promise<Named> => {
  const text = requiredArgument(session.values, CHANNEL);
  if (text.startsWith("0x")) {
    const config = await findChannel(session.book, session.provider, wordOf(text, "a channel's id"));
    if (config === undefined) throw new UsageError(`no channel ${text} was ever opened`);
    return named(session, config, undefined);
  }
  const config = await readTerms(text, await channelHome(session), channelConfigOf);
  if (config === undefined) throw new UsageError(`there is no file ${text}; nexus pay open writes one`);
  return named(session, config, text);
};

/** A channel as it is in the newest block. */
export const channelNow = async ({ money }: MoneySession, { config }: Pick<Named, "config">): Promise<Channel> => {
  const { state, deposited, paid, closesAt } = await money.channels.channelOf(config);
  return { state: channelStateAt(state), deposited, paid, closesAt };
};

/** A channel in one line. `now` in seconds since the epoch. */
export const channelWords = ({ token, id }: Named, channel: Channel, now: bigint): string => {
  const { state, deposited, paid, closesAt } = channel;
  const sums = `${amountWords(token, paid)} of ${amountWords(token, deposited)} paid`;
  const wait = closesAt > now ? `, can be finished in ${spanWords(closesAt - now)}` : ", can be finished";
  return `channel ${id}: ${state}, ${sums}${state.startsWith("Closing") ? wait : ""}`;
};

/** A channel for a program. */
export const channelFacts = async (session: MoneySession, channel: Named) => ({
  channelId: channel.id,
  ...channel.config,
  ...(await channelNow(session, channel)),
});

const writtenConfig = async (session: MoneySession, payer: string): Promise<ChannelConfig> => {
  const { values } = session;
  const account = (name: string): string => {
    const text = values.get(name);
    return text === undefined ? ZeroAddress : accountNamed(session, text);
  };
  const written: Readonly<Record<string, unknown>> = {
    payer,
    payerAuthorizer: account("signer"),
    receiver: accountNamed(session, required(values, "to")),
    receiverAuthorizer: account("receiver-signer"),
    token: (await tokenIn(session)).address,
    withdrawDelay: BigInt(wholeNumber(values, "delay", 0) ?? DEFAULT_DELAY),
    salt: toBeHex(wholeNumber(values, "salt", 0) ?? 0, 32),
  };
  return channelConfigOf((name) => written[name]);
};

/** The terms in the file, which must be those of the command line as far as it says any; else new ones, written there. */
const agreedConfig = async (session: MoneySession, payer: string, path: string): Promise<ChannelConfig> => {
  const home = await channelHome(session);
  const config = await writtenConfig(session, payer);
  const kept = await readTerms(path, home, channelConfigOf);
  if (kept === undefined) {
    await writeTerms(path, home, config);
    return config;
  }
  const { channels } = session.money;
  if ((await channels.channelIdOf(kept)) === (await channels.channelIdOf(config))) return kept;
  throw new UsageError(`${path} holds the terms of another channel; name another file`);
};

/** Makes the channel hold `wanted`, whatever it holds now. */
const fill = async (session: MoneySession, channel: Named, wanted: bigint): Promise<number> => {
  const { channels } = session.money;
  const { config, token } = channel;
  const actor = await actorOf(session, PAYMENT_KEY);
  const { state, deposited } = await channelNow(session, channel);
  const isNew = state === "None";
  const missing = wanted > deposited ? wanted - deposited : 0n;
  const data = isNew
    ? channels.interface.encodeFunctionData("open", [config, missing])
    : channels.interface.encodeFunctionData("topUp", [config, missing]);
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
  const channel = await named(session, await agreedConfig(session, payer, path), path);
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

const DEPOSITED = { value: "N", about: "what shall have been put in, in all; said twice, it moves once" } as const;

/** Opens a channel. */
export const open: Command = {
  about: "open a channel and put money in it, from the ledger",
  options: {
    to: { value: "WHO", about: "who is paid" },
    deposited: DEPOSITED,
    file: { value: "FILE", about: "where the channel's terms are kept" },
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
export const topup: Command = {
  about: "put more into an open channel, from the ledger",
  takes: CHANNEL,
  options: { deposited: DEPOSITED, ...PAY_OPTIONS },
  run: (values) => withMoney(values, toppedUp),
};

/** What a channel is. */
export const status: Command = {
  about: "a channel as the chain has it, by its file or its id; reads only",
  takes: CHANNEL,
  options: READ_OPTIONS,
  run: (values) => withMoney(values, shown),
};

