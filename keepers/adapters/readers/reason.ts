import { isError } from "ethers";
import { withoutSecrets } from "../../core/endpoint.ts";
import { inWords } from "../../views/errorWords.ts";
import { explainRevert } from "../chain/reverts.ts";
import { hex } from "../../core/hex.ts";

/** Whether nothing listens where a node should be. */
export const isRefusedConnection = (error: Error): boolean => "code" in error && error.code === "ECONNREFUSED";

/** The error that revert data holds, by its name and arguments. */
export const revertText = (data: string): string => explainRevert(hex(data)).text;

/**
 * What went wrong, in one line: the error of ours that a call reverts with, in words and by its name, or the short form
 * that ethers puts beside its own messages, which hold whole transactions.
 */
export const reasonOf = (error: unknown): string => {
  if (isError(error, "CALL_EXCEPTION") && error.data !== null) return inWords(revertText(error.data));
  if (!(error instanceof Error)) return String(error);
  if (isRefusedConnection(error)) {
    return `no node answers (${withoutSecrets(error.message)}): start one with nexus sandbox, or name yours by --rpc`;
  }
  return withoutSecrets("shortMessage" in error ? String(error.shortMessage) : error.message);
};
