import { isError } from "ethers";
import { withoutSecrets } from "../../keepers/core/endpoint.ts";
import { explainRevert } from "../dao/contracts.ts";

/**
 * What went wrong, in one line: the error of ours that a call reverts with, or the short form that ethers puts beside
 * its own messages, which hold whole transactions.
 */
export const reasonOf = (error: unknown): string => {
  if (isError(error, "CALL_EXCEPTION") && error.data !== null) return explainRevert(error.data);
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && error.code === "ECONNREFUSED") {
    return `no node answers (${withoutSecrets(error.message)}): start one with nexus sandbox, or name yours by --rpc`;
  }
  return withoutSecrets("shortMessage" in error ? String(error.shortMessage) : error.message);
};
