import type { SignedIntent } from "../../sending/step.ts";

/**
 * A signed transaction of the payments agent. `deed`: what it is for, by the identity that the state gives it. It has no
 * deadline on the chain: given up unmined, it can still be mined, and only one of its nonce ever is.
 */
export type PaymentIntent = SignedIntent & { readonly deed: string };

/** How it ended; gas in wei. */
export type PaymentOutcome =
  | { readonly kind: "done"; readonly gasPaid: bigint }
  | { readonly kind: "reverted"; readonly error: string; readonly gasPaid: bigint };
