import { type Hex, sizeOf, sliceBytes } from "../../core/hex.ts";

/** One price in an update of Pyth: `price × 10^exponent` dollars, give or take `conf × 10^exponent`. */
export type PythPrice = {
  readonly feedId: Hex;
  readonly price: bigint;
  /** About one standard deviation of what Pyth's publishers say. */
  readonly conf: bigint;
  readonly exponent: number;
  /** In seconds since the epoch. */
  readonly publishTime: bigint;
};

/** What an update holds. Nobody has looked at its signatures: the contract does. */
export type PythUpdate = {
  /** Wormhole's number of the chain that the prices come from. */
  readonly emitterChain: number;
  readonly prices: readonly PythPrice[];
};

/** Wormhole's number of Pyth's own chain. Prices from any other are none of Pyth's. */
export const PYTHNET = 26;

const MAGIC = "0x504e4155";
const MERKLE = 0n;
const PRICE_MESSAGE = 0n;
const APPROVAL_VERSION = 1n;
const SIGNATURE_BYTES = 66;
/** Of an approval before its signatures, and of its body before the emitter's chain. */
const APPROVAL_HEAD = 6;
const BODY_HEAD = 8;
const NODE_BYTES = 20;
/** Of a price message up to its publish time. */
const MESSAGE_BYTES = 61;

/** An unsigned number of `bytes` bytes; undefined where the data ends before. */
const uintAt = (data: Hex, start: number, bytes: number): bigint | undefined => {
  const part = sliceBytes(data, start, start + bytes);
  return sizeOf(part) === bytes && bytes > 0 ? BigInt(part) : undefined;
};

const lengthAt = (data: Hex, start: number, bytes: number): number | undefined => {
  const length = uintAt(data, start, bytes);
  return length === undefined ? undefined : Number(length);
};

const priceOf = (message: Hex): PythPrice | undefined => {
  if (sizeOf(message) < MESSAGE_BYTES || uintAt(message, 0, 1) !== PRICE_MESSAGE) return undefined;
  return {
    feedId: sliceBytes(message, 1, 33),
    price: BigInt.asIntN(64, uintAt(message, 33, 8) ?? 0n),
    conf: uintAt(message, 41, 8) ?? 0n,
    exponent: Number(BigInt.asIntN(32, uintAt(message, 49, 4) ?? 0n)),
    publishTime: uintAt(message, 53, 8) ?? 0n,
  };
};

const emitterOf = (approval: Hex): number | undefined => {
  if (uintAt(approval, 0, 1) !== APPROVAL_VERSION) return undefined;
  const signatures = lengthAt(approval, APPROVAL_HEAD - 1, 1) ?? 0;
  return lengthAt(approval, APPROVAL_HEAD + signatures * SIGNATURE_BYTES + BODY_HEAD, 2);
};

/** The prices of a list of messages with their proofs, which must end where the data does. */
const pricesOf = (data: Hex): readonly PythPrice[] | undefined => {
  const count = lengthAt(data, 0, 1) ?? 0;
  const prices: PythPrice[] = [];
  let at = 1;
  for (let index = 0; index < count; index += 1) {
    const length = lengthAt(data, at, 2) ?? 0;
    const price = priceOf(sliceBytes(data, at + 2, at + 2 + length));
    const nodes = lengthAt(data, at + 2 + length, 1);
    if (price === undefined || nodes === undefined) return undefined;
    prices.push(price);
    at += 3 + length + nodes * NODE_BYTES;
  }
  return count > 0 && at === sizeOf(data) ? prices : undefined;
};

/**
 * Reads an update in Pyth's wire format, version 1: a merkle tree of price messages whose root an approval in Wormhole's format
 * carries. Undefined where it is none.
 */
export const readPythUpdate = (update: Hex): PythUpdate | undefined => {
  if (sliceBytes(update, 0, 4) !== MAGIC || uintAt(update, 4, 1) !== 1n) return undefined;
  const start = 7 + (lengthAt(update, 6, 1) ?? 0);
  const size = lengthAt(update, start + 1, 2);
  if (uintAt(update, start, 1) !== MERKLE || size === undefined) return undefined;
  const end = start + 3 + size;
  const emitterChain = emitterOf(sliceBytes(update, start + 3, end));
  const prices = pricesOf(sliceBytes(update, end));
  return emitterChain === undefined || prices === undefined ? undefined : { emitterChain, prices };
};
