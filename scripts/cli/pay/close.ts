import type { SignedVoucher } from "../../../keepers/agents/payments/voucher.ts";
import {
  type Channel,
  bountyFrom,
  isClosing,
  isReceiver,
  unclaimed,
} from "../../../keepers/agents/payments/channel.ts";
import { type Command, UsageError, wholeNumber } from "../../lib/command.ts";
import { type Actor, actorOf, chainTime } from "../session.ts";
import { readObject, writeObject } from "../../lib/termsFile.ts";
import { lineLog, say, sayJson } from "../../lib/output.ts";
import { reasonOf } from "../../../keepers/adapters/readers/reason.ts";
import { type MoneySession, PAYMENT_KEY, PAY_OPTIONS, amountIn, amountWords, withMoney } from "./money.ts";
import { type NamedChannel, CHANNEL, channelFacts, channelNow, channelWords, hashesOf, namedChannel } from "./named.ts";
import { type PayStep, carryOut, stepOn } from "./steps.ts";
import { VOUCHER_OPTION, bestVoucher, neededVoucher, signAs } from "./voucher.ts";

const DEFAULT_AGREEMENT = 600;

type Closing = { readonly channel: NamedChannel; readonly state: Channel; readonly actor: Actor; readonly now: bigint };

/** The receiver takes its newest total, and the channel is over at once. */
const asReceiver = async (session: MoneySession, { channel }: Closing): Promise<readonly PayStep[]> => {
  const { channels } = session.money;
  const voucher = await bestVoucher(session, channel);
  const total = voucher?.maxClaimableAmount ?? 0n;
  const args = [channel.terms, total, total, voucher?.signature ?? "0x"] as const;
  return [await stepOn(channels, "close", channels.interface.encodeFunctionData("close", [...args]))];
};

type Agreement = { readonly total: bigint; readonly deadline: bigint; readonly signature: string };

const readAgreement = async (path: string, { id }: NamedChannel): Promise<Agreement> => {
  const { channelId, total, deadline, signature } = (await readObject(path)) ?? {};
  const isWhole = (value: unknown): value is string => typeof value === "string" && /^\d+$/.test(value);
  if (channelId !== id || !isWhole(total) || !isWhole(deadline) || typeof signature !== "string") {
    throw new UsageError(`${path} holds no agreement to close channel ${id}`);
  }
  return { total: BigInt(total), deadline: BigInt(deadline), signature };
};

/** The payer ends it at once with the receiver's word, or alone and after the delay. */
const asPayer = async (session: MoneySession, { channel, state, now }: Closing): Promise<readonly PayStep[]> => {
  const { channels } = session.money;
  const { interface: abi } = channels;
  const path = session.values.get("agreement");
  if (path !== undefined) {
    const { total, deadline, signature } = await readAgreement(path, channel);
    const data = abi.encodeFunctionData("cooperativeClose", [channel.terms, total, deadline, signature]);
    return [await stepOn(channels, "close together", data)];
  }
  if (isClosing(state)) {
    if (now <= state.closesAt) return [];
    return [await stepOn(channels, "finish the close", abi.encodeFunctionData("finalizeClose", [channel.terms]))];
  }
  const owed = session.values.has("owed")
    ? amountIn(session, channel.token, "owed")
    : (await neededVoucher(session, channel)).maxClaimableAmount;
  return [await stepOn(channels, "start to close", abi.encodeFunctionData("initiateClose", [channel.terms, owed]))];
};

/** Anyone finishes a close whose delay is over. */
const asAnyone = async (session: MoneySession, closing: Closing): Promise<readonly PayStep[]> => {
  if (isClosing(closing.state)) return asPayer(session, closing);
  throw new UsageError(`only payer and receiver can close channel ${closing.channel.id}`);
};

/** Signs the receiver's word that the channel may be closed at a total, for the payer. */
const agreed = async (session: MoneySession, path: string, { channel, now, actor }: Closing): Promise<number> => {
  const { token, id: channelId } = channel;
  const total = session.values.has("owed")
    ? amountIn(session, token, "owed")
    : (await neededVoucher(session, channel)).maxClaimableAmount;
  if (!actor.isSending) {
    say(`dry run: an agreement to close at ${amountWords(token, total)} in all was not signed, --send does it`);
    return 0;
  }
  const deadline = now + BigInt(wholeNumber(session.values, "valid", 1) ?? DEFAULT_AGREEMENT);
  const signature = await signAs(session, (await hashesOf(session)).closeDigest({ channelId, total, deadline }));
  await writeObject(path, { channelId, total, deadline, signature });
  if (session.inJson) sayJson({ channelId, total, deadline, signature, file: path });
  else
    say(`agreed to close at ${amountWords(token, total)} in all, in ${path}: accept no voucher until it has expired`);
  return 0;
};

