/*
 * The worth of a treasury's balances as `Treasury.totalAssets` computes it, in the base asset's units: each asset up to its cap, at both
 * ends of its band, rounded as the contracts round. Mirrors `TreasuryAssets._readAssets` and `OracleHub.previewValueRange`.
 */

/** A price band, US dollars with 18 decimals for one whole token. */
export type Band = { readonly lower: bigint; readonly upper: bigint };

/** An asset of the treasury. `isUnit`: one unit counts as one of the base asset. `band`: undefined where there is no price. */
export type ListedAsset = {
  readonly token: string;
  readonly decimals: number;
  readonly cap: bigint;
  readonly isUnit: boolean;
  readonly band: Band | undefined;
};

/** `middle` is what `totalAssets` answers; `unvalued` names a held asset without a price, whose value is missing in all three. */
export type TreasuryValue = {
  readonly lower: bigint;
  readonly upper: bigint;
  readonly middle: bigint;
  readonly unvalued: string | undefined;
};

const DUST_PART = 1_000n;
/** An asset that is worth more dollars, with 18 decimals, has no value. */
const MAX_VALUE = 2n ** 128n - 1n;
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const divUp = (value: bigint, by: bigint): bigint => (value + by - 1n) / by;

type Priced = { readonly low: bigint; readonly high: bigint; readonly isValued: boolean };
const NOTHING: Priced = { low: 0n, high: 0n, isValued: true };

const pricedOf = ({ decimals, cap, band }: ListedAsset, held: bigint): Priced => {
  const amount = least(held, cap);
  if (amount === 0n) return NOTHING;
  const unit = 10n ** BigInt(decimals);
  const high = band === undefined ? undefined : divUp(amount * band.upper, unit);
  if (band === undefined || high === undefined || high > MAX_VALUE)
    return { ...NOTHING, isValued: amount <= cap / DUST_PART };
  return { low: (amount * band.lower) / unit, high, isValued: true };
};

/**
 * The worth of balances at the bands of one block.
 * @param base the base asset, which counts whole
 * @param others the other listed assets
 * @param balances free of what is owed, in each token's units
 */
export const treasuryValue = (
  base: Omit<ListedAsset, "cap" | "isUnit">,
  others: readonly ListedAsset[],
  balances: ReadonlyMap<string, bigint>,
): TreasuryValue => {
  const heldOf = ({ token }: { readonly token: string }): bigint => balances.get(token) ?? 0n;
  const units = others.filter(({ isUnit }) => isUnit);
  const own = units.reduce((sum, asset) => sum + least(heldOf(asset), asset.cap), heldOf(base));
  const priced = others
    .filter(({ isUnit }) => !isUnit)
    .map((asset) => ({ token: asset.token, ...pricedOf(asset, heldOf(asset)) }));
  const unvalued = priced.find(({ isValued }) => !isValued)?.token;
  const low = priced.reduce((sum, one) => sum + one.low, 0n);
  const high = priced.reduce((sum, one) => sum + one.high, 0n);
  if (high === 0n) return { lower: own, upper: own, middle: own, unvalued };
  const { band } = base;
  if (band === undefined || band.lower === 0n) return { lower: own, upper: own, middle: own, unvalued: base.token };
  const unit = 10n ** BigInt(base.decimals);
  const [lower, upper] = [own + (low * unit) / band.upper, own + divUp(high * unit, band.lower)];
  return { lower, upper, middle: unvalued === undefined ? (lower + upper) / 2n : lower, unvalued };
};
