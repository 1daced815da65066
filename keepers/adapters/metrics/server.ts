import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { FatalError } from "../../core/errors.ts";
import { isArrivalAddress } from "./arrival.ts";
import type { Metrics } from "./metrics.ts";
import type { Readiness } from "./readiness.ts";

/** Where a process without a gateway shows its figures and whether it is well. */
export type MetricsServer = { readonly url: string; readonly close: () => Promise<void> };

export type MetricsServerOptions = {
  readonly metrics: Pick<Metrics, "text" | "contentType">;
  readonly readiness: Pick<Readiness, "lacks">;
  /** Zero for a free one. */
  readonly port: number;
  /** The address that it listens on; by default the loopback address. */
  readonly host?: string | undefined;
};

const HOST = "127.0.0.1";
const OWN_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i;
const PATIENCE_MS = 5_000;

type Answer = { readonly status: number; readonly type: string; readonly text: string };

const plain = (status: number, text: string): Answer => ({
  status,
  type: "text/plain; charset=utf-8",
  text: `${text}\n`,
});

const answerTo = async (request: IncomingMessage, options: MetricsServerOptions): Promise<Answer> => {
  // A page of somebody else could lead a browser here by a name of its own.
  if (!OWN_HOST.test(request.headers.host ?? "") && !isArrivalAddress(request.headers.host, request.socket))
    return plain(403, "ask by the address of this machine");
  if (request.method !== "GET") return plain(405, "only GET");
  const lacks = options.readiness.lacks();
  if (request.url === "/healthz") return plain(200, "ok");
  if (request.url === "/readyz") return lacks.length === 0 ? plain(200, "ready") : plain(503, lacks.join("\n"));
  if (request.url !== "/metrics") return plain(404, "there are /metrics, /healthz and /readyz");
  return { status: 200, type: options.metrics.contentType, text: await options.metrics.text() };
};

/**
 * Serves `/metrics`, `/healthz` (this process answers) and `/readyz` (it can work) on the loopback address, or on the one that is given.
 * @throws FatalError when the port is in use
 */
export const serveMetrics = async (options: MetricsServerOptions): Promise<MetricsServer> => {
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status, type, text } = await answerTo(request, options);
    response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
    response.end(text);
  };
  const server = createServer({ requestTimeout: PATIENCE_MS, headersTimeout: PATIENCE_MS }, (request, response) => {
    respond(request, response).catch(() => response.destroy());
  });
  const host = options.host ?? HOST;
  server.listen({ host, port: options.port });
  await once(server, "listening").catch((cause: unknown) => {
    throw new FatalError(`port ${options.port} cannot be used for metrics: name another one`, { cause });
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`, close };
};
