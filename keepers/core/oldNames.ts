import type { Field } from "./fields.ts";

/** Old name → the name of today. Files that were written before the names changed are read by it (ADR 0036). */
export type OldNames = ReadonlyMap<string, string>;

/** What a proposal and its call proofs were called, in a journal. */
export const OLD_PROPOSAL_NAMES: OldNames = new Map([
  ["executor", "submitter"],
  ["grants", "callProofs"],
  ["leastClass", "minClass"],
]);

/** What the terms of a job were called. */
export const OLD_TERMS_NAMES: OldNames = new Map([
  ["silent", "timeoutPayment"],
  ["window", "reviewPeriod"],
]);

/** What kinds of post-conditions were called. */
export const OLD_CONDITION_NAMES: OldNames = new Map([
  ["balanceRisesAtLeast", "balanceIncreasesAtLeast"],
  ["balanceFallsAtMost", "balanceDecreasesAtMost"],
  ["valueFallsAtMostBps", "valueDecreasesAtMostBps"],
]);

/** A JSON value whose members have today's names, however deep they lie; a value that is no JSON object stays as it is. */
export const withTodaysNames = (value: unknown, names: OldNames): unknown => {
  if (Array.isArray(value)) return value.map((item: unknown) => withTodaysNames(item, names));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [names.get(name) ?? name, withTodaysNames(inner, names)]),
  );
};

/** What holds values by today's names, from an object that may have them by the old ones. */
export const byTodaysName = (found: Readonly<Record<string, unknown>>, names: OldNames): Field => {
  const today = new Map(Object.entries(found).map(([name, value]) => [names.get(name) ?? name, value]));
  return (name) => today.get(name);
};
