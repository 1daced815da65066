import { STATUS_CODES } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import { RetryableError } from "../../core/errors.ts";
import { BadCursor } from "../answers.ts";
import type { Problem } from "../schema/common.ts";

/** The content type of RFC 9457. */
export const PROBLEM_TYPE = "application/problem+json";

/** What every code of a problem means; the documentation page lists them. */
export const PROBLEM_CODES = {
  "bad-request": "The request does not fit the schema of its route.",
  "bad-cursor": "The cursor is none that this gateway gave out.",
  "not-found": "There is no such route, or nothing with this id.",
  "host-refused": "The Host header names another machine: the gateway answers only to its own addresses.",
  "origin-refused": "A page of another origin asked: the gateway answers only to its own pages and to programs.",
  "sign-in-needed": "Who reads this gateway signs in first, or sends the key of a program: /docs says how.",
  "sign-in-refused":
    "The message was not made here for this account, is used up or too old, or is not signed by it: ask for a new one.",
  "not-a-member": "The account holds neither votes of the DAO nor shares of the treasury: only who does may read here.",
  "scope-refused": "This key does not open that route: its owner can make one that does.",
  "no-push":
    "No alerts are pushed to browsers here: no alerts agent with the keys for it writes into this gateway's folder.",
  "no-push-service":
    "The endpoint belongs to none of the push services that this gateway's operator allows: see nexus gateway --help.",
  "key-reused": "This Idempotency-Key stands for another request of yours already: take a new one for each request.",
  "upgrade-required": "This route is a WebSocket: open it as one.",
  "too-large": "The request is larger than the gateway takes.",
  "rate-limited": "Too many requests: wait as long as Retry-After says.",
  "chain-unreachable": "The chain does not answer, and nothing was read of it before.",
  internal: "The gateway failed; its log says why.",
} as const;
export type ProblemCode = keyof typeof PROBLEM_CODES;

/** The problem document of a code. `instance`: the path that was asked for, without its query. */
export const problemOf = (
  code: ProblemCode,
  { status, detail, instance }: Pick<Problem, "status" | "detail" | "instance">,
): Problem => ({
  type: `/docs#${code}`,
  title: STATUS_CODES[status] ?? "Error",
  status,
  detail,
  code,
  instance,
});

/** What is known of an error without trusting its shape. */
type Told = { readonly status: number; readonly code: ProblemCode; readonly detail: string };

const BY_STATUS: ReadonlyMap<number, ProblemCode> = new Map<number, ProblemCode>([
  [403, "host-refused"],
  [404, "not-found"],
  [413, "too-large"],
  [414, "too-large"],
  [429, "rate-limited"],
]);

const statusOf = (error: unknown): number => {
  const status: unknown = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  return typeof status === "number" && status >= 400 && status < 500 ? status : 500;
};

const MAX_DETAIL = 500;

/**
 * What to answer for an error. What a client did wrong is told in full, up to {@link MAX_DETAIL} characters; what went
 * wrong inside is not.
 */
export const explain = (error: unknown): Told => {
  if (error instanceof BadCursor) return { status: 400, code: "bad-cursor", detail: PROBLEM_CODES["bad-cursor"] };
  if (error instanceof RetryableError) {
    return { status: 503, code: "chain-unreachable", detail: `${error.message.slice(0, MAX_DETAIL)}. Try again.` };
  }
  const status = statusOf(error);
  if (status === 500) return { status, code: "internal", detail: PROBLEM_CODES.internal };
  const code = BY_STATUS.get(status) ?? "bad-request";
  return { status, code, detail: error instanceof Error ? error.message.slice(0, MAX_DETAIL) : PROBLEM_CODES[code] };
};

/** Answers with a problem. */
export const sendProblem = (
  request: FastifyRequest,
  reply: FastifyReply,
  { status, code, detail }: Told,
): FastifyReply => {
  const instance = request.url.split("?")[0] ?? request.url;
  return reply
    .code(status)
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(problemOf(code, { status, detail, instance })));
};
