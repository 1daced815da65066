import { type Hex, addressWord, concat, sizeOf, word, wordAt } from "../hex.ts";
import { type Call, ZERO_ADDRESS } from "../proposal.ts";
import type { Address } from "../units.ts";
import {
  type CallReading,
  type Protocol,
  type RouteCall,
  type RouteHop,
  type RoutePath,
  addressAt,
  selectorOf,
  swapWords,
} from "./protocol.ts";

/** `executeSwaps((bytes32,address,address,uint256,uint256,uint256,uint24)[][],uint256,bool,(uint256,address,uint256))` */
const EXECUTE = "0x06b492d2";

/** Most paths of a route, and most hops of a path, that the decoder reads. */
const MAX_PATHS = 8n;
const MAX_HOPS = 4n;
/** Symphony's numbers of exchanges go from 1 to this one. */
const LAST_EXCHANGE = 6n;
const MAX_FEE_PIPS = (1n << 24n) - 1n;
const MAX_AMOUNT = (1n << 128n) - 1n;

const WORD_BYTES = 32;
const SELECTOR_BYTES = 4;
/** Words of the head: place of the route, least output, whether to pay the native coin, three of fees. */
const HEAD_WORDS = 6;
/** Where the places of the paths stand, behind their number. */
const PLACES = HEAD_WORDS + 1;
const HOP_WORDS = 7;
/** Words of the key for each hop. */
const NAMED_PER_HOP = 5;

/** A word of the arguments. */
const argument = (data: Hex, index: number): bigint | undefined => wordAt(data, index, SELECTOR_BYTES);

/** A number of paths or hops that is read; undefined for any other. */
const lengthAt = (data: Hex, index: number, most: bigint): number | undefined => {
  const length = argument(data, index);
  return length === undefined || length === 0n || length > most ? undefined : Number(length);
};

/** Nothing but a least output is demanded: no native coin, and no partner who is paid. */
const hasPlainTerms = (data: Hex): boolean =>
  argument(data, 0) === BigInt(HEAD_WORDS * WORD_BYTES) &&
  argument(data, 1) !== 0n &&
  [2, 3, 4, 5].every((index) => argument(data, index) === 0n);

/** What the key of a route is the hash of: for each path the number of its hops, and each hop. */
const keyBytes = (paths: readonly Pick<RoutePath, "hops">[]): Hex =>
  concat(
    paths.flatMap(({ hops }) => [
      word(BigInt(hops.length)),
      ...hops.flatMap(({ pool, tokenIn, tokenOut, exchange, feePips }) => [
        pool,
        addressWord(tokenIn),
        addressWord(tokenOut),
        word(exchange),
        word(feePips),
      ]),
    ]),
  );

/** The tokens of a route, each once, from what its key is the hash of. */
const tokensIn = (key: Hex): readonly Address[] => {
  const tokens = new Set<Address>();
  let place = 0;
  while (place < sizeOf(key) / WORD_BYTES) {
    const end = place + 1 + Number(wordAt(key, place) ?? 0n) * NAMED_PER_HOP;
    for (let hop = place + 1; hop < end; hop += NAMED_PER_HOP) {
      const ends = [addressAt(key, hop + 1, 0), addressAt(key, hop + 2, 0)];
      ends.filter((token) => token !== undefined).forEach((token) => tokens.add(token));
    }
    place = end;
  }
  return [...tokens];
};

const readHop = (data: Hex, place: number): RouteHop | undefined => {
  const [tokenIn, tokenOut] = [addressAt(data, place + 1), addressAt(data, place + 2)];
  const [pool, exchange, feePips] = [argument(data, place), argument(data, place + 5), argument(data, place + 6)];
  if (tokenIn === undefined || tokenOut === undefined || tokenOut === ZERO_ADDRESS) return undefined;
  if (pool === undefined || exchange === undefined || feePips === undefined) return undefined;
  if (exchange === 0n || exchange > LAST_EXCHANGE || feePips > MAX_FEE_PIPS) return undefined;
  return { pool: word(pool), tokenIn, tokenOut, exchange, feePips };
};

/** A path whose length stands at `place`, and the word behind it; undefined unless each hop begins where the last one ended. */
const readPath = (data: Hex, place: number): { readonly path: RoutePath; readonly end: number } | undefined => {
  const length = lengthAt(data, place, MAX_HOPS);
  const amountIn = argument(data, place + 4);
  if (length === undefined || amountIn === undefined || amountIn === 0n || amountIn > MAX_AMOUNT) return undefined;
  const hops: RouteHop[] = [];
  for (let index = 0; index < length; index += 1) {
    const hop = readHop(data, place + 1 + index * HOP_WORDS);
    if (hop === undefined || (index > 0 && hop.tokenIn !== hops[index - 1]?.tokenOut)) return undefined;
    hops.push(hop);
  }
  return { path: { amountIn, hops }, end: place + 1 + length * HOP_WORDS };
};

