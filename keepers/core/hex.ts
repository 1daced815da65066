import { type Address, address } from "./units.ts";

/** Bytes as text: 0x and an even number of lower-case hex digits. */
export type Hex = `0x${string}`;

/** Keccak-256 of bytes. A parameter, so that the core needs no package. */
export type Keccak = (data: Hex) => Hex;

const HEX = /^0x(?:[0-9a-f]{2})*$/;
const WORD_DIGITS = 64;
const LIMIT = 1n << 256n;

/** @throws RangeError when the text is not whole bytes in hex */
export const hex = (text: string): Hex => {
  const lower = text.toLowerCase();
  if (!HEX.test(lower)) throw new RangeError(`not bytes in hex: ${text.slice(0, 80)}`);
  return `0x${lower.slice(2)}`;
};

/** The bytes of all parts, one after the other. */
export const concat = (parts: readonly Hex[]): Hex => `0x${parts.map((part) => part.slice(2)).join("")}`;

/** How many bytes. */
export const sizeOf = (data: Hex): number => (data.length - 2) / 2;

/** Bytes from `start` on, up to `end` if given. */
export const sliceBytes = (data: Hex, start: number, end?: number): Hex =>
  `0x${data.slice(2 + start * 2, end === undefined ? undefined : 2 + end * 2)}`;

/** A number as 32 bytes, two's complement when negative. @throws RangeError when it does not fit */
export const word = (value: bigint): Hex => {
  if (value >= LIMIT || value < -(LIMIT >> 1n)) throw new RangeError(`${value} does not fit a word`);
  return `0x${BigInt.asUintN(256, value).toString(16).padStart(WORD_DIGITS, "0")}`;
};

/** An address, left-padded to 32 bytes. */
export const addressWord = (account: Address): Hex => `0x${"0".repeat(24)}${account.slice(2)}`;

/** The word with this index, counted from byte `from`; undefined where the data ends before. */
export const wordAt = (data: Hex, index: number, from = 0): bigint | undefined => {
  const start = 2 + (from + index * 32) * 2;
  const digits = data.slice(start, start + WORD_DIGITS);
  return digits.length === WORD_DIGITS ? BigInt(`0x${digits}`) : undefined;
};

/** A word as an address, or undefined when it has bits above the lowest 160. */
export const toAddress = (value: bigint): Address | undefined =>
  value >> 160n === 0n ? address(`0x${value.toString(16).padStart(40, "0")}`) : undefined;
