import { isError } from "ethers";
import { withoutSecrets } from "../../core/endpoint.ts";
import { inWords } from "../../views/errorWords.ts";
import { explainRevert } from "../chain/reverts.ts";
import { isRecord } from "../chain/rpc.ts";
import { hex } from "../../core/hex.ts";

/** Whether nothing listens where a node should be. */
export const isRefusedConnection = (error: Error): boolean => "code" in error && error.code === "ECONNREFUSED";

/** The error that revert data holds, by its name and arguments. */
export const revertText = (data: string): string => explainRevert(hex(data)).text;

/** What a node said, where ethers knows no name for it: that lies beneath its own words. */
const nodeWords = (error: unknown): string | undefined => {
  if (!isError(error, "UNKNOWN_ERROR")) return undefined;
  const inner: unknown = error.error;
  return isRecord(inner) && typeof inner["message"] === "string" ? inner["message"] : undefined;
};

/** Whether an account cannot pay for the gas of what it sends, or for what it sends. */
export const lacksFunds = (error: unknown): boolean =>
  isError(error, "INSUFFICIENT_FUNDS") || /(?:insufficient|enough) funds/i.test(nodeWords(error) ?? "");

/**
 * What went wrong, in one line: the error of ours that a call reverts with, in words and by its name, or the short form
 * that ethers puts beside its own messages, which hold whole transactions.
 */
export const reasonOf = (error: unknown): string => {
  if (isError(error, "CALL_EXCEPTION") && error.data !== null) return inWords(revertText(error.data));
  if (!(error instanceof Error)) return String(error);
  if (lacksFunds(error))
    return "the account that sends has too little SEI for gas; in the sandbox nexus fund gives it some";
  if (isRefusedConnection(error)) {
    return `no node answers (${withoutSecrets(error.message)}): start one with nexus sandbox, or name yours by --rpc`;
  }
  return withoutSecrets(nodeWords(error) ?? ("shortMessage" in error ? String(error.shortMessage) : error.message));
};
