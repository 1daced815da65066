import { assertNever } from "../../core/assertNever.ts";
import type { Hex } from "../../core/hex.ts";
import { maxOf } from "../../core/integers.ts";
import { type UnixSeconds, unixSeconds } from "../../core/units.ts";
import type { ChannelDomain, StoredChannel, StoredVoucher } from "../../agents/payments/ports.ts";
import {
  type Parsed,
  parseTerms,
  parseVoucher,
  readWord,
  termsToWire,
  voucherToWire,
} from "../../agents/payments/parse.ts";
import type { ChannelTerms } from "../../agents/payments/voucher.ts";

/** One record of a voucher store. */
export type StoreEntry =
  | { readonly kind: "channel"; readonly channelId: Hex; readonly terms: ChannelTerms }
  | { readonly kind: "voucher"; readonly voucher: StoredVoucher }
  | { readonly kind: "released"; readonly channelId: Hex; readonly total: bigint }
  | { readonly kind: "frozen"; readonly channelId: Hex; readonly deadline: UnixSeconds }
  | { readonly kind: "forgotten"; readonly channelId: Hex };

/** As many purchases of a channel as can be asked for again. */
const RECENT = 8;

/** A record as text. The domain is left out: a store has one. */
export const entryText = (record: StoreEntry): string => {
  if (record.kind === "channel") return JSON.stringify({ ...record, terms: termsToWire(record.terms) });
  if (record.kind === "forgotten") return JSON.stringify(record);
  if (record.kind === "released") return JSON.stringify({ ...record, total: record.total.toString() });
  if (record.kind === "frozen") return JSON.stringify({ ...record, deadline: record.deadline.toString() });
  const { channelId, maxClaimableAmount, signature } = voucherToWire(record.voucher);
  return JSON.stringify({
    kind: "voucher",
    channelId,
    maxClaimableAmount,
    signature,
    purchase: record.voucher.purchase,
  });
};

const valueOf = <T>(parsed: Parsed<T>): T => {
  if (parsed.kind === "malformed") throw new TypeError(`${parsed.field} is not as it must be: ${parsed.got}`);
  return parsed.value;
};

const wordOf = (raw: unknown, name: string): Hex => {
  const word = readWord(raw);
  if (word === undefined) throw new TypeError(`${name} is not 32 bytes`);
  return word;
};

/** Reads a record back. @throws TypeError or SyntaxError when it is none */
export const parseEntry = (text: string, domain: ChannelDomain): StoreEntry => {
  const raw = JSON.parse(text) as Readonly<Record<string, unknown>>;
  if (raw["kind"] === "voucher") {
    const voucher = valueOf(parseVoucher({ ...raw, chainId: domain.chainId.toString(), channels: domain.channels }));
    return { kind: "voucher", voucher: { ...voucher, purchase: wordOf(raw["purchase"], "purchase") } };
  }
  const channelId = wordOf(raw["channelId"], "channelId");
  if (raw["kind"] === "forgotten") return { kind: "forgotten", channelId };
  if (raw["kind"] === "channel") return { kind: "channel", channelId, terms: valueOf(parseTerms(raw["terms"])) };
  if (raw["kind"] === "released") return { kind: "released", channelId, total: BigInt(String(raw["total"])) };
  if (raw["kind"] === "frozen") {
    return { kind: "frozen", channelId, deadline: unixSeconds(BigInt(String(raw["deadline"]))) };
  }
  throw new TypeError(`no record is a ${String(raw["kind"])}`);
};

/** What has to be written down of a channel, now that older vouchers do not count. */
export const entriesOf = ({ channelId, terms, recent, agreedUntil }: StoredChannel): readonly StoreEntry[] => [
  { kind: "channel", channelId, terms },
  ...(agreedUntil === undefined ? [] : [{ kind: "frozen", channelId, deadline: agreedUntil } as const]),
  ...recent.map((voucher) => ({ kind: "voucher", voucher }) as const),
];

/** As if the last voucher had not come: what it was for was not charged. One that is not the last stays. */
const without = (channel: StoredChannel, total: bigint): StoredChannel => {
  if (channel.last?.maxClaimableAmount !== total) return channel;
  const recent = channel.recent.slice(0, -1);
  return { ...channel, recent, last: recent.at(-1) };
};

const laterOf = (one: UnixSeconds | undefined, other: UnixSeconds): UnixSeconds =>
  one === undefined ? other : unixSeconds(maxOf(one, other));

const withVoucher = (channel: StoredChannel, voucher: StoredVoucher): StoredChannel => {
  const last = channel.last?.maxClaimableAmount ?? 0n;
  if (voucher.maxClaimableAmount <= last) return channel;
  return { ...channel, last: voucher, recent: [...channel.recent, voucher].slice(-RECENT) };
};

/**
 * What is known of a channel after one more record. A voucher that is not above the last one changes nothing, and of two
 * agreements to close the later deadline holds: the payer may use either.
 */
export const afterEntry = (channel: StoredChannel | undefined, record: StoreEntry): StoredChannel | undefined => {
  switch (record.kind) {
    case "forgotten":
      return undefined;
    case "channel": {
      const { channelId, terms } = record;
      return channel ?? { channelId, terms, last: undefined, recent: [], agreedUntil: undefined };
    }
    case "released":
      return channel && without(channel, record.total);
    case "frozen":
      return channel && { ...channel, agreedUntil: laterOf(channel.agreedUntil, record.deadline) };
    case "voucher":
      return channel && withVoucher(channel, record.voucher);
    default:
      return assertNever(record);
  }
};
