import { FatalError, RetryableError } from "../../core/errors.ts";
import { withoutSecrets } from "../../core/endpoint.ts";
import { printable } from "../../core/printable.ts";

/** Classes of SQLSTATE that pass: connection, resources, operator intervention, and a rollback that asks to try again. */
const PASSING = /^(?:08|53|57|40)/;
/** The server has become a replica: it takes writes again, or another one does. */
const READ_ONLY = "25006";

/** What an operator must change, by SQLSTATE. */
const ADVICE: Readonly<Record<string, string>> = {
  "28000": "the server refuses this user: check its name and pg_hba.conf",
  "28P01": "the password is wrong",
  "3D000": "the database does not exist: create it (createdb)",
  "42501": "the user lacks a permission: it must own the database, or the schema nexus",
};

/** Errors of Node and of the client library that say that nobody answers. */
const SILENT = /ECONN|ENOENT|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|terminated|timeout|closed/i;

const textOf = (error: unknown, key: "code" | "message"): string => {
  if (typeof error !== "object" || error === null || !(key in error)) return "";
  const value: unknown = Reflect.get(error, key);
  return typeof value === "string" ? value : "";
};

/**
 * An error of the database as one of ours, in one line without secrets. Retryable: the store does not answer, or takes no
 * writes at present. Fatal: an operator must act.
 */
export const storeError = (cause: unknown, what: string): Error => {
  if (cause instanceof FatalError || cause instanceof RetryableError) return cause;
  const [code, message] = [textOf(cause, "code"), textOf(cause, "message")];
  const said = printable(withoutSecrets(message === "" ? code : message));
  const advice = ADVICE[code];
  if (advice !== undefined) return new FatalError(`the store cannot be used: ${advice}`, { cause });
  if (PASSING.test(code) || code === READ_ONLY || SILENT.test(`${code} ${message}`)) {
    return new RetryableError(`the store does not answer (${what}): ${said}`, { cause });
  }
  return new FatalError(`the store refused to ${what}: ${said}`, { cause });
};

/** Runs one step on the store. @throws RetryableError or FatalError, as {@link storeError} sorts them */
export const guarded = async <T>(what: string, step: () => Promise<T>): Promise<T> => {
  try {
    return await step();
  } catch (cause) {
    throw storeError(cause, what);
  }
};
