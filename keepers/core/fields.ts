import { type Hex, hex } from "./hex.ts";
import { type Address, address } from "./units.ts";

/** What holds values by name: an event, or JSON with amounts as decimal strings. */
export type Field = (name: string) => unknown;

const text = (field: Field, name: string): string => {
  const value = field(name);
  if (typeof value === "string") return value;
  throw new RangeError(`${name} is missing`);
};

/** @throws RangeError when it is missing or none */
export const addressField = (field: Field, name: string): Address => address(text(field, name));

/** @throws RangeError when it is missing or not 32 bytes */
export const wordField = (field: Field, name: string): Hex => {
  const found = hex(text(field, name));
  if (found.length !== 66) throw new RangeError(`${name} must be 32 bytes`);
  return found;
};

/** @throws RangeError when it is missing or no whole number; a JSON number would lose digits */
export const wholeField = (field: Field, name: string): bigint => {
  const value = field(name);
  if (typeof value === "bigint") return value;
  if (typeof value === "string" && /^\d+$/.test(value)) return BigInt(value);
  throw new RangeError(`${name} must be a whole number in quotes`);
};
