import { assertNever } from "../core/assertNever.ts";
import type { OperationResult } from "./operation.ts";

/** How an operation ended, as agents tell it: one word, and what is to be said about it. */
export type EndStep = { readonly step: "done" | "reverted" | "expired" | "refused"; readonly detail: string };

/** The end of an operation as a step and in words. */
export const stepOf = (result: OperationResult): EndStep => {
  switch (result.kind) {
    case "mined":
      return { step: "done", detail: `gas ${result.gasPaid} wei` };
    case "done":
      return { step: "done", detail: "it was done before" };
    case "superseded":
      return { step: "expired", detail: "another transaction used the account's nonce" };
    case "reverted":
    case "expired":
    case "refused":
      return { step: result.kind, detail: result.why };
    default:
      return assertNever(result);
  }
};
