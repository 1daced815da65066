import { huntAgain } from "../agents/arbitrage/recorded.ts";
import { rebalanceAgain } from "../agents/rebalance/recorded.ts";
import { reviewAgain, reviewSlowAgain } from "../agents/risk/recorded.ts";
import type { Hex, Keccak } from "../core/hex.ts";
import {
  type Difference,
  type FindPart,
  type RecordValue,
  firstDifference,
  readRecord,
  recordWriter,
} from "../core/record.ts";
import { isBigint, isText, objectOf, oneOf } from "../core/shape.ts";
import type { Decided } from "./stage.ts";
import { type Origin, RECORD_FORMAT } from "./recorder.ts";

type Kind = Decided["kind"];

/** The rules that decide again, by what a record says made it. */
const RULES: Readonly<Record<Kind, (input: unknown, keccak: Keccak) => RecordValue>> = {
  hunt: huntAgain,
  rebalance: rebalanceAgain,
  review: reviewAgain,
  slowReview: reviewSlowAgain,
};

/** What a record says of itself. */
export type RecordHead = Origin & {
  readonly kind: Kind;
  readonly agent: string;
  readonly block: bigint;
  readonly time: bigint;
};

/**
 * What became of a replay. `same`: the same bytes. `differs`: the first field that does not, and whether the code or the engine is
 * another than the record's, which may be why. `broken`: it is no record, was changed after it was hashed, or a part is missing.
 */
export type Replayed =
  | { readonly kind: "same"; readonly head: RecordHead; readonly other: readonly string[] }
  | {
      readonly kind: "differs";
      readonly head: RecordHead;
      readonly difference: Difference;
      readonly other: readonly string[];
    }
  | { readonly kind: "broken"; readonly why: string };

/** How records are found and hashed, and who replays them. */
export type ReplayTools = {
  readonly find: FindPart;
  readonly hash: (text: string) => Hex;
  readonly keccak: Keccak;
  readonly origin: Origin;
};

const isHead = objectOf<RecordHead & { readonly format: string }>({
  format: oneOf(RECORD_FORMAT),
  code: isText,
  engine: isText,
  kind: oneOf<Kind>("hunt", "rebalance", "review", "slowReview"),
  agent: isText,
  block: isBigint,
  time: isBigint,
});

const otherThan = (head: Origin, { code, engine }: Origin): readonly string[] => [
  ...(head.code === code ? [] : [`decided by code ${head.code}, replayed by ${code}`]),
  ...(head.engine === engine ? [] : [`decided on ${head.engine}, replayed on ${engine}`]),
];

const broken = (why: string): Replayed => ({ kind: "broken", why });

const plain = recordWriter();

/** The recorded decision as it was written, and the one that is made now, both as plain values. */
const compare = (recorded: unknown, now: RecordValue): Difference | undefined => {
  const again = readRecord(plain(now));
  return isRecordValue(recorded) && isRecordValue(again)
    ? firstDifference(recorded, again, "decision")
    : { path: "decision", recorded: "nothing that can be compared", now: plain(now) };
};

/** What `readRecord` answers is always one; what it holds is another matter. */
const isRecordValue = (value: unknown): value is RecordValue =>
  value === undefined || ["string", "number", "boolean", "bigint", "object"].includes(typeof value);

/** Parts are looked up once more under their own hash: what was changed since does not have the name that it is found by. */
const checkedFind =
  ({ find, hash }: ReplayTools): FindPart =>
  (name) => {
    const text = find(name);
    if (text !== undefined && hash(text) !== name) throw new TypeError(`the part ${name} was changed`);
    return text;
  };

const membersOf = (value: unknown): ReadonlyMap<string, unknown> =>
  new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);

/**
 * Decides again what a record says was decided, from what it says it was decided on, and names the first field that differs.
 * @param name the hash that the record is known by
 */
export const replayRecord = (name: string, text: string, tools: ReplayTools): Replayed => {
  if (tools.hash(text) !== name) return broken("the record was changed after it was hashed");
  try {
    const whole = readRecord(text, checkedFind(tools));
    if (!isHead(whole)) return broken(`it is no record of the form ${RECORD_FORMAT}`);
    const { kind, agent, block, time, code, engine } = whole;
    const head = { kind, agent, block, time, code, engine };
    const members = membersOf(whole);
    const difference = compare(members.get("decision"), RULES[kind](members.get("input"), tools.keccak));
    const other = otherThan(head, tools.origin);
    return difference === undefined ? { kind: "same", head, other } : { kind: "differs", head, difference, other };
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError) {
      return broken(error.message);
    }
    throw error;
  }
};
