/** What a decision record is made of. */
export type Recordable =
  | string
  | number
  | boolean
  | bigint
  | undefined
  | readonly Recordable[]
  | ReadonlyMap<string, Recordable>
  | { readonly [key: string]: Recordable };

const isList = (value: object): value is readonly Recordable[] => Array.isArray(value);

/**
 * JSON whose bytes depend on the value alone: keys sorted, no spaces, bigint as a decimal string, a map as an object,
 * undefined members left out. The same record gives the same hash on every machine. [NX-KEE-03]
 */
export const canonicalJson = (value: Recordable): string => {
  if (value === undefined) return "null";
  if (typeof value === "bigint") return `"${value}"`;
  if (typeof value !== "object") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const entries: readonly (readonly [string, Recordable])[] =
    value instanceof Map ? [...value.entries()] : Object.entries(value);
  const members = entries
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
};
