import type { Interface } from "ethers";
import {
  type BreakerLevel,
  type ChainSnapshot,
  type TokenState,
  BREAKER_LEVELS,
  QUOTE_STATUSES,
} from "../../core/chainSnapshot.ts";
import { RetryableError } from "../../core/errors.ts";
import { type Hex, hex, sliceBytes } from "../../core/hex.ts";
import { type SignerRecord, AGENT_STATUSES } from "../../core/signerRecord.ts";
import { type Address, blockNumber, unixSeconds } from "../../core/units.ts";
import { NexusLens__factory } from "../../../types/index.ts";
import type { TokenInfo } from "./addresses.ts";

/** What to ask the lens, in the order in which it answers. */
export type LensQuery = {
  readonly v2Pools: readonly Address[];
  readonly v3Pools: readonly Address[];
  /** For each v3 pool, words of ticks on each side plus one; zero for no ticks. */
  readonly v3Words: readonly number[];
  readonly tokens: readonly TokenInfo[];
  readonly signers: readonly Address[];
  readonly scopes: readonly Address[];
  readonly agentId: bigint;
};

/** What the lens says of a v3 pool. Ticks are packed, 32 bytes each: the index above, `liquidityNet` in the lower half. */
export type RawV3 = {
  readonly sqrtPriceX96: bigint;
  readonly tick: number;
  readonly tickSpacing: number;
  readonly liquidity: bigint;
  readonly firstWord: number;
  readonly lastWord: number;
  readonly ticks: Hex;
};

export type LensAnswer = {
  readonly view: ChainSnapshot;
  readonly v2: readonly { readonly reserve0: bigint; readonly reserve1: bigint }[];
  readonly v3: readonly RawV3[];
};

const abi: Interface = NexusLens__factory.createInterface();

/** The call's data. */
export const encodeSnapshotCall = (query: LensQuery): Hex => {
  const { v2Pools, v3Pools, v3Words, signers, scopes, agentId } = query;
  const tokens = query.tokens.map((token) => token.address);
  return hex(abi.encodeFunctionData("snapshot", [{ v2Pools, v3Pools, v3Words, tokens, signers, scopes, agentId }]));
};

/*
 * The answer is read by hand, word by word: at every block each agent reads one, and the general decoder would take
 * longer over it than the node. `INexusLens` lays it out; a test compares this reader with the general one.
 */

const WORD_DIGITS = 64;
const WORD_BYTES = 32;

/** A place in the answer, in words from its beginning. Offsets in the answer are relative to the place they stand in. */
type Reader = {
  readonly word: (index: number) => bigint;
  readonly bytes: (index: number, count: number) => Hex;
  /** What the offset at `index` leads to. */
  readonly follow: (index: number) => Reader;
  readonly from: (index: number) => Reader;
};

const readerOf = (data: Hex, start: number): Reader => {
  const word = (index: number): bigint => {
    const digits = data.slice(2 + (start + index) * WORD_DIGITS, 2 + (start + index + 1) * WORD_DIGITS);
    if (digits.length !== WORD_DIGITS) throw new RetryableError("the lens's answer ends too soon");
    return BigInt(`0x${digits}`);
  };
  return {
    word,
    bytes: (index, count) => sliceBytes(data, (start + index) * WORD_BYTES, (start + index + count) * WORD_BYTES),
    follow: (index) => readerOf(data, start + Number(word(index)) / WORD_BYTES),
    from: (index) => readerOf(data, start + index),
  };
};

/** The elements of a list whose elements have a fixed size in words. */
const readList = <T>(list: Reader, size: number, read: (element: Reader, index: number) => T): readonly T[] =>
  Array.from({ length: Number(list.word(0)) }, (_, index) => read(list.from(1 + index * size), index));

/** The elements of a list that begins with their offsets. */
const readOffsetList = <T>(list: Reader, read: (element: Reader) => T): readonly T[] => {
  const elements = list.from(1);
  return Array.from({ length: Number(list.word(0)) }, (_, index) => read(elements.follow(index)));
};

