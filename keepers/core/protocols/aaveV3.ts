import { type Hex, addressWord, concat, sizeOf, word, wordAt } from "../hex.ts";
import { type Call, ZERO_ADDRESS } from "../proposal.ts";
import type { Address } from "../units.ts";
import { type CallReading, type LendingCall, type Protocol, addressAt, selectorOf } from "./protocol.ts";

/** `supply(address,uint256,address,uint16)` */
const SUPPLY = "0x617ba037";
/** `withdraw(address,uint256,address)` */
const WITHDRAW = "0x69328dec";

const WORD_BYTES = 32;
const SELECTOR_BYTES = 4;
/** Words of the arguments, the position token behind those that the pool reads included. */
const SUPPLY_WORDS = 5;
const WITHDRAW_WORDS = 4;
/** The pool reads it as all that there is. */
const ALL = (1n << 256n) - 1n;
/** What the pool may round off of what one call moves, in units. */
const ROUNDING = 1n;

type Named = {
  readonly asset: Address;
  readonly position: Address;
  readonly amountIn: bigint;
  readonly recipient: Address;
};

/** The key is the hash of asset and position token. */
const keyBytes = (asset: Address, position: Address): Hex => concat([asset, position]);

/** Asset, amount and recipient stand first in both functions, the position token last; undefined where one is none. */
const namedBy = ({ data }: Call, words: number): Named | undefined => {
  if (sizeOf(data) !== SELECTOR_BYTES + words * WORD_BYTES) return undefined;
  const [asset, recipient, position] = [addressAt(data, 0), addressAt(data, 2), addressAt(data, words - 1)];
  const amountIn = wordAt(data, 1, SELECTOR_BYTES);
  if (asset === undefined || recipient === undefined || position === undefined) return undefined;
  if (amountIn === undefined || amountIn === ALL) return undefined;
  const isPair = asset !== ZERO_ADDRESS && position !== ZERO_ADDRESS && asset !== position;
  return isPair ? { asset, position, amountIn, recipient } : undefined;
};

const readSupply = (call: Call): CallReading | undefined => {
  const named = namedBy(call, SUPPLY_WORDS);
  // A referral code names somebody who is paid for it outside of the chain.
  if (named === undefined || wordAt(call.data, 3, SELECTOR_BYTES) !== 0n) return undefined;
  const { asset, position, amountIn, recipient } = named;
  return {
    keyBytes: keyBytes(asset, position),
    tokenIn: asset,
    amountIn,
    tokenOut: position,
    recipient,
    spender: call.target,
  };
};

const readWithdraw = (call: Call): CallReading | undefined => {
  const named = namedBy(call, WITHDRAW_WORDS);
  if (named === undefined) return undefined;
  const { asset, position, amountIn, recipient } = named;
  return {
    keyBytes: keyBytes(asset, position),
    tokenIn: position,
    amountIn,
    tokenOut: asset,
    recipient,
    spender: ZERO_ADDRESS,
  };
};

const READERS: ReadonlyMap<Hex, (call: Call) => CallReading | undefined> = new Map([
  [SUPPLY, readSupply],
  [WITHDRAW, readWithdraw],
]);

const read = (call: Call): CallReading | undefined => READERS.get(selectorOf(call))?.(call);

const encodeSupply = ({ pool, asset, position, amount, recipient }: LendingCall): Call => ({
  target: pool,
  data: concat([
    SUPPLY,
    addressWord(asset),
    word(amount),
    addressWord(recipient),
    word(0n),
    // Behind what the pool reads: what the mandate permits must say all that the call moves.
    addressWord(position),
  ]),
});

const encodeWithdraw = ({ pool, asset, position, amount, recipient }: LendingCall): Call => ({
  target: pool,
  data: concat([WITHDRAW, addressWord(asset), word(amount), addressWord(recipient), addressWord(position)]),
});

/**
 * Supplies to and withdrawals from lending pools of Aave's v3 and its forks, among them Yei. What makes or repays a debt is
 * not known: the treasury does not value debts.
 */
export const aaveV3 = {
  decoder: "AaveV3Decoder",
  selectors: [SUPPLY, WITHDRAW],
  read,
  // Units for units.
  minOut: (call) => {
    const amount = read(call)?.amountIn;
    return amount === undefined ? undefined : amount - (amount < ROUNDING ? amount : ROUNDING);
  },
  words: (call, { tokenIn, tokenOut, amountIn }, names) =>
    selectorOf(call) === SUPPLY
      ? `supply ${names.amount(tokenIn, amountIn)} to ${names.router(call.target)}`
      : `withdraw ${names.amount(tokenOut, amountIn)} from ${names.router(call.target)}`,
  lending: {
    kind: "aaveV3",
    supply: { selector: SUPPLY, encode: encodeSupply },
    withdraw: { selector: WITHDRAW, encode: encodeWithdraw },
    keyBytes,
  },
} as const satisfies Protocol;
