import { type LookupAddress, lookup as lookupName } from "node:dns";
import { type IncomingMessage, type RequestOptions } from "node:http";
import { request } from "node:https";
import { type LookupFunction, isIP } from "node:net";
import type { MindAnswer } from "../../agents/outside/answer.ts";
import { isPublicAddress } from "./publicAddress.ts";

/** An endpoint that is posted each question. It is the only one: nothing that it says leads to another. */
export type EndpointTerms = {
  /** An https address. */
  readonly url: string;
  /** Sent as a bearer token, to it alone. */
  readonly token: string | undefined;
  /** Certificates in PEM that are trusted beside none of the system's; undefined for those of the system. */
  readonly ca: string | undefined;
  /** Addresses that it may have although they are not of the open internet. */
  readonly privateAddresses: readonly string[];
  readonly timeoutMs: number;
  readonly maxBytes: number;
};

const silent = (why: string): MindAnswer => ({ kind: "silent", why });

const mayAsk = (address: string, allowed: readonly string[]): boolean =>
  allowed.includes(address) || isPublicAddress(address);

const refusal = (address: string): Error =>
  new Error(
    `${address} is no address of the open internet; NEXUS_OUTSIDE_PRIVATE_ADDRESSES names those that may be asked`,
  );

/** Finds a name's addresses as Node does, and refuses all of them where one is private: what is judged is what is connected to. */
const guardedLookup =
  (allowed: readonly string[]): LookupFunction =>
  (host, options, answer) => {
    lookupName(host, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error !== null) return answer(error, "", 0);
      const refused = found.find(({ address }) => !mayAsk(address, allowed));
      if (refused !== undefined) return answer(refusal(refused.address), "", 0);
      const [first] = found;
      if (first === undefined) return answer(new Error(`${host} has no address`), "", 0);
      return options.all === true ? answer(null, found) : answer(null, first.address, first.family);
    });
  };

const textOf = async (response: IncomingMessage, maxBytes: number): Promise<MindAnswer> => {
  const { statusCode = 0 } = response;
  if (statusCode >= 300 && statusCode < 400) return silent(`it answers ${statusCode}, and no redirection is followed`);
  if (statusCode !== 200) return silent(`it answers ${statusCode}`);
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > maxBytes) return silent(`it says more than ${maxBytes} bytes`);
    parts.push(part);
  }
  return { kind: "answered", text: Buffer.concat(parts).toString("utf8") };
};

const optionsOf = (
  { token, ca, privateAddresses }: EndpointTerms,
  body: Buffer,
  signal: AbortSignal,
): RequestOptions => ({
  method: "POST",
  headers: {
    "content-type": "application/json",
    accept: "application/json",
    "content-length": body.length,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  },
  agent: false,
  lookup: guardedLookup(privateAddresses),
  signal,
  ...(ca === undefined ? {} : { ca }),
});

/** Posts and reads. Rejects where the connection does. */
const exchange = (terms: EndpointTerms, question: string, signal: AbortSignal): Promise<MindAnswer> => {
  const { promise, resolve, reject } = Promise.withResolvers<MindAnswer>();
  const body = Buffer.from(question);
  const asked = request(terms.url, optionsOf(terms, body, signal), (response) => {
    textOf(response, terms.maxBytes)
      .then(resolve, reject)
      .finally(() => asked.destroy());
  });
  asked.on("error", reject);
  asked.end(body);
  return promise;
};

/** A literal address is not looked up, so it is judged before. */
const literalOf = (url: string): string | undefined => {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  return isIP(host) === 0 ? undefined : host;
};

/**
 * Asks an https endpoint once: no redirection, no address inside a network, no whole answer after the deadline or beyond the size.
 * Never throws.
 */
export const askEndpoint = async (terms: EndpointTerms, question: string, signal: AbortSignal): Promise<MindAnswer> => {
  const deadline = AbortSignal.timeout(terms.timeoutMs);
  try {
    const literal = literalOf(terms.url);
    if (literal !== undefined && !mayAsk(literal, terms.privateAddresses)) throw refusal(literal);
    return await exchange(terms, question, AbortSignal.any([signal, deadline]));
  } catch (error) {
    if (deadline.aborted) return silent(`no answer within ${terms.timeoutMs} ms`);
    return silent(error instanceof Error ? error.message : "it cannot be reached");
  }
};