/** Each part lies right behind the one before, as encoders write them; undefined for every other form. */
const readPaths = (data: Hex): { readonly paths: readonly RoutePath[]; readonly end: number } | undefined => {
  const count = lengthAt(data, HEAD_WORDS, MAX_PATHS);
  if (count === undefined) return undefined;
  const paths: RoutePath[] = [];
  let end = PLACES + count;
  for (let index = 0; index < count; index += 1) {
    const found = readPath(data, end);
    if (found === undefined || argument(data, PLACES + index) !== BigInt((end - PLACES) * WORD_BYTES)) return undefined;
    paths.push(found.path);
    ({ end } = found);
  }
  return { paths, end };
};

/** The ends that all paths share; undefined where they share none, or spend what they buy. */
const endsOf = (paths: readonly RoutePath[]): Pick<CallReading, "tokenIn" | "tokenOut"> | undefined => {
  const ends = paths.map(({ hops }) => ({ tokenIn: hops[0]?.tokenIn, tokenOut: hops.at(-1)?.tokenOut }));
  const [first] = ends;
  if (first?.tokenIn === undefined || first.tokenOut === undefined || first.tokenIn === ZERO_ADDRESS) return undefined;
  const { tokenIn, tokenOut } = first;
  const isOne = ends.every((other) => other.tokenIn === tokenIn && other.tokenOut === tokenOut);
  return isOne && tokenIn !== tokenOut ? { tokenIn, tokenOut } : undefined;
};

const read = (call: Call): CallReading | undefined => {
  const { target, data } = call;
  if (selectorOf(call) !== EXECUTE || !hasPlainTerms(data)) return undefined;
  const route = readPaths(data);
  const ends = route === undefined ? undefined : endsOf(route.paths);
  if (route === undefined || ends === undefined) return undefined;
  const recipient = addressAt(data, route.end);
  if (recipient === undefined || sizeOf(data) !== SELECTOR_BYTES + (route.end + 1) * WORD_BYTES) return undefined;
  const amountIn = route.paths.reduce((sum, path) => sum + path.amountIn, 0n);
  return { keyBytes: keyBytes(route.paths), ...ends, amountIn, recipient, spender: target };
};

const hopWords = ({ pool, tokenIn, tokenOut, exchange, feePips }: RouteHop, amountIn: bigint): readonly Hex[] => [
  pool,
  addressWord(tokenIn),
  addressWord(tokenOut),
  word(amountIn),
  // The router compares the sum of all paths alone.
  word(0n),
  word(exchange),
  word(feePips),
];

const encode = ({ router, paths, minOut, recipient }: RouteCall): Call => {
  const bodies = paths.map(({ amountIn, hops }) =>
    // What a later hop spends is what the one before it bought.
    concat([word(BigInt(hops.length)), ...hops.flatMap((hop, index) => hopWords(hop, index === 0 ? amountIn : 0n))]),
  );
  let place = paths.length * WORD_BYTES;
  const places = bodies.map((body) => {
    const here = place;
    place += sizeOf(body);
    return word(BigInt(here));
  });
  const head = [word(BigInt(HEAD_WORDS * WORD_BYTES)), word(minOut), ...[0n, 0n, 0n, 0n].map(word)];
  const data = concat([EXECUTE, ...head, word(BigInt(paths.length)), ...places, ...bodies, addressWord(recipient)]);
  return { target: router, data };
};

const minOut = (call: Call): bigint | undefined => (selectorOf(call) === EXECUTE ? argument(call.data, 1) : undefined);

/**
 * Swaps along routes of Symphony. The router pays its caller and names nobody, so a call names who that is in a word
 * behind what the router reads.
 */
export const symphony = {
  decoder: "SymphonyDecoder",
  selectors: [EXECUTE],
  read,
  minOut,
  tokens: (reading) => tokensIn(reading.keyBytes),
  words: (call, reading, names) => {
    const count = readPaths(call.data)?.paths.length ?? 0;
    const least = minOut(call) ?? 0n;
    return swapWords({ call, reading, minOut: least }, names, `, ${count} ${count === 1 ? "path" : "paths"}`);
  },
  routes: { kind: "symphony", selector: EXECUTE, encode, keyBytes },
} as const satisfies Protocol;
