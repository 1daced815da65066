import { isError } from "ethers";
import { withoutSecrets } from "../../keepers/core/endpoint.ts";
import { RetryableError } from "../../keepers/core/errors.ts";
import { explainRevert } from "../dao/contracts.ts";
import { UsageError } from "./command.ts";
import { NoChainError } from "./endpoint.ts";
import { inWords } from "./errorWords.ts";
import { EXIT } from "./program.ts";

const isRefusedConnection = (error: Error): boolean => "code" in error && error.code === "ECONNREFUSED";

/**
 * What went wrong, in one line: the error of ours that a call reverts with, in words and by its name, or the short form
 * that ethers puts beside its own messages, which hold whole transactions.
 */
export const reasonOf = (error: unknown): string => {
  if (isError(error, "CALL_EXCEPTION") && error.data !== null) return inWords(explainRevert(error.data));
  if (!(error instanceof Error)) return String(error);
  if (isRefusedConnection(error)) {
    return `no node answers (${withoutSecrets(error.message)}): start one with nexus sandbox, or name yours by --rpc`;
  }
  return withoutSecrets("shortMessage" in error ? String(error.shortMessage) : error.message);
};

/** Codes of ethers for a node that gives no answer, or none that can be understood. */
const NO_ANSWER = ["NETWORK_ERROR", "SERVER_ERROR", "TIMEOUT", "BAD_DATA"] as const;

const ownExitCode = (error: unknown): number | undefined => {
  if (isError(error, "CALL_EXCEPTION")) return EXIT.refused;
  if (error instanceof NoChainError || error instanceof RetryableError) return EXIT.unreachable;
  if (error instanceof Error && isRefusedConnection(error)) return EXIT.unreachable;
  return NO_ANSWER.some((code) => isError(error, code)) ? EXIT.unreachable : undefined;
};

/** The exit code that an error stands for: by what caused it in the end, the chain, the node, or the user. */
export const exitCodeOf = (error: unknown): number => {
  for (let cause = error; cause !== undefined; cause = cause instanceof Error ? cause.cause : undefined) {
    const code = ownExitCode(cause);
    if (code !== undefined) return code;
  }
  return error instanceof UsageError ? EXIT.misused : EXIT.wrong;
};
