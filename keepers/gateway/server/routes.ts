import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { revertText } from "../../adapters/readers/reason.ts";
import { printable } from "../../core/printable.ts";
import { inWords } from "../../views/errorWords.ts";
import type { Answers } from "../answers.ts";
import { problemSchema } from "../schema/common.ts";
import { type RouteName, EXPLAIN_ROUTE, PROPOSAL_ROUTE, ROUTES } from "../schema/routes.ts";
import { HOLDER_ROUTE } from "../schema/holders.ts";
import { type DocumentBody, bodyOf } from "./bodies.ts";
import { PROBLEM_TYPE, sendProblem } from "./problems.ts";
import { PRIVATE } from "./session.ts";

export type RoutesOptions = {
  readonly answers: Answers;
  /** The answer of a route without a query, as it is sent. */
  readonly body: (name: Exclude<RouteName, "proposals">) => Promise<DocumentBody>;
};

const JSON_TYPE = "application/json; charset=utf-8";

/** Sends a body, or that the client has it already. */
const sendBody = (request: FastifyRequest, reply: FastifyReply, { text, etag }: DocumentBody): FastifyReply => {
  void reply.header("etag", etag).header("cache-control", PRIVATE);
  if (request.headers["if-none-match"] === etag) return reply.code(304).send();
  return reply.type(JSON_TYPE).send(text);
};

const problems = Object.fromEntries(
  ["400", "403", "404", "429", "503"].map((status) => [
    status,
    { content: { [PROBLEM_TYPE]: { schema: problemSchema } } },
  ]),
);

/** An error of a contract in words; text that it carries is somebody else's. */
const explained = (revert: string): Promise<DocumentBody> =>
  Promise.resolve(bodyOf({ words: printable(inWords(revertText(revert))) }));

/** What one account holds is read when it is asked for: nobody else asks for the same. */
const registerHolder = (server: FastifyInstance, { answers }: RoutesOptions): void => {
  const { path, summary, params, answer } = HOLDER_ROUTE;
  const schema = { summary, params, response: { 200: answer, ...problems } };
  server
    .withTypeProvider<ZodTypeProvider>()
    .get(path, { schema }, async (request, reply) =>
      sendBody(request, reply, bodyOf(await answers.holder(request.params.account))),
    );
};

/** Registers every route that reads. What they answer is described by the schemas of `schema/`, and by nothing else. */
export const registerRoutes = (server: FastifyInstance, options: RoutesOptions): void => {
  const { answers, body } = options;
  registerHolder(server, options);
  const app = server.withTypeProvider<ZodTypeProvider>();
  const { proposals, ...documents } = ROUTES;
  for (const [key, { path, summary, query, answer }] of Object.entries(documents)) {
    const name = Object.keys(documents).find((known): known is keyof typeof documents => known === key);
    if (name === undefined) continue;
    app.get(
      path,
      { schema: { summary, querystring: query, response: { 200: answer, ...problems } } },
      async (request, reply) => sendBody(request, reply, await body(name)),
    );
  }
  const listSchema = {
    summary: proposals.summary,
    querystring: proposals.query,
    response: { 200: proposals.answer, ...problems },
  };
  app.get(proposals.path, { schema: listSchema }, async (request, reply) =>
    sendBody(request, reply, bodyOf(await answers.proposals(request.query))),
  );
  const explainSchema = {
    summary: EXPLAIN_ROUTE.summary,
    querystring: EXPLAIN_ROUTE.query,
    response: { 200: EXPLAIN_ROUTE.answer, ...problems },
  };
  app.get(EXPLAIN_ROUTE.path, { schema: explainSchema }, async (request, reply) =>
    sendBody(request, reply, await explained(request.query.revert)),
  );
  const { path, summary, params, answer } = PROPOSAL_ROUTE;
  const oneSchema = { summary, params, response: { 200: answer, ...problems } };
  app.get(path, { schema: oneSchema }, async (request, reply) => {
    const found = await answers.proposal(request.params.id);
    if (found !== undefined) return sendBody(request, reply, bodyOf(found));
    const detail = "No proposal has this id here. An older one of the fast path is only in the chain's log.";
    return sendProblem(request, reply, { status: 404, code: "not-found", detail });
  });
};
