import { type Hex, type Keccak, addressWord, concat, sizeOf, sliceBytes, toAddress, word, wordAt } from "./hex.ts";
import { type Call, type DecodedCall, ZERO_ADDRESS } from "./proposal.ts";
import { type Address, address } from "./units.ts";

/** Selectors of the calls that the decoders know; the same on Uniswap and on DragonSwap. */
export const SELECTORS = {
  /** `approve(address,uint256)` */
  approve: "0x095ea7b3",
  /** `transfer(address,uint256)` */
  transfer: "0xa9059cbb",
  /** `swapExactTokensForTokens(uint256,uint256,address[],address,uint256)` */
  v2Swap: "0x38ed1739",
  /** SwapRouter02 `exactInputSingle((address,address,uint24,address,uint256,uint256,uint160))` */
  v3Single: "0x04e45aaf",
  /** SwapRouter02 `exactInput((bytes,address,uint256,uint256))` */
  v3Path: "0xb858183f",
} as const satisfies Readonly<Record<string, Hex>>;

/** One swap through one pool. Amounts in the tokens' units. */
export type SwapCall = {
  readonly router: Address;
  readonly tokenIn: Address;
  readonly tokenOut: Address;
  readonly amountIn: bigint;
  readonly leastOut: bigint;
  readonly recipient: Address;
};

/** A swap in a v2 pair. `deadline` in Unix seconds, checked by the router. */
export const encodeV2Swap = (swap: SwapCall, deadline: bigint): Call => ({
  target: swap.router,
  data: concat([
    SELECTORS.v2Swap,
    word(swap.amountIn),
    word(swap.leastOut),
    word(160n),
    addressWord(swap.recipient),
    word(deadline),
    word(2n),
    addressWord(swap.tokenIn),
    addressWord(swap.tokenOut),
  ]),
});

/** A swap in one v3 pool, chosen by its fee tier in hundredths of a basis point. */
export const encodeV3Single = (swap: SwapCall, feePips: bigint): Call => ({
  target: swap.router,
  data: concat([
    SELECTORS.v3Single,
    addressWord(swap.tokenIn),
    addressWord(swap.tokenOut),
    word(feePips),
    addressWord(swap.recipient),
    word(swap.amountIn),
    word(swap.leastOut),
    word(0n),
  ]),
});

/** Three bytes. */
const feeBytes = (feePips: bigint): Hex => `0x${feePips.toString(16).padStart(6, "0")}`;

/** The key of a v2 path: the hash of its tokens. Packed as Solidity packs an array, each fills a word. */
const v2KeyBytes = (path: readonly Address[]): Hex => concat(path.map(addressWord));

export const v2Key = (keccak: Keccak, path: readonly Address[]): Hex => keccak(v2KeyBytes(path));

/** The key of one v3 pool: the hash of the router's packed path. */
type Hop = { readonly tokenIn: Address; readonly feePips: bigint; readonly tokenOut: Address };

const v3KeyBytes = ({ tokenIn, feePips, tokenOut }: Hop): Hex => concat([tokenIn, feeBytes(feePips), tokenOut]);

export const v3Key = (keccak: Keccak, hop: Hop): Hex => keccak(v3KeyBytes(hop));

/** What a call's bytes say, before its key is hashed: `keyBytes` are what the key is the hash of. */
export type CallReading = Omit<DecodedCall, "key"> & { readonly keyBytes: Hex };

const keyed = (keccak: Keccak, reading: CallReading | undefined): DecodedCall | undefined => {
  if (reading === undefined) return undefined;
  const { keyBytes, ...rest } = reading;
  return { key: keccak(keyBytes), ...rest };
};

const none = { tokenOut: ZERO_ADDRESS, recipient: ZERO_ADDRESS, spender: ZERO_ADDRESS } as const;

const addressAt = (data: Hex, index: number, from = 4): Address | undefined => {
  const value = wordAt(data, index, from);
  return value === undefined ? undefined : toAddress(value);
};

/** Mirrors `Erc20Decoder`. */
export const readErc20 = ({ target, data }: Call): CallReading | undefined => {
  const selector = sliceBytes(data, 0, 4);
  if (selector !== SELECTORS.approve && selector !== SELECTORS.transfer) return undefined;
  const [counterparty, amountIn] = [addressAt(data, 0), wordAt(data, 1, 4)];
  if (counterparty === undefined || amountIn === undefined) return undefined;
  const spender = selector === SELECTORS.approve ? counterparty : ZERO_ADDRESS;
  return { ...none, keyBytes: counterparty, tokenIn: target, amountIn, spender };
};

/** A dynamic array's or byte string's place: the byte where its length stands, if the offset is one that can be meant. */
const offsetAt = (data: Hex, index: number, from: number): number | undefined => {
  const offset = wordAt(data, index, from);
  return offset === undefined || offset > BigInt(sizeOf(data)) ? undefined : from + Number(offset);
};