const signed = (word: bigint): number => Number(BigInt.asIntN(256, word));

const named = <T extends string>(names: readonly T[], value: bigint): T => {
  const name = names[Number(value)];
  if (name === undefined) throw new RetryableError(`the lens answered ${value} where there are ${names.length} values`);
  return name;
};

/** @throws RetryableError when more was answered than asked */
const asked = <T>(items: readonly T[], index: number): T => {
  const item = items[index];
  if (item === undefined) throw new RetryableError("the lens answered more than it was asked");
  return item;
};

const readV3 = (pool: Reader): RawV3 => {
  const ticks = pool.follow(6);
  return {
    sqrtPriceX96: pool.word(0),
    tick: signed(pool.word(1)),
    tickSpacing: signed(pool.word(2)),
    liquidity: pool.word(3),
    firstWord: signed(pool.word(4)),
    lastWord: signed(pool.word(5)),
    ticks: ticks.bytes(1, Number(ticks.word(0))),
  };
};

const TOKEN_WORDS = 14;

const readToken = (info: TokenInfo, token: Reader): TokenState => ({
  token: info.address,
  decimals: info.decimals,
  balance: token.word(0),
  status: named(QUOTE_STATUSES, token.word(1)),
  price: { middle: token.word(2), lower: token.word(3), upper: token.word(4) },
  perAction: token.word(8),
  remainingForAgent: token.word(11),
  remainingForAll: token.word(12),
  level: named(BREAKER_LEVELS, token.word(13)),
});

const SIGNER_RECORD_WORDS = 9;

const readSignerRecord = (signer: Address, signerRecord: Reader): SignerRecord => ({
  signer,
  agentId: signerRecord.word(0),
  operatorId: signerRecord.word(1),
  weight: signerRecord.word(2),
  status: named(AGENT_STATUSES, signerRecord.word(3)),
  validUntil: unixSeconds(signerRecord.word(4)),
  highestNonce: signerRecord.word(5),
  nonceWindow: signerRecord.word(6),
  votingSeat: Number(signerRecord.word(7)),
  weightSince: unixSeconds(signerRecord.word(8)),
});

const readSnapshot = (query: LensQuery, view: Reader): ChainSnapshot => ({
  block: blockNumber(view.word(0)),
  time: unixSeconds(view.word(1)),
  tokens: readList(view.follow(4), TOKEN_WORDS, (token, index) => readToken(asked(query.tokens, index), token)),
  signerRecords: readList(view.follow(5), SIGNER_RECORD_WORDS, (signerRecord, index) =>
    readSignerRecord(asked(query.signers, index), signerRecord),
  ),
  levels: new Map(
    readList(view.follow(6), 1, (level, index): readonly [Address, BreakerLevel] => [
      asked(query.scopes, index),
      named(BREAKER_LEVELS, level.word(0)),
    ]),
  ),
  everything: named(BREAKER_LEVELS, view.word(7)),
  // The policy's fifth word, its delay, is zero for the only class that agents enact at once.
  policy: {
    threshold: view.word(8),
    minVoters: view.word(9),
    minOperators: view.word(10),
    maxDeadline: view.word(11),
  },
  mandateRoot: view.bytes(13, 1),
  lossPerAction: view.word(14),
  remainingLoss: view.word(16),
  treasuryValue: view.word(17) === 1n ? { lower: view.word(18), upper: view.word(19) } : undefined,
});

/**
 * Reads an answer of `look`.
 * @throws RetryableError when it is not one: the node is behind, or the lens is not there
 */
export const decodeSnapshot = (query: LensQuery, data: unknown): LensAnswer => {
  if (typeof data !== "string" || data === "0x") throw new RetryableError("the lens did not answer");
  const view = readerOf(hex(data), 0).follow(0);
  return {
    view: readSnapshot(query, view),
    v2: readList(view.follow(2), 2, (pool) => ({ reserve0: pool.word(0), reserve1: pool.word(1) })),
    v3: readOffsetList(view.follow(3), readV3),
  };
};
