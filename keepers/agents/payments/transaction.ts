import type { SignedTransaction } from "../../sending/step.ts";

/**
 * A signed transaction of the payments agent. `operation`: what it is for, by the identity that the state gives it. It has no
 * deadline on the chain: given up unmined, it can still be mined, and only one of its nonce ever is.
 */
export type PaymentTransaction = SignedTransaction & { readonly operation: string };

/** How it ended; gas in wei. */
export type PaymentResult =
  | { readonly kind: "done"; readonly gasPaid: bigint }
  | { readonly kind: "reverted"; readonly error: string; readonly gasPaid: bigint };
