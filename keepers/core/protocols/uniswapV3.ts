import { type Hex, addressWord, concat, sizeOf, sliceBytes, word, wordAt } from "../hex.ts";
import type { Call } from "../proposal.ts";
import { type Address, address } from "../units.ts";
import {
  type CallReading,
  type ProtocolHop,
  type Protocol,
  addressAt,
  offsetAt,
  selectorOf,
  swapWords,
} from "./protocol.ts";

/** SwapRouter02 `exactInputSingle((address,address,uint24,address,uint256,uint256,uint160))` */
const SINGLE = "0x04e45aaf";
/** SwapRouter02 `exactInput((bytes,address,uint256,uint256))` */
const PATH = "0xb858183f";

const FIRST_HOP_BYTES = 43;
const TOKEN_BYTES = 20;
const HOP_BYTES = 23;

/** Three bytes. */
const feeBytes = (feePips: bigint): Hex => `0x${feePips.toString(16).padStart(6, "0")}`;

/** The router's packed path of one pool, which the key is the hash of. */
const hopBytes = ({ tokenIn, feePips, tokenOut }: ProtocolHop): Hex => concat([tokenIn, feeBytes(feePips), tokenOut]);

const readSingle = ({ target, data }: Call): CallReading | undefined => {
  const [tokenIn, tokenOut, recipient] = [addressAt(data, 0), addressAt(data, 1), addressAt(data, 3)];
  if (tokenIn === undefined || tokenOut === undefined || recipient === undefined) return undefined;
  const [feePips, amountIn, limit] = [wordAt(data, 2, 4), wordAt(data, 4, 4), wordAt(data, 6, 4)];
  if (feePips === undefined || amountIn === undefined || limit === undefined) return undefined;
  // What does not fit its type makes the contract's decoder revert.
  if (feePips >> 24n !== 0n || limit >> 160n !== 0n) return undefined;
  return {
    keyBytes: hopBytes({ tokenIn, feePips, tokenOut }),
    tokenIn,
    amountIn,
    tokenOut,
    recipient,
    spender: target,
  };
};

/** A byte string that is a whole path, or undefined. */
const readPacked = (data: Hex, start: number): Hex | undefined => {
  const length = wordAt(data, 0, start);
  if (length === undefined || length > BigInt(sizeOf(data))) return undefined;
  const path = sliceBytes(data, start + 32, start + 32 + Number(length));
  const size = sizeOf(path);
  if (BigInt(size) !== length || size < FIRST_HOP_BYTES || (size - TOKEN_BYTES) % HOP_BYTES !== 0) return undefined;
  return path;
};

const readPath = ({ target, data }: Call): CallReading | undefined => {
  const tuple = offsetAt(data, 0, 4);
  if (tuple === undefined || wordAt(data, 3, tuple) === undefined) return undefined;
  const [recipient, amountIn, start] = [addressAt(data, 1, tuple), wordAt(data, 2, tuple), offsetAt(data, 0, tuple)];
  const path = start === undefined ? undefined : readPacked(data, start);
  if (recipient === undefined || amountIn === undefined || path === undefined) return undefined;
  const tokenIn = address(sliceBytes(path, 0, TOKEN_BYTES));
  const tokenOut = address(sliceBytes(path, sizeOf(path) - TOKEN_BYTES));
  return { keyBytes: path, tokenIn, amountIn, tokenOut, recipient, spender: target };
};

/** The tokens of a packed path, the ends included. */
const tokensIn = (path: Hex): readonly Address[] =>
  Array.from({ length: (sizeOf(path) - TOKEN_BYTES) / HOP_BYTES + 1 }, (_, hop) =>
    address(sliceBytes(path, hop * HOP_BYTES, hop * HOP_BYTES + TOKEN_BYTES)),
  );

const READERS: ReadonlyMap<Hex, (call: Call) => CallReading | undefined> = new Map([
  [SINGLE, readSingle],
  [PATH, readPath],
]);

const minOutOf = (call: Call): bigint | undefined => {
  const { data } = call;
  const selector = selectorOf(call);
  if (selector === SINGLE) return wordAt(data, 5, 4);
  if (selector !== PATH) return undefined;
  const tuple = wordAt(data, 0, 4);
  return tuple === undefined || tuple > BigInt(data.length) ? undefined : wordAt(data, 3, 4 + Number(tuple));
};

const feeWords = (feePips: number): string => `${feePips / 10_000} %`;

/** Which pool a swap through one names by its fee; a path through several names none alone. */
const poolWords = (call: Call): string => {
  const fee = selectorOf(call) === SINGLE ? wordAt(call.data, 2, 4) : undefined;
  return fee === undefined ? "" : `, ${feeWords(Number(fee))} pool`;
};

/** Swaps in pools of Uniswap v3 and its forks. An amount of zero, which the router reads as "all", is refused. */
export const uniswapV3 = {
  decoder: "UniswapV3Decoder",
  selectors: [SINGLE, PATH],
  read: (call) => {
    const reading = READERS.get(selectorOf(call))?.(call);
    return reading === undefined || reading.amountIn === 0n ? undefined : reading;
  },
  minOut: minOutOf,
  tokens: ({ keyBytes }) => tokensIn(keyBytes),
  words: (call, reading, names) => swapWords({ call, reading, minOut: minOutOf(call) ?? 0n }, names, poolWords(call)),
  pools: {
    kind: "v3",
    selector: SINGLE,
    encode: ({ router, tokenIn, tokenOut, amountIn, minOut, recipient, feePips }) => ({
      target: router,
      data: concat([
        SINGLE,
        addressWord(tokenIn),
        addressWord(tokenOut),
        word(feePips),
        addressWord(recipient),
        word(amountIn),
        word(minOut),
        word(0n),
      ]),
    }),
    keyBytes: hopBytes,
    leafWords: (feePips) => `, fee ${feeWords(feePips)}`,
  },
} as const satisfies Protocol;
