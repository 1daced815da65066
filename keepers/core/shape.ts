import type { Hex } from "./hex.ts";
import type { Address, BlockNumber, Seconds, UnixSeconds } from "./units.ts";

/** Whether a value that was read from outside is what it is taken for, with all its members. */
export type Shape<T> = (value: unknown) => value is T;

export const isText: Shape<string> = (value): value is string => typeof value === "string";
export const isNumber: Shape<number> = (value): value is number => typeof value === "number";
export const isFlag: Shape<boolean> = (value): value is boolean => typeof value === "boolean";
export const isInteger: Shape<number> = (value): value is number => Number.isSafeInteger(value);
export const isBigint: Shape<bigint> = (value): value is bigint => typeof value === "bigint";
export const isAddress: Shape<Address> = (value): value is Address =>
  typeof value === "string" && /^0x[0-9a-f]{40}$/.test(value);
export const isHex: Shape<Hex> = (value): value is Hex =>
  typeof value === "string" && /^0x(?:[0-9a-f]{2})*$/.test(value);

const isNatural = (value: unknown): boolean => typeof value === "bigint" && value >= 0n;
export const isBlockNumber: Shape<BlockNumber> = (value): value is BlockNumber => isNatural(value);
export const isUnixSeconds: Shape<UnixSeconds> = (value): value is UnixSeconds => isNatural(value);
export const isSeconds: Shape<Seconds> = (value): value is Seconds => isNatural(value);

/** One of these values. */
export const oneOf =
  <T extends string | number>(...values: readonly T[]): Shape<T> =>
  (value): value is T =>
    values.some((one) => one === value);

/** The shape, or nothing. */
export const maybe =
  <T>(shape: Shape<T>): Shape<T | undefined> =>
  (value): value is T | undefined =>
    value === undefined || shape(value);

/** Either of two shapes. */
export const either =
  <A, B>(first: Shape<A>, second: Shape<B>): Shape<A | B> =>
  (value): value is A | B =>
    first(value) || second(value);

/** A list whose items have the shape. */
export const listOf =
  <T>(item: Shape<T>): Shape<readonly T[]> =>
  (value): value is readonly T[] =>
    Array.isArray(value) && value.every((one) => item(one));

/** A set of these. */
export const setOf =
  <T>(item: Shape<T>): Shape<ReadonlySet<T>> =>
  (value): value is ReadonlySet<T> =>
    value instanceof Set && [...value].every((one) => item(one));

/** A map from these to those. */
export const mapOf =
  <K, V>(key: Shape<K>, member: Shape<V>): Shape<ReadonlyMap<K, V>> =>
  (value): value is ReadonlyMap<K, V> =>
    value instanceof Map && [...value].every(([name, one]) => key(name) && member(one));

/** The shapes of an object's members. Each member of the type must be named. */
export type Members<T> = { readonly [K in keyof Required<T>]: (value: unknown) => value is T[K] };

/** An object with these members. What else it has does not count. */
export const objectOf = <T extends object>(members: Members<T>): Shape<T> => {
  const tests: readonly (readonly [string, (value: unknown) => boolean])[] = Object.entries(members);
  return (value): value is T => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    const found: ReadonlyMap<string, unknown> = new Map(Object.entries(value));
    return tests.every(([name, test]) => test(found.get(name)));
  };
};
