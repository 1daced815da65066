import { type Hex, addressWord, concat, sizeOf, word, wordAt } from "../hex.ts";
import type { Address } from "../units.ts";
import { type Protocol, addressAt, offsetAt, selectorOf, swapWords } from "./protocol.ts";

/** `swapExactTokensForTokens(uint256,uint256,address[],address,uint256)` */
const SWAP = "0x38ed1739";

/** What the key of a path is the hash of: its tokens. Packed as Solidity packs an array, each fills a word. */
const pathBytes = (path: readonly Address[]): Hex => concat(path.map(addressWord));

/** The tokens of a path, from what its key is the hash of. */
const tokensIn = (keyBytes: Hex): readonly Address[] =>
  Array.from({ length: sizeOf(keyBytes) / 32 }, (_, index) => addressAt(keyBytes, index, 0)).filter(
    (token) => token !== undefined,
  );

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

/** Swaps in pairs of Uniswap v2 and its forks. The key is the hash of the path. */
export const uniswapV2 = {
  decoder: "UniswapV2Decoder",
  selectors: [SWAP],
  read: (call) => {
    const { target, data } = call;
    if (selectorOf(call) !== SWAP || wordAt(data, 4, 4) === undefined) return undefined;
    const [amountIn, recipient, path] = [wordAt(data, 0, 4), addressAt(data, 3), readPath(data, offsetAt(data, 2, 4))];
    if (amountIn === undefined || recipient === undefined || path === undefined) return undefined;
    const [tokenIn, tokenOut] = [path[0], path.at(-1)];
    if (tokenIn === undefined || tokenOut === undefined) return undefined;
    return { keyBytes: pathBytes(path), tokenIn, amountIn, tokenOut, recipient, spender: target };
  },
  minOut: (call) => (selectorOf(call) === SWAP ? wordAt(call.data, 1, 4) : undefined),
  tokens: ({ keyBytes }) => tokensIn(keyBytes),
  words: (call, reading, names) => swapWords({ call, reading, minOut: wordAt(call.data, 1, 4) ?? 0n }, names),
  pools: {
    kind: "v2",
    selector: SWAP,
    encode: ({ router, tokenIn, tokenOut, amountIn, minOut, recipient, deadline }) => ({
      target: router,
      data: concat([
        SWAP,
        word(amountIn),
        word(minOut),
        word(160n),
        addressWord(recipient),
        word(deadline),
        word(2n),
        addressWord(tokenIn),
        addressWord(tokenOut),
      ]),
    }),
    keyBytes: ({ tokenIn, tokenOut }) => pathBytes([tokenIn, tokenOut]),
    leafWords: () => "",
  },
} as const satisfies Protocol;
