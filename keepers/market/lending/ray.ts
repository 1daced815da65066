/** One, with 27 decimals: rates, indexes and shares of use. */
export const RAY = 10n ** 27n;
const WAD = 10n ** 18n;
const HALF_RAY = RAY / 2n;
const BPS = 10_000n;
const HALF_BPS = BPS / 2n;
/** What brings 18 decimals to 27. */
const WAD_TO_RAY = 10n ** 9n;

/** a × b, rounded half up, as Aave's WadRayMath does. */
export const rayMul = (a: bigint, b: bigint): bigint => (a * b + HALF_RAY) / RAY;

/** a / b, rounded half up. @throws RangeError when b is zero */
export const rayDiv = (a: bigint, b: bigint): bigint => (a * RAY + b / 2n) / b;

/** a / b with 18 decimals, rounded half up. @throws RangeError when b is zero */
export const wadDiv = (a: bigint, b: bigint): bigint => (a * WAD + b / 2n) / b;

/** A part in basis points, rounded half up. */
export const percentMul = (value: bigint, bps: bigint): bigint => (value * bps + HALF_BPS) / BPS;

export const wadToRay = (wad: bigint): bigint => wad * WAD_TO_RAY;
