import type { IncomingMessage, ServerResponse } from "node:http";
import type { Paywall } from "./paywall.ts";
import type { Reply } from "./sales.ts";

const MAX_BODY_BYTES = 1_048_576;
const TOO_LARGE: Reply = { status: 413, headers: {}, body: "" };
const FAULT: Reply = { status: 500, headers: {}, body: "" };

/** The body, or undefined when it is longer than we take. */
const readBody = async (request: IncomingMessage): Promise<Uint8Array | undefined> => {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > MAX_BODY_BYTES) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
};

const headerOf =
  (request: IncomingMessage) =>
  (name: string): string | undefined => {
    const value = request.headers[name];
    return typeof value === "string" ? value : undefined;
  };

/**
 * A listener for `node:http` that sells what a paywall sells. `onFault` is told of what must not happen, such as a disk that
 * fails: nothing is sold after that.
 */
export const paidListener =
  (wall: Paywall, onFault: (error: unknown) => void) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const answer = async (): Promise<Reply> => {
      const { method = "GET", url = "/" } = request;
      const body = await readBody(request);
      return body === undefined ? TOO_LARGE : wall({ method, url, body, header: headerOf(request) });
    };
    answer()
      .catch((error: unknown) => {
        onFault(error);
        return FAULT;
      })
      .then(({ status, headers, body }) => {
        response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
        response.end(body);
      })
      .catch(onFault);
  };
