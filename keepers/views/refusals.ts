import type { Refusal } from "../core/refusal.ts";
import { type RefusalDoc, REFUSAL_DOCS } from "./contractErrors.ts";

/** A reason as a person needs it: its code, what it means, and what to do next; undefined where nothing is to be done. */
export type Reason = { readonly code: string; readonly what: string; readonly next: string | undefined };

const docOf = (refusal: Refusal): RefusalDoc => REFUSAL_DOCS.get(refusal) ?? { what: refusal };

/** The parts of a proposal that the index beside a refusal can count, as `Index` of Refusal.sol begins. */
const COUNTED = [
  ["the call,", "call"],
  ["the post-condition,", "condition"],
] as const;

/** Why the chain refuses, in words; `index` as the chain gives it beside the reason. Calls and conditions count from one. */
export const refusalWords = (refusal: Refusal, index = 0n): string => {
  const { what, index: means = "" } = docOf(refusal);
  const part = COUNTED.find(([beginning]) => means.startsWith(beginning))?.[1];
  return part === undefined ? what : `${what} (${part} ${index + 1n})`;
};

/** A refusal with what to do about it. `index` as the chain gives it beside the reason. */
export const refusalReason = (refusal: Refusal, index = 0n): Reason => ({
  code: refusal,
  what: refusalWords(refusal, index),
  next: docOf(refusal).next,
});
