import type { SignedTransaction } from "../../sending/step.ts";

/** A signed transaction of the monitor. `operation`: what it shows, by {@link evidenceName}. */
export type MonitorTransaction = SignedTransaction & { readonly operation: string };

/** How it ended; gas in wei. */
export type MonitorResult =
  | { readonly kind: "done"; readonly gasPaid: bigint }
  | { readonly kind: "reverted"; readonly error: string; readonly gasPaid: bigint };
