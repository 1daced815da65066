import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { callerOf } from "../access/callers.ts";
import type { Access } from "../access/gate.ts";
import { type Repeats, createRepeats } from "../access/repeats.ts";
import type { Attempts } from "../access/sessions.ts";
import { problemSchema } from "../schema/common.ts";
import { IDEMPOTENCY_KEY, PUSH_ROUTES, type PushDocument, idempotencyHeaders } from "../schema/push.ts";
import { type ProblemCode, PROBLEM_CODES, PROBLEM_TYPE, sendProblem } from "./problems.ts";
import { PRIVATE, isForeign, readerIn } from "./session.ts";

/** A browser that asks for alerts, as its push service names it. */
type Subscription = { readonly endpoint: string; readonly keys: { readonly p256dh: string; readonly auth: string } };

/** Whoever sends alerts to browsers. `by`: whom the gateway knows a browser by. */
export type PushIntake = {
  /** The public key by which browsers ask; undefined where none is sent. */
  readonly key: () => Promise<string | undefined>;
  readonly subscribe: (subscription: Subscription, by: string) => Promise<void>;
  readonly unsubscribe: (endpoint: string, by: string) => Promise<void>;
  /** Hosts of push services that are posted to; `*.` before one stands for any below it. */
  readonly services: readonly string[];
};

export type PushRouteOptions = {
  readonly push: PushIntake | undefined;
  readonly access: Access | undefined;
  /** Requests of one caller in a minute. */
  readonly attempts: Attempts;
  readonly nowMs: () => number;
};

/** The push services of the browsers that there are. A request never makes anybody post to another host. [NX-GTW-14] */
export const PUSH_SERVICES: readonly string[] = [
  "fcm.googleapis.com",
  "*.push.services.mozilla.com",
  "*.push.apple.com",
  "*.notify.windows.com",
];

const fits = (host: string, service: string): boolean =>
  service.startsWith("*.") ? host.endsWith(service.slice(1)) : host === service;

/** Whether an endpoint belongs to one of the services; only those of this machine itself may do without TLS. */
export const isOfService = (endpoint: string, services: readonly string[]): boolean => {
  if (!URL.canParse(endpoint)) return false;
  const { protocol, hostname, username, password, port } = new URL(endpoint);
  const isLocal = hostname === "127.0.0.1";
  if (username !== "" || password !== "" || (protocol !== "https:" && !isLocal)) return false;
  return (isLocal || port === "") && services.some((service) => fits(hostname, service));
};

const STATUS = {
  "origin-refused": 403,
  "scope-refused": 403,
  "rate-limited": 429,
  "no-push-service": 400,
  "no-push": 404,
  "key-reused": 422,
} as const satisfies Partial<Record<ProblemCode, number>>;
type Refusal = keyof typeof STATUS;

const refuse = (request: FastifyRequest, reply: FastifyReply, code: Refusal): FastifyReply =>
  sendProblem(request, reply, { status: STATUS[code], code, detail: PROBLEM_CODES[code] });

const problems = Object.fromEntries(
  ["400", "401", "403", "404", "422", "429"].map((status) => [
    status,
    { content: { [PROBLEM_TYPE]: { schema: problemSchema } } },
  ]),
);

const THIS_MACHINE = "this machine";

/** Whose browser it is, or why it is not heard: programs watch by the stream, and strangers' pages do not ask for a person. */
const ownerOf = (
  { access, attempts }: PushRouteOptions,
  request: FastifyRequest,
): { by: string } | { code: Refusal } => {
  if (isForeign(request)) return { code: "origin-refused" };
  if (!attempts.isAllowed(callerOf(request.ip))) return { code: "rate-limited" };
  if (access === undefined) return { by: THIS_MACHINE };
  const reader = readerIn(access, request);
  return reader?.kind === "member" ? { by: reader.account } : { code: "scope-refused" };
};

type Way = {
  readonly options: PushRouteOptions;
  readonly push: PushIntake;
  readonly repeats: Repeats<Refusal | undefined>;
};

/** What is done for a browser, or why it is not. A copy of a request under the same key is answered, and not carried out again. */
const carryOut = async <Body>(
  { options, push, repeats }: Way,
  { request, body }: { readonly request: FastifyRequest; readonly body: Body },
  work: (push: PushIntake, body: Body, by: string) => Promise<Refusal | undefined>,
): Promise<Refusal | undefined> => {
  const owner = ownerOf(options, request);
  if ("code" in owner) return owner.code;
  if ((await push.key()) === undefined) return "no-push";
  const { by } = owner;
  const { [IDEMPOTENCY_KEY]: key } = request.headers;
  const route = `${request.method} ${request.routeOptions.url ?? ""}`;
  const asked = { by, route, key: typeof key === "string" ? key : undefined, content: JSON.stringify(body) };
  return repeats.once(asked, () => work(push, body, by));
};

const subscribe = async (push: PushIntake, body: Subscription, by: string): Promise<Refusal | undefined> => {
  if (!isOfService(body.endpoint, push.services)) return "no-push-service";
  await push.subscribe(body, by);
  return undefined;
};

const unsubscribe = async (
  push: PushIntake,
  { endpoint }: Pick<Subscription, "endpoint">,
  by: string,
): Promise<undefined> => {
  await push.unsubscribe(endpoint, by);
  return undefined;
};

/**
 * The routes by which a browser asks for alerts. They stand among those that ask who reads. All that they change is which browsers
 * get alerts; without whoever sends them, there is only the answer that nobody does. [NX-GTW-14]
 */
export const registerPush = (server: FastifyInstance, options: PushRouteOptions): void => {
  const { push } = options;
  const app = server.withTypeProvider<ZodTypeProvider>();
  const { about, begin, end } = PUSH_ROUTES;
  const tell = async (): Promise<PushDocument> => ({ publicKey: (await push?.key()) ?? null });
  app.get(
    about.path,
    { schema: { summary: about.summary, response: { 200: about.answer, ...problems } } },
    (_, reply) => {
      void reply.header("cache-control", PRIVATE);
      return tell();
    },
  );
  if (push === undefined) return;
  const way = { options, push, repeats: createRepeats<Refusal | undefined>(options.nowMs, (why) => why === undefined) };
  const answer = async (request: FastifyRequest, reply: FastifyReply, why: Refusal | undefined) =>
    why === undefined ? reply.send(await tell()) : refuse(request, reply, why);
  const headers = idempotencyHeaders;
  const response = { 200: begin.answer, ...problems };
  const beginSchema = { summary: begin.summary, headers, body: begin.body, response };
  app.post(begin.path, { schema: beginSchema }, async (request, reply) =>
    answer(request, reply, await carryOut(way, { request, body: request.body }, subscribe)),
  );
  const endSchema = { summary: end.summary, headers, body: end.body, response };
  app.delete(end.path, { schema: endSchema }, async (request, reply) =>
    answer(request, reply, await carryOut(way, { request, body: request.body }, unsubscribe)),
  );
};
