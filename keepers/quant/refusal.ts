/** Why there is no answer. Each has a sentence beside it that names the row, the asset or the limit. */
export type QuantReason =
  | "another-format"
  | "not-a-number"
  | "not-positive"
  | "unsorted"
  | "duplicated"
  | "missing-minutes"
  | "too-few-assets"
  | "too-few-rows"
  | "zero-variance"
  | "not-positive-definite"
  | "nothing-earns-more"
  | "breaks-limits"
  | "wrong-limits"
  | "costs-not-comparable"
  | "rounding"
  | "uncertain";

export type QuantRefusal = { readonly kind: "refused"; readonly reason: QuantReason; readonly detail: string };

/** An answer that there is none. */
export const refuse = (reason: QuantReason, detail: string): QuantRefusal => ({ kind: "refused", reason, detail });
