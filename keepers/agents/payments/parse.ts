import { type Hex, hex, sizeOf } from "../../core/hex.ts";
import { type Address, address, seconds } from "../../core/units.ts";
import type { ChannelTerms, SignedVoucher } from "./voucher.ts";

/** The first member that is not as it must be; the text is cut, so that a hostile one cannot fill a log. */
export type Malformed = { readonly kind: "malformed"; readonly field: string; readonly got: string };
export type Parsed<T> = { readonly kind: "parsed"; readonly value: T } | Malformed;

/** The members of a JSON object. */
export type WireMembers = Readonly<Record<string, unknown>>;
type Read<T> = (value: unknown) => T | undefined;

const DECIMAL = /^(?:0|[1-9][0-9]{0,77})$/;
const HEX_TEXT = /^0x(?:[0-9a-fA-F]{2})*$/;
const ADDRESS_TEXT = /^0x[0-9a-fA-F]{40}$/;
/** An ERC-1271 signature may be of any length; a server has to stop somewhere. */
const MAX_SIGNATURE_BYTES = 4_096;
const MAX_SHOWN = 80;
const WORD_BYTES = 32;

export const isMembers = (value: unknown): value is WireMembers =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const shown = (value: unknown): string => {
  const text = typeof value === "string" ? value : typeof value;
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
};

export const malformed = (field: string, got: unknown): Malformed => ({ kind: "malformed", field, got: shown(got) });

/** A decimal string without sign, point or leading zeros, below 2^bits. */
const decimal =
  (bits: bigint): Read<bigint> =>
  (value) => {
    if (typeof value !== "string" || !DECIMAL.test(value)) return undefined;
    const number = BigInt(value);
    return number >> bits === 0n ? number : undefined;
  };

const readAddress: Read<Address> = (value) =>
  typeof value === "string" && ADDRESS_TEXT.test(value) ? address(value) : undefined;

const bytes =
  (least: number, most: number): Read<Hex> =>
  (value) => {
    if (typeof value !== "string" || value.length > 2 + most * 2 || !HEX_TEXT.test(value)) return undefined;
    const data = hex(value);
    return sizeOf(data) >= least ? data : undefined;
  };

/** Reads 32 bytes in hex; undefined for all else. */
export const readWord = bytes(WORD_BYTES, WORD_BYTES);
const readSignature = bytes(1, MAX_SIGNATURE_BYTES);
const readUint256 = decimal(256n);
/** Reads a decimal string below 2^128; undefined for all else. */
export const readUint128 = decimal(128n);
const readUint40 = decimal(40n);
/** x402 sends a delay as a number. */
const readDelay: Read<bigint> = (value) => readUint40(typeof value === "number" ? String(value) : value);

const readDomain = (members: WireMembers) => ({
  chainId: readUint256(members["chainId"]),
  channels: readAddress(members["channels"]),
});

/** Names the first member that could not be read. */
const malformedOf = (members: WireMembers, read: Readonly<Record<string, unknown>>): Malformed => {
  const field = Object.keys(read).find((name) => read[name] === undefined) ?? "";
  return malformed(field, members[field]);
};

/**
 * Reads a voucher as it comes from a stranger: `chainId` and `maxClaimableAmount` as decimal strings, the rest in hex.
 * Other members are ignored. Never throws, whatever it is given as parsed JSON.
 */
export const parseVoucher = (raw: unknown): Parsed<SignedVoucher> => {
  if (!isMembers(raw)) return malformed("", raw);
  const read = {
    ...readDomain(raw),
    channelId: readWord(raw["channelId"]),
    maxClaimableAmount: readUint128(raw["maxClaimableAmount"]),
    signature: readSignature(raw["signature"]),
  };
  const { chainId, channels, channelId, maxClaimableAmount, signature } = read;
  if (chainId === undefined || channels === undefined || channelId === undefined) return malformedOf(raw, read);
  if (maxClaimableAmount === undefined || signature === undefined) return malformedOf(raw, read);
  return { kind: "parsed", value: { domain: { chainId, channels }, channelId, maxClaimableAmount, signature } };
};

/** Reads a channel's terms: addresses and the salt in hex, `withdrawDelay` in seconds as a number. Never throws. */
export const parseTerms = (raw: unknown): Parsed<ChannelTerms> => {
  if (!isMembers(raw)) return malformed("", raw);
  const delay = readDelay(raw["withdrawDelay"]);
  const read = {
    payer: readAddress(raw["payer"]),
    payerAuthorizer: readAddress(raw["payerAuthorizer"]),
    receiver: readAddress(raw["receiver"]),
    receiverAuthorizer: readAddress(raw["receiverAuthorizer"]),
    token: readAddress(raw["token"]),
    withdrawDelay: delay === undefined ? undefined : seconds(delay),
    salt: readWord(raw["salt"]),
  };
  const { payer, payerAuthorizer, receiver, receiverAuthorizer, token, withdrawDelay, salt } = read;
  if (payer === undefined || payerAuthorizer === undefined) return malformedOf(raw, read);
  if (receiver === undefined || receiverAuthorizer === undefined) return malformedOf(raw, read);
  if (token === undefined || withdrawDelay === undefined || salt === undefined) return malformedOf(raw, read);
  const value = { payer, payerAuthorizer, receiver, receiverAuthorizer, token, withdrawDelay, salt };
  return { kind: "parsed", value };
};

/** A voucher as it travels; `parseVoucher` reads it back. */
export const voucherToWire = (voucher: SignedVoucher) => ({
  chainId: voucher.domain.chainId.toString(),
  channels: voucher.domain.channels,
  channelId: voucher.channelId,
  maxClaimableAmount: voucher.maxClaimableAmount.toString(),
  signature: voucher.signature,
});

/** Terms as they travel; `parseTerms` reads them back. */
export const termsToWire = (terms: ChannelTerms) => ({ ...terms, withdrawDelay: Number(terms.withdrawDelay) });
