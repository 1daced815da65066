import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { getAddress } from "ethers";
import { callerOf } from "../access/callers.ts";
import { type Access, type Admission, type Reader, COOKIE, judge, readerOf, sessionSecret } from "../access/gate.ts";
import { SESSION_MS } from "../access/sessions.ts";
import { problemSchema } from "../schema/common.ts";
import { SESSION_ROUTES } from "../schema/session.ts";
import { type ProblemCode, PROBLEM_CODES, PROBLEM_TYPE, sendProblem } from "./problems.ts";

/** What one reader gets is no other's: nothing between them may keep it. */
export const PRIVATE = "private, no-cache";

const STATUS = {
  "sign-in-needed": 401,
  "scope-refused": 403,
  "sign-in-refused": 401,
  "not-a-member": 403,
  "rate-limited": 429,
} as const satisfies Partial<Record<ProblemCode, number>>;

const refuse = (request: FastifyRequest, reply: FastifyReply, code: keyof typeof STATUS): FastifyReply => {
  if (code === "sign-in-needed") void reply.header("www-authenticate", 'Bearer realm="NEXUS gateway"');
  if (code === "rate-limited") void reply.header("retry-after", "60");
  return sendProblem(request, reply, { status: STATUS[code], code, detail: PROBLEM_CODES[code] });
};

/** Who a request is of; undefined for nobody that is known. */
export const readerIn = (access: Access, { headers }: FastifyRequest): Reader | undefined =>
  readerOf(access, { cookie: headers.cookie, authorization: headers.authorization });

/** Whether a request may have what its route answers, at the moment that it is asked. */
export const admissionOf = (access: Access | undefined, request: FastifyRequest): Admission =>
  access === undefined ? "allowed" : judge(readerIn(access, request), request.routeOptions.url);

/**
 * Refuses whoever did not sign in, and a key what it does not open, on every route of this scope. It judges the route that the
 * router found: an address has more spellings than one (`/%761/…`, `http://host/v1/…`). What it answers is one reader's. [NX-GTW-11]
 */
export const guardReading = (scope: FastifyInstance, access: Access): void => {
  scope.addHook("onRequest", async (request, reply) => {
    void reply.header("vary", "Cookie, Authorization").header("cache-control", PRIVATE);
    const verdict = admissionOf(access, request);
    return verdict === "allowed" ? undefined : refuse(request, reply, verdict);
  });
};

const problems = Object.fromEntries(
  ["400", "401", "403", "404", "429", "503"].map((status) => [
    status,
    { content: { [PROBLEM_TYPE]: { schema: problemSchema } } },
  ]),
);

const setCookie = (reply: FastifyReply, secret: string, seconds: number): FastifyReply =>
  reply.header("set-cookie", `${COOKIE}=${secret}; Path=/; Max-Age=${seconds}; HttpOnly; Secure; SameSite=Strict`);

/** A browser names the page that sends; a page of another origin signs nobody in or out. */
export const isForeign = ({ headers: { origin, host } }: FastifyRequest): boolean =>
  origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host?.toLowerCase());

const seconds = (ms: number): number => Math.floor(ms / 1_000);

/** Who one is here: for a page, which shows the way in where it is needed. */
const whoIs = (access: Access | undefined, request: FastifyRequest) => {
  if (access === undefined) return { kind: "open", name: null, until: null } as const;
  const reader = readerIn(access, request);
  if (reader === undefined) return { kind: "nobody", name: null, until: null } as const;
  if (reader.kind === "program")
    return { kind: "program", name: reader.name, until: seconds(reader.key.until) } as const;
  return { kind: "member", name: reader.account, until: seconds(reader.untilMs) } as const;
};

/** Takes a signed message. @returns the account, or why it is refused */
const signIn = async (
  access: Access,
  request: FastifyRequest,
  { message, signature }: { readonly message: string; readonly signature: string },
): Promise<{ readonly account: string } | { readonly code: keyof typeof STATUS }> => {
  if (!access.attempts.isAllowed(`caller ${callerOf(request.ip)}`)) return { code: "rate-limited" };
  const account = access.messages.take(message, request.headers.host ?? "");
  if (account === undefined) return { code: "sign-in-refused" };
  if (!access.attempts.isAllowed(`account ${account}`)) return { code: "rate-limited" };
  if (!(await access.hasSigned(account, message, signature))) return { code: "sign-in-refused" };
  return (await access.isMember(account)) ? { account } : { code: "not-a-member" };
};

/** Who one is, and how one came in, is kept by nothing at all. */
const keepNothing = (scope: FastifyInstance): void => {
  scope.addHook("onRequest", (_request, reply, done) => {
    void reply.header("cache-control", "no-store");
    done();
  });
};

/** The way in and out. Where reading is open to this machine there is only the answer that it is. */
export const registerSession = (server: FastifyInstance, access: Access | undefined): void => {
  const app = server.withTypeProvider<ZodTypeProvider>();
  const { whoami, challenge, begin, end } = SESSION_ROUTES;
  keepNothing(server);
  app.get(
    whoami.path,
    { schema: { summary: whoami.summary, response: { 200: whoami.answer, ...problems } } },
    (request) => whoIs(access, request),
  );
  if (access === undefined) return;
  const challengeSchema = {
    summary: challenge.summary,
    body: challenge.body,
    response: { 200: challenge.answer, ...problems },
  };
  app.post(challenge.path, { schema: challengeSchema }, (request, reply) => {
    const isAllowed = access.invitations.isAllowed(callerOf(request.ip));
    if (isForeign(request) || !isAllowed) {
      refuse(request, reply, isAllowed ? "sign-in-refused" : "rate-limited");
      return;
    }
    const { host = "", origin = `https://${host}` } = request.headers;
    const account = getAddress(request.body.account.toLowerCase());
    const { text, untilMs } = access.messages.invite({ domain: host, account, uri: origin });
    void reply.send({ message: text, until: seconds(untilMs) });
  });
  const beginSchema = { summary: begin.summary, body: begin.body, response: { 200: begin.answer, ...problems } };
  app.post(begin.path, { schema: beginSchema }, async (request, reply) => {
    if (isForeign(request)) return refuse(request, reply, "sign-in-refused");
    const outcome = await signIn(access, request, request.body);
    if ("code" in outcome) return refuse(request, reply, outcome.code);
    const { secret, untilMs } = access.sessions.begin(outcome.account);
    return setCookie(reply, secret, seconds(SESSION_MS)).send({ account: outcome.account, until: seconds(untilMs) });
  });
  app.delete(end.path, { schema: { summary: end.summary, response: { 204: end.answer } } }, async (request, reply) => {
    const secret = sessionSecret({ cookie: request.headers.cookie, authorization: undefined });
    if (secret !== undefined && !isForeign(request)) access.sessions.end(secret);
    return setCookie(reply, "", 0).code(204).send(null);
  });
};
