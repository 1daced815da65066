import { isError } from "ethers";
import { isRefusedConnection, lacksFunds } from "../../keepers/adapters/readers/reason.ts";
import { RetryableError } from "../../keepers/core/errors.ts";
import { UsageError } from "./command.ts";
import { EXIT } from "./program.ts";

/** No node answered, or it answered what no node does. */
export class NoChainError extends Error {
  override readonly name = "NoChainError";
}

/** Codes of ethers for a node that gives no answer, or none that can be understood. */
const NO_ANSWER = ["NETWORK_ERROR", "SERVER_ERROR", "TIMEOUT", "BAD_DATA"] as const;

const ownExitCode = (error: unknown): number | undefined => {
  if (isError(error, "CALL_EXCEPTION") || lacksFunds(error)) return EXIT.refused;
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
