declare const unit: unique symbol;

/** A value that the compiler keeps apart from others of the same shape. Brands do not guard `<` or `+`: use the helpers. */
export type Brand<T, Name extends string> = T & { readonly [unit]: Name };

/** A chain address: 0x and forty hex digits, always lower case, so that `===` and map keys are right. */
export type Address = Brand<`0x${string}`, "Address">;
/** Seconds since the Unix epoch, as `block.timestamp` gives them. Two or three blocks share one on Sei. */
export type UnixSeconds = Brand<bigint, "UnixSeconds">;
/** A length of time in seconds. */
export type Seconds = Brand<bigint, "Seconds">;
/** The height of a block. */
export type BlockNumber = Brand<bigint, "BlockNumber">;

const ADDRESS = /^0x[0-9a-f]{40}$/;

const nonNegative = (n: bigint, name: string): bigint => {
  if (n < 0n) throw new RangeError(`${name} must not be negative, got ${n}`);
  return n;
};

/** @throws RangeError when the text is not an address. A checksum in mixed case is dropped, not verified. */
export const address = (text: string): Address => {
  const lower = text.toLowerCase();
  if (!ADDRESS.test(lower)) throw new RangeError(`not an address: ${text}`);
  return lower as Address;
};

/** @throws RangeError when negative */
export const unixSeconds = (n: bigint): UnixSeconds => nonNegative(n, "UnixSeconds") as UnixSeconds;
/** @throws RangeError when negative */
export const seconds = (n: bigint): Seconds => nonNegative(n, "Seconds") as Seconds;
/** @throws RangeError when negative */
export const blockNumber = (n: bigint): BlockNumber => nonNegative(n, "BlockNumber") as BlockNumber;

export const addSeconds = (time: UnixSeconds, length: Seconds): UnixSeconds => unixSeconds(time + length);
