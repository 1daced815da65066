import { mulDivUp } from "../core/integers.ts";

const WAD = 10n ** 18n;

export type GasPricing = {
  /** Wei per unit of gas. */
  readonly gasPrice: bigint;
  /** Worth of one whole native token in whole tokens of the kind that gas is to be told in, × 10^18. */
  readonly nativePriceE18: bigint;
  /** Decimals of that token. */
  readonly decimals: number;
};

/** What so much gas costs in smallest units of a token, rounded up. @throws RangeError when a factor is negative */
export const gasCostInToken = (gas: bigint, { gasPrice, nativePriceE18, decimals }: GasPricing): bigint =>
  mulDivUp(gas * gasPrice, nativePriceE18 * 10n ** BigInt(decimals), WAD * WAD);
