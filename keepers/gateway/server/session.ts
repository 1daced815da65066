import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { getAddress } from "ethers";
import { type Access, type Reader, COOKIE, judge, readerOf, sessionSecret } from "../access/gate.ts";
import { routeOf } from "../access/programKeys.ts";
import { SESSION_MS } from "../access/sessions.ts";
import { problemSchema } from "../schema/common.ts";
import { SESSION_ROUTES } from "../schema/session.ts";
import { type ProblemCode, PROBLEM_CODES, PROBLEM_TYPE, sendProblem } from "./problems.ts";

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

const pathOf = (url: string): string => url.split("?")[0] ?? url;

const readerIn = (access: Access, { headers }: FastifyRequest): Reader | undefined =>
  readerOf(access, { cookie: headers.cookie, authorization: headers.authorization });

/** Refuses whoever did not sign in, and a key what it does not open. [NX-GTW-11] */
export const guardReading = (server: FastifyInstance, access: Access): void => {
  server.addHook("onRequest", async (request, reply) => {
    // The route that will answer, not the path as it was written: %76 is a v to the router too.
    const path = request.routeOptions.url ?? pathOf(request.url);
    const verdict = judge(path, readerIn(access, request), routeOf(path));
    if (verdict === "allowed") return undefined;
    if (request.headers.upgrade !== undefined) reply.raw.once("finish", () => request.raw.socket.destroy());
    return refuse(request, reply, verdict);
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
const isForeign = ({ headers: { origin, host } }: FastifyRequest): boolean =>
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
  if (!access.attempts.isAllowed(`caller ${request.ip}`)) return { code: "rate-limited" };
  const account = access.messages.take(message);
  if (account === undefined) return { code: "sign-in-refused" };
  if (!access.attempts.isAllowed(`account ${account}`)) return { code: "rate-limited" };
  if (!(await access.hasSigned(account, message, signature))) return { code: "sign-in-refused" };
  return (await access.isMember(account)) ? { account } : { code: "not-a-member" };
};

/** The way in and out. Where reading is open to this machine there is only the answer that it is. */
export const registerSession = (server: FastifyInstance, access: Access | undefined): void => {
  const app = server.withTypeProvider<ZodTypeProvider>();
  const { whoami, challenge, begin, end } = SESSION_ROUTES;
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
    const isAllowed = access.invitations.isAllowed(request.ip);
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
