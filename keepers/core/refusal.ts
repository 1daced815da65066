import { REFUSALS } from "./refusalNames.ts";

/** Why the chain would refuse a proposal. */
export type Refusal = (typeof REFUSALS)[number];

/** A reason, and the number beside it as Refusal.sol explains it; zero where it explains none. */
export type Verdict = { readonly refusal: Refusal; readonly index: number };

export const NONE: Verdict = { refusal: "None", index: 0 };

export const refuse = (refusal: Refusal, index = 0): Verdict => ({ refusal, index });

/** The name of a value of the enum. @throws RangeError for a value that it does not have */
export const refusalAt = (value: number): Refusal => {
  const refusal = REFUSALS[value];
  if (refusal === undefined) throw new RangeError(`no refusal has the value ${value}`);
  return refusal;
};
