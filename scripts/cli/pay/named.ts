import { address } from "../../../keepers/core/units.ts";
import { type Channel, channelOf, isClosing } from "../../../keepers/agents/payments/channel.ts";
import { parseTerms } from "../../../keepers/agents/payments/parse.ts";
import type { ChannelTerms } from "../../../keepers/agents/payments/voucher.ts";
import { keccak } from "../../../keepers/adapters/readers/moneyContracts.ts";
import { channelHashes } from "../../../keepers/agents/payments/voucher.ts";
import { type Home, readTerms } from "../../lib/termsFile.ts";
import { findChannel } from "../../../keepers/adapters/readers/findTerms.ts";
import { UsageError, requiredArgument } from "../../lib/command.ts";
import { type MoneySession, type PayToken, amountWords, tokenAt, wordOf } from "./money.ts";
import { spanWords } from "../../../keepers/views/spans.ts";

/** What a channel is named by: the file with its terms, or its id. */
export const CHANNEL = "CHANNEL";

/** A channel as a command knows it. `path`: where its terms lie, undefined for one that was found by its id. */
export type NamedChannel = {
  readonly terms: ChannelTerms;
  readonly id: `0x${string}`;
  readonly token: PayToken;
  readonly path: string | undefined;
};

/** Where channels live. */
export const channelHome = async ({ book, money }: MoneySession): Promise<Home> => ({
  chainId: book.chainId,
  contract: await money.channels.getAddress(),
});

/** The hashes that are signed for channels of this book. */
export const hashesOf = async (session: MoneySession) => {
  const { chainId, contract } = await channelHome(session);
  return channelHashes(keccak, { chainId: BigInt(chainId), channels: address(contract) });
};

/** Terms out of JSON. @throws UsageError naming the first field that is malformed */
export const readChannelTerms = (raw: unknown): ChannelTerms => {
  const parsed = parseTerms(raw);
  if (parsed.kind === "parsed") return parsed.value;
  throw new UsageError(`${parsed.field} is malformed: “${parsed.got}”`);
};

/** A channel of these terms. */
export const channelOfTerms = async (
  session: MoneySession,
  terms: ChannelTerms,
  path: string | undefined,
): Promise<NamedChannel> => ({
  terms,
  id: (await hashesOf(session)).channelIdOf(terms),
  token: await tokenAt(session, terms.token),
  path,
});

/** The channel that the command line names. @throws UsageError when there is no such file or channel */
export const namedChannel = async (session: MoneySession): Promise<NamedChannel> => {
  const text = requiredArgument(session.values, CHANNEL);
  if (text.startsWith("0x")) {
    const terms = await findChannel(session, wordOf(text, "a channel's id"));
    if (terms === undefined) throw new UsageError(`no channel ${text} was ever opened`);
    return channelOfTerms(session, terms, undefined);
  }
  const terms = await readTerms(text, await channelHome(session), readChannelTerms);
  if (terms === undefined) throw new UsageError(`there is no file ${text}; nexus pay open writes one`);
  return channelOfTerms(session, terms, text);
};

/** A channel as it is in the newest block. */
export const channelNow = async ({ money }: MoneySession, { terms }: Pick<NamedChannel, "terms">): Promise<Channel> =>
  channelOf(await money.channels.channelOf(terms));

/** A channel in one line. `now` in seconds since the epoch. */
export const channelWords = ({ token, id }: NamedChannel, channel: Channel, now: bigint): string => {
  const { state, deposited, paid, closesAt } = channel;
  if (state === "None") return `channel ${id}: not opened`;
  if (state === "Closed") return `channel ${id}: Closed`;
  const wait = closesAt < now ? "can be finished" : `can be finished in ${spanWords(closesAt + 1n - now)}`;
  const sums = `${amountWords(token, paid)} of ${amountWords(token, deposited)} paid`;
  return `channel ${id}: ${state}, ${sums}${isClosing(channel) ? `, ${wait}` : ""}`;
};

/** A channel for a program. */
export const channelFacts = async (session: MoneySession, channel: NamedChannel) => ({
  channelId: channel.id,
  ...channel.terms,
  ...(await channelNow(session, channel)),
});
