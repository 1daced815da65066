import { type Hex, addressWord, concat, hex, sizeOf, word } from "../../../keepers/core/hex.ts";
import { address } from "../../../keepers/core/units.ts";
import type { ProposalDocument } from "../data/documents.ts";
import { hexOf, keccak } from "../data/keccak.ts";

const WORD = 32;

/** @throws RangeError for what is no number, or none of 256 bits without a sign */
const uint = (text: string): Hex => {
  if (!/^\d+$/.test(text)) throw new RangeError(`not a value in wei: ${text.slice(0, 80)}`);
  return word(BigInt(text));
};

const list = (items: readonly Hex[]): Hex => concat([word(BigInt(items.length)), ...items]);

const bytesItem = (data: Hex): Hex => {
  const padding = (WORD - (sizeOf(data) % WORD)) % WORD;
  return concat([word(BigInt(sizeOf(data))), data, `0x${"00".repeat(padding)}`]);
};

/** Parts whose size is not fixed, each found by its distance from the first byte after `before` words. */
const offsets = (parts: readonly Hex[], before: number): readonly Hex[] =>
  parts.map((_, index) =>
    word(BigInt(before * WORD + parts.slice(0, index).reduce((size, part) => size + sizeOf(part), 0))),
  );

const bytesList = (items: readonly Hex[]): Hex => {
  const parts = items.map(bytesItem);
  return concat([word(BigInt(parts.length)), ...offsets(parts, parts.length), ...parts]);
};

/**
 * The number that the governor gives a proposal, computed from what it would do: the hash of targets, values, calldata and
 * the hash of its description. Undefined where the parts make no proposal, or are not known.
 */
export const governorId = ({ calls, governed }: Pick<ProposalDocument, "calls" | "governed">): bigint | undefined => {
  if (governed === null || governed.values.length !== calls.length) return undefined;
  try {
    const lists = [
      list(calls.map(({ target }) => addressWord(address(target)))),
      list(governed.values.map((value) => uint(value))),
      bytesList(calls.map(({ data }) => hex(data))),
    ];
    const description = keccak(hexOf(new TextEncoder().encode(governed.untrustedDescription)));
    return BigInt(keccak(concat([...offsets(lists, lists.length + 1), description, ...lists])));
  } catch {
    return undefined;
  }
};
