import type { IncomingMessage, ServerResponse } from "node:http";
import { HEADERS } from "../../agents/payments/x402.ts";
import type { Paywall } from "./paywall.ts";
import type { Reply } from "./sales.ts";

const MAX_BODY_BYTES = 1_048_576;
/** What all bodies that are still coming in may hold together. */
const MAX_BUFFERED_BYTES = 33_554_432;
/** A body that takes longer is given up. */
const BODY_TIMEOUT_MS = 30_000;

const closing = (status: number): Reply => ({ status, headers: { connection: "close" }, body: "" });
const TOO_LARGE = closing(413);
const BUSY: Reply = { ...closing(503), headers: { connection: "close", "retry-after": "1" } };
const FAULT: Reply = { status: 500, headers: {}, body: "" };
const NO_BODY = new Uint8Array();

/** What came in, or the answer to who sends too much; undefined to who left, or took too long. */
type Incoming = Uint8Array | Reply | undefined;

const headerOf =
  (request: IncomingMessage) =>
  (name: string): string | undefined => {
    const value = request.headers[name];
    return typeof value === "string" ? value : undefined;
  };

/** Reads bodies; what all of them hold at the same time is bounded. */
const bodyReader = (limit: number) => {
  let buffered = 0;
  return async (request: IncomingMessage): Promise<Incoming> => {
    if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) return TOO_LARGE;
    const parts: Uint8Array[] = [];
    let size = 0;
    const timer = setTimeout(() => request.destroy(), BODY_TIMEOUT_MS);
    try {
      // Who is refused in the middle shall still get the answer.
      for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
        size += part.length;
        buffered += part.length;
        if (size > MAX_BODY_BYTES) return TOO_LARGE;
        if (buffered > limit) return BUSY;
        parts.push(part);
      }
      return Buffer.concat(parts);
    } catch {
      // Who sends cut it off: that is no fault of ours, and there is nobody to answer.
      return undefined;
    } finally {
      buffered -= size;
      clearTimeout(timer);
    }
  };
};

const isReply = (incoming: Uint8Array | Reply): incoming is Reply => "status" in incoming;

/**
 * A listener for `node:http` that sells what a paywall sells. A request without a payment is answered from its headers: its
 * body is not read. `onFault` is told of what must not happen, such as a disk that fails: nothing is sold after that.
 */
export const paidListener = (
  wall: Paywall,
  onFault: (error: unknown) => void,
  maxBufferedBytes = MAX_BUFFERED_BYTES,
): ((request: IncomingMessage, response: ServerResponse) => void) => {
  const readBody = bodyReader(maxBufferedBytes);
  const answer = async (request: IncomingMessage): Promise<Reply | undefined> => {
    const { method = "GET", url = "/" } = request;
    const header = headerOf(request);
    const incoming = header(HEADERS.payment) === undefined ? NO_BODY : await readBody(request);
    if (incoming === undefined || isReply(incoming)) return incoming;
    return wall({ method, url, body: incoming, header });
  };
  return (request, response) => {
    answer(request)
      .catch((error: unknown) => {
        onFault(error);
        return FAULT;
      })
      .then((reply) => {
        if (reply === undefined || response.destroyed) return;
        const { status, headers, body } = reply;
        response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
        response.end(body);
      })
      .catch(onFault);
  };
};
