import { type Hex, addressWord, concat, sizeOf, word, wordAt } from "../hex.ts";
import { type Call, ZERO_ADDRESS } from "../proposal.ts";
import type { Address } from "../units.ts";
import { type CallReading, type LendingCall, type Protocol, addressAt, selectorOf } from "./protocol.ts";

/** `mint(uint256)` */
const MINT = "0xa0712d68";
/** `redeemUnderlying(uint256)` */
const REDEEM_UNDERLYING = "0x852a12e3";

const WORD_BYTES = 32;
const SELECTOR_BYTES = 4;
/** The amount, which is all that the market reads, and behind it asset, position token and who is paid. */
const WORDS = 4;
/** It may mean all that there is. */
const ALL = (1n << 256n) - 1n;
/** What is off in what one call moves of an asset whose share is worth less than a unit. */
const ROUNDING = 1n;

/** The key is the hash of asset and position token. */
const keyBytes = (asset: Address, position: Address): Hex => concat([asset, position]);

type Named = {
  readonly asset: Address;
  readonly position: Address;
  readonly amountIn: bigint;
  readonly recipient: Address;
};

/** What stands behind the selector; undefined where something else does. */
const namedBy = ({ data }: Call): Named | undefined => {
  if (sizeOf(data) !== SELECTOR_BYTES + WORDS * WORD_BYTES) return undefined;
  const amountIn = wordAt(data, 0, SELECTOR_BYTES);
  const [asset, position, recipient] = [addressAt(data, 1), addressAt(data, 2), addressAt(data, 3)];
  if (asset === undefined || position === undefined || recipient === undefined) return undefined;
  if (amountIn === undefined || amountIn === ALL) return undefined;
  const isPair = asset !== ZERO_ADDRESS && position !== ZERO_ADDRESS && asset !== position;
  return isPair ? { asset, position, amountIn, recipient } : undefined;
};

const readMint = (call: Call): CallReading | undefined => {
  const named = namedBy(call);
  if (named === undefined) return undefined;
  const { asset, position, amountIn, recipient } = named;
  const moved = { tokenIn: asset, amountIn, tokenOut: position, recipient };
  return { keyBytes: keyBytes(asset, position), ...moved, spender: call.target };
};

const readRedemption = (call: Call): CallReading | undefined => {
  const named = namedBy(call);
  if (named === undefined) return undefined;
  const { asset, position, amountIn, recipient } = named;
  const moved = { tokenIn: position, amountIn, tokenOut: asset, recipient };
  return { keyBytes: keyBytes(asset, position), ...moved, spender: ZERO_ADDRESS };
};

const READERS: ReadonlyMap<Hex, (call: Call) => CallReading | undefined> = new Map([
  [MINT, readMint],
  [REDEEM_UNDERLYING, readRedemption],
]);

const read = (call: Call): CallReading | undefined => READERS.get(selectorOf(call))?.(call);

const encodeBy =
  (selector: Hex) =>
  ({ pool, asset, position, amount, recipient }: LendingCall): Call => ({
    target: pool,
    data: concat([
      selector,
      word(amount),
      // Behind what the market reads: what the mandate permits must say all that the call moves.
      addressWord(asset),
      addressWord(position),
      addressWord(recipient),
    ]),
  });

/**
 * Supplies to and withdrawals from markets of Compound's v2 and its forks, among them Takara. Each market is called by itself. What
 * makes or repays a debt is not known: the treasury does not value debts.
 */
export const compoundV2 = {
  decoder: "CompoundV2Decoder",
  selectors: [MINT, REDEEM_UNDERLYING],
  read,
  // Units for units, but for the part of a share.
  minOut: (call) => {
    const amount = read(call)?.amountIn;
    return amount === undefined ? undefined : amount - (amount < ROUNDING ? amount : ROUNDING);
  },
  tokens: ({ tokenIn, tokenOut }) => [tokenIn, tokenOut],
  words: (call, { tokenIn, tokenOut, amountIn }, names) =>
    selectorOf(call) === MINT
      ? `supply ${names.amount(tokenIn, amountIn)} to ${names.router(call.target)}`
      : `withdraw ${names.amount(tokenOut, amountIn)} from ${names.router(call.target)}`,
  lending: {
    kind: "compoundV2",
    supply: { selector: MINT, encode: encodeBy(MINT) },
    withdraw: { selector: REDEEM_UNDERLYING, encode: encodeBy(REDEEM_UNDERLYING) },
    keyBytes,
  },
} as const satisfies Protocol;
