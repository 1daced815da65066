import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import staticFiles from "@fastify/static";
import swagger from "@fastify/swagger";
import websocket from "@fastify/websocket";
import fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import { isArrivalAddress } from "../../adapters/metrics/arrival.ts";
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
} from "fastify-type-provider-zod";
import { describeStream } from "../stream/description.ts";
import { callerOf } from "../access/callers.ts";
import type { Access } from "../access/gate.ts";
import { createAttempts } from "../access/sessions.ts";
import { docsPage } from "./docsPage.ts";
import { type HealthOptions, countAnswers, registerHealth, registerMetrics } from "./health.ts";
import { isOwnHost, isOwnOrigin } from "./hosts.ts";
import type { Hub } from "./hub.ts";
import { type ProblemCode, PROBLEM_CODES, explain, sendProblem } from "./problems.ts";
import { type RoutesOptions, registerRoutes } from "./routes.ts";
import { guardReading, registerSession } from "./session.ts";
import { type PushIntake, registerPush } from "./push.ts";
import { registerSocket } from "./socket.ts";

export type ServerOptions = RoutesOptions & {
  readonly hub: Hub;
  readonly health: HealthOptions;
  readonly nowMs: () => number;
  readonly version: string;
  /** The built dashboard; without it the first page says how to build it. */
  readonly dashboardDir: string | undefined;
  /** What this server is called beside the loopback addresses, with its port. */
  readonly hostNames: readonly string[];
  /** Requests of one address in a minute. */
  readonly perMinute: number;
  readonly onTrouble: (what: string) => void;
  /** Who may read; undefined where whoever reaches this machine's own address may. */
  readonly access: Access | undefined;
  /** Whoever sends alerts to browsers; undefined for nobody. */
  readonly push: PushIntake | undefined;
};

/** Browsers of one caller that ask for alerts, or no more, in a minute. */
const PUSHES_PER_MINUTE = 20;
const MAX_BODY_BYTES = 16_384;
/** A client that does not answer a farewell is cut off after it: nobody waits longer for the end of the process. */
const CLOSE_MS = 1_000;
const SOCKETS = { maxPayload: MAX_BODY_BYTES, closeTimeout: CLOSE_MS };
const REQUEST_MS = 20_000;
const RETRY_AFTER_S = "2";

const POLICY = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      "default-src": ["'self'"],
      "img-src": ["'self'", "data:"],
      "object-src": ["'none'"],
      "base-uri": ["'none'"],
      "form-action": ["'self'"],
      "frame-ancestors": ["'none'"],
    },
  },
  // On loopback there is no TLS to insist on; a proxy in front of it says so itself.
  strictTransportSecurity: false,
  crossOriginEmbedderPolicy: false,
};

const pathOf = ({ url }: FastifyRequest): string => url.split("?")[0] ?? url;

const portOf = (server: FastifyInstance): number => {
  const address = server.server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
};

/** Refuses whoever calls this server by another name, and streams to pages of strangers. [NX-GTW-01] */
const guard = (server: FastifyInstance, hostNames: readonly string[]): void => {
  server.addHook("onRequest", async (request, reply) => {
    const { host, origin, upgrade } = request.headers;
    const refuse = (code: ProblemCode) =>
      sendProblem(request, reply, { status: 403, code, detail: PROBLEM_CODES[code] });
    const isOurs = isOwnHost(host, portOf(server), hostNames) || isArrivalAddress(host, request.socket);
    if (!isOurs) return refuse("host-refused");
    // A stranger's page cannot read an answer, but it must not make the chain be asked either. Links may lead here.
    const isForeign =
      request.headers["sec-fetch-site"] === "cross-site" && request.headers["sec-fetch-mode"] !== "navigate";
    return isForeign || (upgrade !== undefined && !isOwnOrigin(origin, host)) ? refuse("origin-refused") : undefined;
  });
};

const answerErrors = (server: FastifyInstance, onTrouble: ServerOptions["onTrouble"]): void => {
  server.setErrorHandler((error, request, reply) => {
    const { status, code, detail } = explain(error);
    if (code === "internal") onTrouble(`${pathOf(request)}: ${error instanceof Error ? error.message : String(error)}`);
    if (status === 503) void reply.header("retry-after", RETRY_AFTER_S);
    return sendProblem(request, reply, { status, code, detail });
  });
};

