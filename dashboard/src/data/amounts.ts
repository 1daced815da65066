import type { Amount } from "./documents.ts";

const grouped = (whole: string): string => whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ",");

const partsOf = ({
  units,
  decimals,
}: Pick<Amount, "units" | "decimals">): readonly [sign: string, whole: string, fraction: string] => {
  const isNegative = units.startsWith("-");
  const digits = (isNegative ? units.slice(1) : units).padStart(decimals + 1, "0");
  const at = digits.length - decimals;
  return [isNegative ? "−" : "", digits.slice(0, at), digits.slice(at)];
};

/** Every digit that there is, thousands apart: what is shown on hover and read out. */
export const exact = (amount: Amount): string => {
  const [sign, whole, fraction] = partsOf(amount);
  const rest = fraction.replace(/0+$/, "");
  return `${sign}${grouped(whole)}${rest === "" ? "" : `.${rest}`} ${amount.symbol}`;
};

/** From so many digits on, cents are enough. */
const THOUSANDS = 3;

/** No more digits than somebody would say aloud; cut off, not rounded. `digits`: behind the point, for amounts below 1,000. */
export const shown = (amount: Amount, digits = 2): string => {
  const [sign, whole, fraction] = partsOf(amount);
  const tail = fraction.slice(0, whole.length > THOUSANDS ? Math.min(digits, 2) : digits);
  const isNothing = whole === "0" && /^0*$/.test(tail) && /[1-9]/.test(fraction);
  // A trace is not nothing, and its digits say nothing to anybody.
  if (isNothing) return digits === 0 ? "under 1" : `under 0.${"1".padStart(digits, "0")}`;
  return `${sign}${grouped(whole)}${tail === "" ? "" : `.${tail}`}`;
};

/** The same with a sign before a gain. */
export const signed = (amount: Amount, digits = 2): string =>
  `${BigInt(amount.units) > 0n ? "+" : ""}${shown(amount, digits)}`;

/** Which of the two colours it has: that of a gain, of a loss, or none. */
export const tone = (amount: Amount): "up" | "down" | "" => {
  const units = BigInt(amount.units);
  return units > 0n ? "up" : units < 0n ? "down" : "";
};

/** The middle of a range, in the same token. */
export const middle = ({ lower, upper }: { readonly lower: Amount; readonly upper: Amount }): Amount => ({
  ...lower,
  units: ((BigInt(lower.units) + BigInt(upper.units)) / 2n).toString(),
});

/** Half of a range's width, in percent of its middle. */
export const halfWidthPercent = (range: { readonly lower: Amount; readonly upper: Amount }): number => {
  const [low, high] = [Number(range.lower.units), Number(range.upper.units)];
  return low + high === 0 ? 0 : ((high - low) / (high + low)) * 100;
};

/** An amount as a number, for plots and bars alone. */
export const approximate = ({ units, decimals }: Pick<Amount, "units" | "decimals">): number =>
  Number(units) / 10 ** decimals;

/** Commas only between thousands: whoever types 1,5 means one and a half, and must not send fifteen. */
const TYPED = /^([1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.(\d*))?$/;

/** A decimal text of a person as smallest units; undefined where it is none, or has more digits than the token. */
export const unitsOf = (text: string, decimals: number): bigint | undefined => {
  const found = TYPED.exec(text.trim());
  const [, whole = "", fraction = ""] = found ?? [];
  if (found === null || fraction.length > decimals) return undefined;
  return BigInt(`${whole.replaceAll(",", "")}${fraction.padEnd(decimals, "0")}`);
};
