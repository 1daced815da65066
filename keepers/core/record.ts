/**
 * What a decision record is made of: all that JSON knows, and amounts, maps, sets and floats. Numbers must be finite; an object's
 * members that are undefined are left out.
 */
export type RecordValue =
  | string
  | number
  | boolean
  | bigint
  | undefined
  | readonly RecordValue[]
  | ReadonlyMap<string, RecordValue>
  | ReadonlySet<string>
  | Float64Array
  | { readonly [key: string]: RecordValue };

/** Keeps a part of a record once, whoever uses it, and answers the name that it is found by. */
export type KeepPart = (text: string) => string;

/** Writes values as text, the same bytes for the same value on every machine. */
export type RecordWriter = (value: RecordValue) => string;

/** A part that is shorter than this is written where it stands. */
const LEAST_PART = 256;

/** Strings that would be read as something else get a tilde in front. */
const NEEDS_MARK = /^(?:-?\d+n$|~)/;

const numberText = (value: number): string => {
  if (!Number.isFinite(value)) throw new RangeError(`a record cannot hold ${value}`);
  return Object.is(value, -0) ? '"~-0"' : JSON.stringify(value);
};

const plainText = (value: string | number | boolean | bigint | undefined): string => {
  if (value === undefined) return "null";
  if (typeof value === "bigint") return `"${value}n"`;
  if (typeof value === "number") return numberText(value);
  return typeof value === "string" && NEEDS_MARK.test(value) ? JSON.stringify(`~${value}`) : JSON.stringify(value);
};

type Compound = Extract<RecordValue, object>;

const isList = (value: Compound): value is readonly RecordValue[] => Array.isArray(value);
const isMap = (value: Compound): value is ReadonlyMap<string, RecordValue> => value instanceof Map;
const membersOf = (value: Compound): readonly (readonly [string, RecordValue])[] => Object.entries(value);
const listText = (items: Iterable<string>): string => `[${[...items].join(",")}]`;

const memberText = (key: string, value: RecordValue, inner: RecordWriter): string => {
  if (key.startsWith("~")) throw new RangeError(`a record cannot have a member ${key}`);
  return `${JSON.stringify(key)}:${inner(value)}`;
};

/** Maps and sets keep their order, which a decision may depend on; members of objects are sorted. */
const compoundText = (value: Compound, inner: RecordWriter): string => {
  if (isList(value)) return listText(value.map(inner));
  if (value instanceof Float64Array) return `{"~floats":${listText([...value].map(numberText))}}`;
  if (value instanceof Set) return `{"~set":${listText([...value].map(inner))}}`;
  if (isMap(value)) {
    return `{"~map":${listText([...value].map(([key, member]) => `[${inner(key)},${inner(member)}]`))}}`;
  }
  const members = membersOf(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => memberText(key, member, inner));
  return `{${members.join(",")}}`;
};

/**
 * A writer of records. With `keep`, each part of some length is handed to it and its name is written instead, so that what many
 * records share is stored once; a value is taken to be what it was when it was written for the first time.
 */
export const recordWriter = (keep?: KeepPart): RecordWriter => {
  const known = new WeakMap<object, string>();
  const inner: RecordWriter = (value) => {
    if (typeof value !== "object") return plainText(value);
    const before = known.get(value);
    if (before !== undefined) return before;
    const whole = compoundText(value, inner);
    const text = keep !== undefined && whole.length >= LEAST_PART ? `{"~part":"${keep(whole)}"}` : whole;
    known.set(value, text);
    return text;
  };
  return (value) => (typeof value === "object" ? compoundText(value, inner) : plainText(value));
};

/** Answers the text of a part by its name, undefined where there is none. */
export type FindPart = (name: string) => string | undefined;

const DEEPEST = 64;
/** Parts that name parts twice over could stand for more than fits into any memory. */
const MOST_VALUES = 2_000_000;

