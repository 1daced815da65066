import type { SignedTransaction } from "../../sending/pending.ts";

/** A signed transaction of a payments agent as the journals before the store kept it; `operation`: what it is for. */
export type PaymentTransaction = SignedTransaction & { readonly operation: string };
