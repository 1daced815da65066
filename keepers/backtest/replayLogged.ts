import { outsideAgain } from "../agents/outside/recorded.ts";
import { rebalanceAgain } from "../agents/rebalance/recorded.ts";
import { replay } from "../agents/arbitrage/replay.ts";
import type { Hex } from "../core/hex.ts";
import { type Difference, type RecordValue, firstDifference, readRecord, recordWriter } from "../core/record.ts";

/**
 * What became of a replay of a live decision log, which names neither code nor engine. `broken`: the record is not the one that the
 * proposal's evidence names, or none that can be decided again.
 */
export type LoggedReplay =
  | { readonly kind: "same" }
  | { readonly kind: "differs"; readonly difference: Difference }
  | { readonly kind: "broken"; readonly why: string };

const compared = (recorded: string, now: string): LoggedReplay => {
  if (recorded === now) return { kind: "same" };
  const difference = firstDifference(asPlain(recorded), asPlain(now));
  return { kind: "differs", difference: difference ?? { path: "", recorded, now } };
};

type Plain = string | number | boolean | undefined | readonly Plain[] | { readonly [key: string]: Plain };

const isPlain = (value: unknown): value is Plain =>
  ["string", "number", "boolean", "undefined", "object"].includes(typeof value);

/** A text as JSON knows it. */
const asPlain = (text: string): Plain => {
  const parsed: unknown = JSON.parse(text, (_, value: unknown) => value ?? undefined);
  return isPlain(parsed) ? parsed : undefined;
};

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? new Map<string, unknown>(Object.entries(value)).get(name) : undefined;

/** Who decides again, by the kind of a record. */
const AGAIN: ReadonlyMap<unknown, (input: unknown) => RecordValue> = new Map([
  ["rebalance", rebalanceAgain],
  ["outside", outsideAgain],
]);

const again = (text: string): LoggedReplay => {
  const parsed: unknown = JSON.parse(text);
  const decideAgain = AGAIN.get(memberOf(parsed, "kind"));
  if (decideAgain === undefined) return compared(text, replay(parsed));
  const whole = readRecord(text);
  const write = recordWriter();
  const decision = memberOf(parsed, "decision");
  const recorded = JSON.stringify(decision);
  return compared(recorded, write(decideAgain(memberOf(whole, "input"))));
};

/**
 * Decides again what a proposal of a live fleet was decided on.
 * @param evidence hash that the proposal carries; `text`: the record byte for byte as the log has it
 */
export const replayLogged = (evidence: string, text: string, hashText: (text: string) => Hex): LoggedReplay => {
  if (hashText(text) !== evidence) return { kind: "broken", why: "the record is not the one that its evidence names" };
  try {
    return again(text);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError) {
      return { kind: "broken", why: error.message };
    }
    throw error;
  }
};