const stringValue = (text: string): unknown => {
  if (text === "~-0") return -0;
  if (text.startsWith("~")) return text.slice(1);
  return NEEDS_MARK.test(text) ? BigInt(text.slice(0, -1)) : text;
};

type Reader = (value: unknown, depth: number) => unknown;

const listOf = (value: unknown): readonly unknown[] => {
  if (Array.isArray(value)) return value;
  throw new TypeError("a record's list is none");
};

const partValue = (name: unknown, { find, read, depth }: { find: FindPart; read: Reader; depth: number }): unknown => {
  const text = typeof name === "string" ? find(name) : undefined;
  if (text === undefined) throw new TypeError(`the part ${String(name)} of the record is missing`);
  const parsed: unknown = JSON.parse(text);
  return read(parsed, depth + 1);
};

const markedValue = (
  key: string,
  content: unknown,
  tools: { find: FindPart; read: Reader; depth: number },
): unknown => {
  const { read, depth } = tools;
  if (key === "~part") return partValue(content, tools);
  const items = listOf(content).map((item) => read(item, depth + 1));
  if (key === "~set") return new Set(items);
  if (key === "~floats") return Float64Array.from(items, Number);
  if (key !== "~map") throw new TypeError(`a record knows no ${key}`);
  return new Map(
    items.map((pair): readonly [unknown, unknown] => {
      const [name, member] = listOf(pair);
      return [name, member];
    }),
  );
};

/**
 * Reads what a {@link recordWriter} wrote. What it answers may be anything: whoever uses it looks at its shape first.
 * @throws SyntaxError or TypeError where the text is no record, or a part is missing
 */
export const readRecord = (text: string, find: FindPart = () => undefined): unknown => {
  let count = 0;
  const read: Reader = (value, depth) => {
    count += 1;
    if (depth > DEEPEST) throw new TypeError("the record is nested too deep");
    if (count > MOST_VALUES) throw new TypeError("the record is too large");
    if (value === null) return undefined;
    if (typeof value === "string") return stringValue(value);
    if (typeof value !== "object") return value;
    if (Array.isArray(value)) return value.map((item) => read(item, depth + 1));
    const entries = Object.entries(value);
    const [only] = entries;
    if (entries.length === 1 && only?.[0].startsWith("~") === true) {
      return markedValue(only[0], only[1], { find, read, depth });
    }
    return Object.fromEntries(entries.map(([key, member]) => [key, read(member, depth + 1)]));
  };
  const parsed: unknown = JSON.parse(text);
  return read(parsed, 0);
};

/** Where two values differ first, and both there. */
export type Difference = { readonly path: string; readonly recorded: string; readonly now: string };

const MOST_SHOWN = 200;

const wholeText = (value: RecordValue): string => (value === undefined ? "nothing" : recordWriter()(value));
const cut = (text: string): string => (text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}…`);

const entriesOf = (value: Compound): ReadonlyMap<string, RecordValue> => {
  if (isMap(value)) return value;
  if (value instanceof Set) return new Map([...value].map((item, index) => [String(index), item]));
  return new Map(membersOf(value));
};

const isCompound = (value: RecordValue): value is Compound => typeof value === "object";

const differing = (recorded: RecordValue, now: RecordValue, path: string): Difference | undefined => {
  const [left, right] = [wholeText(recorded), wholeText(now)];
  return left === right ? undefined : { path, recorded: cut(left), now: cut(right) };
};

/** The first field in which two values differ, by its path; undefined where they are the same bytes. */
export const firstDifference = (recorded: RecordValue, now: RecordValue, path = ""): Difference | undefined => {
  if (!isCompound(recorded) || !isCompound(now)) return differing(recorded, now, path);
  const [left, right] = [entriesOf(recorded), entriesOf(now)];
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const found = firstDifference(left.get(key), right.get(key), path === "" ? key : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return differing(recorded, now, path);
};
