import { type Hex, type Keccak, sizeOf, sliceBytes, toAddress, wordAt } from "../hex.ts";
import { type Call, type DecodedCall, ZERO_ADDRESS } from "../proposal.ts";
import type { Address } from "../units.ts";

/** What a call's bytes say, before its key is hashed: `keyBytes` are what the key is the hash of. */
export type CallReading = Omit<DecodedCall, "key"> & { readonly keyBytes: Hex };

/** Names for what a call holds by address only. */
export type CallNames = {
  /** So many of a token's units, with its symbol. */
  readonly amount: (token: Address, units: bigint) => string;
  /** A router by its name, or the address. */
  readonly router: (at: Address) => string;
};

/** One swap through one pool. Amounts in the tokens' units. */
export type SwapCall = {
  readonly router: Address;
  readonly tokenIn: Address;
  readonly tokenOut: Address;
  readonly amountIn: bigint;
  readonly minOut: bigint;
  readonly recipient: Address;
};

/** A swap with all that any protocol needs: the fee of the pool in hundredths of a basis point, the deadline in Unix seconds. */
export type PoolSwap = SwapCall & { readonly feePips: bigint; readonly deadline: bigint };

/** One hop through one pool. */
export type ProtocolHop = { readonly tokenIn: Address; readonly feePips: bigint; readonly tokenOut: Address };

/** How pools of one kind are swapped in, one pool at a time. */
export type PoolCalls = {
  /** The kind of pool, as the address book has it. */
  readonly kind: string;
  readonly selector: Hex;
  readonly encode: (swap: PoolSwap) => Call;
  /** What the key of the call is the hash of. */
  readonly keyBytes: (hop: ProtocolHop) => Hex;
  /** What a leaf for it says beside its tokens and its exchange; "" for nothing. */
  readonly leafWords: (feePips: number) => string;
};

/** One supply to or withdrawal from a lending pool. `position` is the token of what lies there; the amount is in the asset's units. */
export type LendingCall = {
  readonly pool: Address;
  readonly asset: Address;
  readonly position: Address;
  readonly amount: bigint;
  readonly recipient: Address;
};

/** One function of lending pools, and how a call of it is written. */
export type LendingFunction = { readonly selector: Hex; readonly encode: (call: LendingCall) => Call };

/** How lending pools of one kind are supplied to and withdrawn from. */
export type LendingCalls = {
  /** The kind of lending pool, as the address book has it. */
  readonly kind: string;
  readonly supply: LendingFunction;
  readonly withdraw: LendingFunction;
  /** What the key of either call is the hash of. */
  readonly keyBytes: (asset: Address, position: Address) => Hex;
};

/** One hop of a route. `pool`: the pool's id, 32 bytes; `exchange`: the number of its exchange, as the aggregator counts them. */
export type RouteHop = {
  readonly pool: Hex;
  readonly tokenIn: Address;
  readonly tokenOut: Address;
  readonly exchange: bigint;
  readonly feePips: bigint;
};

/** One path of a route, and how much is spent along it, in units of the token that the route spends. */
export type RoutePath = { readonly amountIn: bigint; readonly hops: readonly RouteHop[] };

/** One swap along the paths of a route, which all begin with one token and end with one other. Amounts in the tokens' units. */
export type RouteCall = {
  readonly router: Address;
  readonly paths: readonly RoutePath[];
  readonly minOut: bigint;
  readonly recipient: Address;
};

/** How an aggregator of one kind is called. */
export type RouteCalls = {
  /** The kind of aggregator, as the address book has it. */
  readonly kind: string;
  readonly selector: Hex;
  readonly encode: (call: RouteCall) => Call;
  /** What the key of the call is the hash of: every hop, and no amount. */
  readonly keyBytes: (paths: readonly Pick<RoutePath, "hops">[]) => Hex;
};

/**
 * One protocol whose calls a mandate can permit. `read` mirrors the `decode` of the decoder contract in contracts/decoders: the
 * same addresses, the same amounts, the same bytes under the key, and undefined where that reverts. A test holds it to that.
 */
export type Protocol = {
  /** The decoder contract, by its name in the address book. */
  readonly decoder: string;
  /** The functions that it knows, as four bytes. */
  readonly selectors: readonly Hex[];
  readonly read: (call: Call) => CallReading | undefined;
  /** The least that a call's own arguments demand, in the units of what it buys; undefined where it buys nothing that we know. */
  readonly minOut: (call: Call) => bigint | undefined;
  /** Every token that a call moves or passes through, those in the middle of a path included. `reading` is what `read` made of it. */
  readonly tokens: (reading: CallReading) => readonly Address[];
  /** The call in words. `reading` is what `read` made of it. */
  readonly words: (call: Call, reading: CallReading, names: CallNames) => string;
  /** Missing where it has no pools to swap in. */
  readonly pools?: PoolCalls;
  /** Missing where it lends nothing. */
  readonly lending?: LendingCalls;
  /** Missing where it swaps along no routes of others. */
  readonly routes?: RouteCalls;
};

/** The call as the decoder contract answers it, with its key. */
export const decodeBy = (keccak: Keccak, { read }: Protocol, call: Call): DecodedCall | undefined => {
  const reading = read(call);
  if (reading === undefined) return undefined;
  const { keyBytes, ...rest } = reading;
  return { key: keccak(keyBytes), ...rest };
};

/** The function that a call names. */
export const selectorOf = ({ data }: Call): Hex => sliceBytes(data, 0, 4);

/** What a call without a swap buys: nothing, for nobody. */
export const BUYS_NOTHING = { tokenOut: ZERO_ADDRESS, recipient: ZERO_ADDRESS, spender: ZERO_ADDRESS } as const;

/** An address among a call's words, counted from byte `from`; undefined where the word is none. */
export const addressAt = (data: Hex, index: number, from = 4): Address | undefined => {
  const value = wordAt(data, index, from);
  return value === undefined ? undefined : toAddress(value);
};

/** A dynamic array's or byte string's place: the byte where its length stands, if the offset is one that can be meant. */
export const offsetAt = (data: Hex, index: number, from: number): number | undefined => {
  const offset = wordAt(data, index, from);
  return offset === undefined || offset > BigInt(sizeOf(data)) ? undefined : from + Number(offset);
};

/** A swap in words. `pool`: what is said of the pool behind it, or "". */
export const swapWords = (
  { call, reading, minOut }: { readonly call: Call; readonly reading: CallReading; readonly minOut: bigint },
  names: CallNames,
  pool = "",
): string => {
  const spent = names.amount(reading.tokenIn, reading.amountIn);
  const bought = names.amount(reading.tokenOut, minOut);
  return `swap ${spent} for at least ${bought} on ${names.router(call.target)}${pool}`;
};
