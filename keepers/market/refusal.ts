/** Why a pool gives no quote. Each is a case where the chain would revert, spend less than was given, or was not read. */
export type QuoteRefusal =
  | "foreign-token"
  | "zero-amount"
  | "amount-too-large"
  | "pool-empty"
  | "zero-output"
  | "price-at-limit"
  | "input-not-consumed"
  | "outside-known-ticks";

export type Refused = { readonly kind: "refused"; readonly why: QuoteRefusal };

export const refused = (why: QuoteRefusal): Refused => ({ kind: "refused", why });
