import { maxOf, minOf } from "./integers.ts";

/** Room for the base fee to rise until the next blocks: at most 0.75 % in each on Sei. */
const BASE_FEE_ROOM_PERCENT = 10n;
/** A transaction replaces another of the same nonce when it pays this much more. */
const REPLACEMENT_PERCENT = 12n;

/** `percent` above the amount, rounded up. */
export const percentMore = (amount: bigint, percent: bigint): bigint => (amount * (100n + percent) + 99n) / 100n;

/** In wei per gas. */
export type GasTerms = {
  /** What is paid above the base fee: the order of a block follows the whole price of a legacy transaction. */
  readonly tip: bigint;
  readonly maxGasPrice: bigint;
};

/**
 * What to pay, in wei per gas; undefined while the base fee is more than allowed. Where outbidding would cost more than
 * allowed, what is allowed is paid: either it is taken, or what waits is mined.
 * @param replaced the price of a transaction with the same nonce that may still be waiting
 */
export const gasPriceFor = (
  baseFee: bigint,
  { tip, maxGasPrice }: GasTerms,
  replaced: bigint | undefined,
): bigint | undefined => {
  if (baseFee > maxGasPrice) return undefined;
  const wanted = percentMore(baseFee, BASE_FEE_ROOM_PERCENT) + tip;
  const least = replaced === undefined ? 0n : percentMore(replaced, REPLACEMENT_PERCENT);
  return minOf(maxOf(wanted, least), maxGasPrice);
};