const closed = async (session: MoneySession): Promise<number> => {
  const channel = await namedChannel(session);
  const actor = await actorOf(session, PAYMENT_KEY);
  const closing = {
    channel,
    actor,
    state: await channelNow(session, channel),
    now: await chainTime(session.provider),
  };
  const { terms, id } = channel;
  const { state } = closing.state;
  const who = actor.address.toLowerCase();
  const agreement = session.values.get("agree");
  if (agreement !== undefined) return agreed(session, agreement, closing);
  if (state === "None") throw new UsageError(`channel ${id} was never opened`);
  const plan = isReceiver(terms, who) ? asReceiver : who === terms.payer ? asPayer : asAnyone;
  const steps = state === "Closed" ? [] : await plan(session, closing);
  const line = steps.length > 0 ? [] : [`nothing to do: ${channelWords(channel, closing.state, closing.now)}`];
  return carryOut(session, actor, steps, { facts: () => channelFacts(session, channel), lines: line });
};

/** Ends a channel as far as the actor can now. */
export const close: Command = {
  about: "end a channel: the receiver at once, the payer together with it, or alone and after the delay",
  takes: CHANNEL,
  example: "channel.json --as bob",
  options: {
    voucher: VOUCHER_OPTION,
    owed: { value: "N", about: "the payer: what the receiver shall have had in all (its newest voucher)" },
    agree: { value: "FILE", about: "the receiver: sign its agreement into this file instead" },
    valid: { value: "S", about: `how many seconds that agreement counts (${DEFAULT_AGREEMENT})` },
    agreement: { value: "FILE", about: "the payer: close at once with the receiver's agreement" },
    ...PAY_OPTIONS,
  },
  run: (values) => withMoney(values, closed),
};

/** Whether the actor should claim now: the receiver at once, a watchtower once it is paid for it. */
const isTime = ({ channel, state, actor, now }: Closing): boolean => {
  if (!isClosing(state)) return false;
  return isReceiver(channel.terms, actor.address.toLowerCase()) || now >= (bountyFrom(state, channel.terms) ?? now);
};

const POLL_MS = 400;
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, POLL_MS));

type Watch = { readonly channel: NamedChannel; readonly actor: Actor; readonly voucher: SignedVoucher };

/** Looks once, and answers a close that leaves something out. @returns the exit code, or undefined to look again */
const look = async (session: MoneySession, { channel, actor, voucher }: Watch): Promise<number | undefined> => {
  const { channels } = session.money;
  const total = voucher.maxClaimableAmount;
  const facts = () => channelFacts(session, channel);
  const state = await channelNow(session, channel);
  const now = await chainTime(session.provider);
  if (unclaimed(state, total) > 0n && isTime({ channel, state, actor, now })) {
    const data = channels.interface.encodeFunctionData("claim", [channel.terms, total, voucher.signature]);
    const line = `the close leaves out ${amountWords(channel.token, unclaimed(state, total))}`;
    return carryOut(session, actor, [await stepOn(channels, "claim", data)], { facts, lines: [line] });
  }
  if (!session.values.has("once") && state.state !== "Closed") return undefined;
  return carryOut(session, actor, [], { facts, lines: [channelWords(channel, state, now)] });
};

/**
 * Looks again until there is an end. A node that does not answer well is told of, once for each fault, and asked again: an
 * unwatched channel costs more than an untidy end. [NX-CHN-08]
 */
export const lookOn = async (
  lookOnce: () => Promise<number | undefined>,
  { wait, onTrouble }: { readonly wait: () => Promise<void>; readonly onTrouble: (reason: string) => void },
): Promise<number> => {
  let told = "";
  for (;;) {
    try {
      const code = await lookOnce();
      if (code !== undefined) return code;
      told = "";
    } catch (error) {
      if (error instanceof UsageError) throw error;
      const reason = reasonOf(error);
      if (reason !== told) onTrouble(reason);
      told = reason;
    }
    await wait();
  }
};

/** Looks until the channel is closed, or a stale close was answered; `--once` looks once. */
const watched = async (session: MoneySession): Promise<number> => {
  const channel = await namedChannel(session);
  const voucher = await neededVoucher(session, channel);
  const watch = { channel, voucher, actor: await actorOf(session, PAYMENT_KEY) };
  if (session.values.has("once")) return (await look(session, watch)) ?? 0;
  const onTrouble = (reason: string): void => lineLog.warn("watch.trouble", { reason });
  return lookOn(() => look(session, watch), { wait: pause, onTrouble });
};

/** Answers a close that leaves out what was signed. */
export const watch: Command = {
  about: "watch a channel and answer a close that leaves out what was signed, for a bounty where it is another's",
  takes: CHANNEL,
  example: "channel.json --as bob",
  options: { voucher: VOUCHER_OPTION, once: { about: "look once instead of until it is closed" }, ...PAY_OPTIONS },
  run: (values) => withMoney(values, watched),
};