const NOT_BUILT = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>NEXUS</title></head><body><main>
<h1>The dashboard is not built</h1><p>Run <code>node scripts/setup/dashboard.mjs</code> and load this page again.
The interface for programs is at <a href="/docs">/docs</a>.</p></main></body></html>`;

/** The built pages; every path that is no file and none of the interface is a page of the dashboard. */
const servePages = async (server: FastifyInstance, dashboardDir: string | undefined): Promise<void> => {
  const isBuilt = dashboardDir !== undefined && existsSync(join(dashboardDir, "index.html"));
  if (isBuilt) {
    await server.register(staticFiles, {
      root: dashboardDir,
      wildcard: false,
      index: false,
      setHeaders: (reply, path) => {
        const isNamedByContent = relative(dashboardDir, path).startsWith("assets");
        void reply.header("cache-control", isNamedByContent ? "public, max-age=31536000, immutable" : "no-cache");
      },
    });
  }
  server.setNotFoundHandler((request, reply) => {
    const isPage = ["GET", "HEAD"].includes(request.method) && !/^\/(?:v1|assets)\//.test(request.url);
    if (isPage && isBuilt) return reply.sendFile("index.html", dashboardDir);
    if (isPage && pathOf(request) === "/") return reply.type("text/html; charset=utf-8").send(NOT_BUILT);
    const detail = "There is no such route: /docs lists all of them.";
    return sendProblem(request, reply, { status: 404, code: "not-found", detail });
  });
};

/** Describes the interface in OpenAPI 3.1, from the same schemas that check requests. */
const describeRoutes = async (server: FastifyInstance, version: string): Promise<void> => {
  await server.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "NEXUS gateway",
        version,
        description: "Reads a deployment of NEXUS. It holds no key and moves nothing.",
      },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
};

/** Counts every request of a caller but those for another host: also what is refused, and what no route answers. */
const limitRates = async (server: FastifyInstance, perMinute: number): Promise<void> => {
  const keyGenerator = ({ ip }: FastifyRequest): string => callerOf(ip);
  await server.register(rateLimit, { global: false, max: perMinute, timeWindow: 60_000, keyGenerator });
  server.addHook("onRequest", server.rateLimit());
};

const HIDDEN = { schema: { hide: true } };

/** What tells nothing of the deployment: health without figures, and what describes the interface. */
const registerOpen = (server: FastifyInstance, { version, health, access }: ServerOptions): void => {
  registerHealth(server, health, { tellsWhy: access === undefined });
  server.get("/openapi.json", HIDDEN, (_request, reply) => reply.send(server.swagger()));
  server.get("/asyncapi.json", HIDDEN, (_request, reply) => reply.send(describeStream(version)));
  server.get("/docs", HIDDEN, (_request, reply) => reply.type("text/html; charset=utf-8").send(docsPage()));
};

/** Puts the server together; it does not listen yet. Whoever makes it closes it. */
export const createServer = async (options: ServerOptions): Promise<FastifyInstance> => {
  const { health, version, dashboardDir, hostNames, perMinute, onTrouble, access } = options;
  const server = fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_MS,
    forceCloseConnections: true,
    // A proxy on this machine says for whom it asks; nobody else is believed.
    trustProxy: access === undefined ? false : "loopback",
    routerOptions: { maxParamLength: 200 },
  });
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  answerErrors(server, onTrouble);
  countAnswers(server, health.metrics);
  await server.register(helmet, POLICY);
  // First, since it closes the connection of whoever is refused a stream: the server no longer owns it.
  await server.register(websocket, { options: SOCKETS });
  guard(server, hostNames);
  await limitRates(server, perMinute);
  await describeRoutes(server, version);
  // Whatever tells something of the deployment stands in this scope: a route that is added here asks who reads.
  await server.register((routes, _, done) => {
    if (access !== undefined) guardReading(routes, access);
    registerRoutes(routes, options);
    registerSocket(routes, options);
    registerMetrics(routes, health);
    const attempts = createAttempts(options.nowMs, PUSHES_PER_MINUTE);
    registerPush(routes, { push: options.push, access, attempts, nowMs: options.nowMs });
    done();
  });
  await server.register((open, _, done) => {
    registerOpen(open, options);
    done();
  });
  await server.register((open, _, done) => {
    registerSession(open, access);
    done();
  });
  await servePages(server, dashboardDir);
  return server;
};