/** A dynamic array of at least two addresses, or undefined. */
const readPath = (data: Hex, start: number | undefined): readonly Address[] | undefined => {
  const length = start === undefined ? undefined : wordAt(data, 0, start);
  if (length === undefined || length < 2n || length > BigInt(sizeOf(data))) return undefined;
  const path: Address[] = [];
  for (let i = 1; i <= Number(length); i += 1) {
    const token = addressAt(data, i, start ?? 0);
    if (token === undefined) return undefined;
    path.push(token);
  }
  return path;
};

/** Mirrors `UniswapV2Decoder`. */
export const readV2Swap = ({ target, data }: Call): CallReading | undefined => {
  if (sliceBytes(data, 0, 4) !== SELECTORS.v2Swap || wordAt(data, 4, 4) === undefined) return undefined;
  const [amountIn, recipient, path] = [wordAt(data, 0, 4), addressAt(data, 3), readPath(data, offsetAt(data, 2, 4))];
  if (amountIn === undefined || recipient === undefined || path === undefined) return undefined;
  const [tokenIn, tokenOut] = [path[0], path.at(-1)];
  if (tokenIn === undefined || tokenOut === undefined) return undefined;
  return { keyBytes: v2KeyBytes(path), tokenIn, amountIn, tokenOut, recipient, spender: target };
};

const readSingle = ({ target, data }: Call): CallReading | undefined => {
  const [tokenIn, tokenOut, recipient] = [addressAt(data, 0), addressAt(data, 1), addressAt(data, 3)];
  if (tokenIn === undefined || tokenOut === undefined || recipient === undefined) return undefined;
  const [feePips, amountIn, limit] = [wordAt(data, 2, 4), wordAt(data, 4, 4), wordAt(data, 6, 4)];
  if (feePips === undefined || amountIn === undefined || limit === undefined) return undefined;
  // What does not fit its type makes the contract's decoder revert.
  if (feePips >> 24n !== 0n || limit >> 160n !== 0n) return undefined;
  return {
    keyBytes: v3KeyBytes({ tokenIn, feePips, tokenOut }),
    tokenIn,
    amountIn,
    tokenOut,
    recipient,
    spender: target,
  };
};

const FIRST_HOP_BYTES = 43;
const TOKEN_BYTES = 20;
const HOP_BYTES = 23;

/** A byte string that is a whole path, or undefined. */
const readPacked = (data: Hex, start: number): Hex | undefined => {
  const length = wordAt(data, 0, start);
  if (length === undefined || length > BigInt(sizeOf(data))) return undefined;
  const path = sliceBytes(data, start + 32, start + 32 + Number(length));
  const size = sizeOf(path);
  if (BigInt(size) !== length || size < FIRST_HOP_BYTES || (size - TOKEN_BYTES) % HOP_BYTES !== 0) return undefined;
  return path;
};

const readPathSwap = ({ target, data }: Call): CallReading | undefined => {
  const tuple = offsetAt(data, 0, 4);
  if (tuple === undefined || wordAt(data, 3, tuple) === undefined) return undefined;
  const [recipient, amountIn, start] = [addressAt(data, 1, tuple), wordAt(data, 2, tuple), offsetAt(data, 0, tuple)];
  const path = start === undefined ? undefined : readPacked(data, start);
  if (recipient === undefined || amountIn === undefined || path === undefined) return undefined;
  const tokenIn = address(sliceBytes(path, 0, TOKEN_BYTES));
  const tokenOut = address(sliceBytes(path, sizeOf(path) - TOKEN_BYTES));
  return { keyBytes: path, tokenIn, amountIn, tokenOut, recipient, spender: target };
};

/** Mirrors `UniswapV3Decoder`; an amount of zero, which the router reads as "all", is refused. */
export const readV3Swap = (call: Call): CallReading | undefined => {
  const selector = sliceBytes(call.data, 0, 4);
  const reading =
    selector === SELECTORS.v3Single ? readSingle(call) : selector === SELECTORS.v3Path ? readPathSwap(call) : undefined;
  return reading === undefined || reading.amountIn === 0n ? undefined : reading;
};

/** The same as the decoders on the chain answer, with the key. */
export const decodeErc20 = (keccak: Keccak, call: Call): DecodedCall | undefined => keyed(keccak, readErc20(call));
export const decodeV2Swap = (keccak: Keccak, call: Call): DecodedCall | undefined => keyed(keccak, readV2Swap(call));
export const decodeV3Swap = (keccak: Keccak, call: Call): DecodedCall | undefined => keyed(keccak, readV3Swap(call));

/** The least output that a swap's own arguments demand, in the units of what it buys; undefined for no swap that we know. */
export const swapLeastOut = ({ data }: Call): bigint | undefined => {
  const selector = sliceBytes(data, 0, 4);
  if (selector === SELECTORS.v2Swap) return wordAt(data, 1, 4);
  if (selector === SELECTORS.v3Single) return wordAt(data, 5, 4);
  if (selector !== SELECTORS.v3Path) return undefined;
  const tuple = wordAt(data, 0, 4);
  return tuple === undefined || tuple > BigInt(data.length) ? undefined : wordAt(data, 3, 4 + Number(tuple));
};
