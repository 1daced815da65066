import type { FastifyInstance } from "fastify";
import type { Metrics } from "../../adapters/metrics/metrics.ts";

/** What a monitoring system asks. */
export type HealthOptions = {
  readonly metrics: Omit<Metrics, "hear">;
  /** What keeps the gateway from answering well, in words; empty when it is ready. */
  readonly lacks: () => Promise<readonly string[]>;
};

/** Whether it is told to everybody what is missing: agents' names are nobody's business where strangers may ask. */
type Openness = { readonly tellsWhy: boolean };

const PLAIN = "text/plain; charset=utf-8";
const MS = 1_000;

/** Counts every answer by the pattern of its route, so that no made-up path becomes a series of its own. */
export const countAnswers = (server: FastifyInstance, { countRequest }: HealthOptions["metrics"]): void => {
  server.addHook("onResponse", (request, reply, done) => {
    const route = request.routeOptions.url ?? "none";
    countRequest({ route, status: reply.statusCode, seconds: reply.elapsedTime / MS });
    done();
  });
};

/**
 * `/healthz`: this process answers; restart it when it does not. `/readyz`: what it reads is fresh; send nobody here when it is not.
 */
export const registerHealth = (server: FastifyInstance, { lacks }: HealthOptions, { tellsWhy }: Openness): void => {
  server.get("/healthz", { schema: { hide: true } }, (_request, reply) => reply.type(PLAIN).send("ok\n"));
  server.get("/readyz", { schema: { hide: true } }, async (_request, reply) => {
    const missing = await lacks();
    const isReady = missing.length === 0;
    return reply
      .code(isReady ? 200 : 503)
      .type(PLAIN)
      .send(isReady ? "ready\n" : tellsWhy ? `${missing.join("\n")}\n` : "not ready\n");
  });
};

/** `/metrics`: the figures of this process for Prometheus. They tell of money: it belongs where readers are asked. [NX-GTW-11] */
export const registerMetrics = (server: FastifyInstance, { metrics }: HealthOptions): void => {
  server.get("/metrics", { schema: { hide: true } }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  );
};
