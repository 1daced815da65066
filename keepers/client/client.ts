import type { ProposalDocument, ProposalSummary } from "../gateway/schema/proposals.ts";
import type { Documents, PageQuery } from "../gateway/schema/routes.ts";
import { type Asked, ask } from "./ask.ts";
import { isDocument, isPage, isProposal } from "./shapes.ts";
import { type WebhookCheck, type WebhookTerms, webhookCheck } from "./webhook.ts";
import { type Socket, type Stream, type StreamHandlers, type DocumentTopic, openStream } from "./stream.ts";

/** What the package gives to programs that read a gateway: `import { gatewayClient } from "nexus/client"`. */
export type { Asked } from "./ask.ts";
export type { WebhookCheck, WebhookHeaders, WebhookTerms, WebhookVerdict } from "./webhook.ts";
export type { Socket, StateMessage, Stream, StreamHandlers, DocumentTopic } from "./stream.ts";
export type { Documents, PageQuery } from "../gateway/schema/routes.ts";
export type { ProposalDocument, ProposalSummary } from "../gateway/schema/proposals.ts";
export type { Amount, AsOf, Problem } from "../gateway/schema/common.ts";

/** Where the gateway is, and how this program shows who it is. */
export type ClientOptions = {
  readonly url: string;
  /** How long an answer is waited for, in milliseconds: ten seconds unless told. */
  readonly timeoutMs?: number;
  /** The key of this program, as `nexus gateway add-key` printed it; for a gateway that is open to its own machine there is none. */
  readonly key?: string;
  /**
   * Opens the stream's socket. Needed for a key alone: a browser's WebSocket sends no header, so a program gives one that does and
   * takes the headers from here.
   */
  readonly open?: (url: URL, headers: Readonly<Record<string, string>>) => Socket;
};

export type GatewayClient = {
  /** The document of a route, as docs/gateway.md and /openapi.json describe it. */
  readonly document: <Name extends Exclude<keyof Documents, "proposals">>(
    name: Name,
  ) => Promise<Asked<Documents[Name]>>;
  /** One page of proposals, newest first. */
  readonly proposals: (query?: Partial<PageQuery>) => Promise<Asked<Documents["proposals"]>>;
  /** Every proposal that the gateway knows, page by page. @throws Error when a page does not come, or after a thousand pages */
  readonly allProposals: (query?: Partial<Omit<PageQuery, "cursor">>) => AsyncGenerator<ProposalSummary, void>;
  /** One proposal by its digest, or by the governor's number in hex. Another than that is refused. */
  readonly proposal: (id: string) => Promise<Asked<ProposalDocument>>;
  /** Follows the stream until it is closed, over every cut. `topics`: which documents are told when they change. */
  readonly follow: (topics: readonly DocumentTopic[], handlers: Partial<StreamHandlers>) => Stream;
};

const PATIENCE_MS = 10_000;
const MAX_PAGES = 1_000;

const typed = <T>(asked: Asked<unknown>, isTyped: (value: unknown) => value is T): Asked<T> => {
  if (asked.kind !== "answered") return asked;
  const { document } = asked;
  return isTyped(document)
    ? { kind: "answered", document }
    : { kind: "unreachable", why: "its answer is no document of this route: is it a gateway of NEXUS?" };
};

const ofId = (asked: Asked<ProposalDocument>, id: string): Asked<ProposalDocument> =>
  asked.kind !== "answered" || asked.document.id.toLowerCase() === id.toLowerCase()
    ? asked
    : { kind: "unreachable", why: "it answers with another proposal than the one that was asked for" };

const whyOf = (asked: Exclude<Asked<unknown>, { readonly kind: "answered" }>): string =>
  asked.kind === "unreachable" ? asked.why : (asked.problem?.detail ?? `it answers ${asked.status}`);

const after = (ms: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

const KEY = /^[A-Za-z0-9_-]{20,100}$/;

const headersOf = (key: string | undefined): Readonly<Record<string, string>> => {
  if (key === undefined) return {};
  if (!KEY.test(key)) throw new Error("this is no key of a gateway: give what nexus gateway add-key printed first");
  return { authorization: `Bearer ${key}` };
};

type PageReader = GatewayClient["proposals"];

/** Reads on until the gateway says that there is no page left. */
async function* everyProposal(page: PageReader, query: Partial<PageQuery>): AsyncGenerator<ProposalSummary, void> {
  let cursor: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const asked = await page(cursor === undefined ? query : { ...query, cursor });
    if (asked.kind !== "answered") throw new Error(`no page of proposals: ${whyOf(asked)}`);
    yield* asked.document.items;
    if (asked.document.next === null) return;
    cursor = asked.document.next;
  }
  throw new Error(`there are more than ${MAX_PAGES} pages of proposals: read on by proposals() with a cursor`);
}

/**
 * A typed reader of a gateway's routes and stream, for Node and for a browser. It needs nothing but their own fetch and WebSocket.
 * @throws Error for a key that can be none
 */
export const gatewayClient = (options: ClientOptions): GatewayClient => {
  const { url, timeoutMs = PATIENCE_MS, key, open = (at) => new WebSocket(at) } = options;
  const headers = headersOf(key);
  const asking = { url, timeoutMs, headers, fetch: (at: URL, request: RequestInit) => fetch(at, request) };
  const page: PageReader = async (query = {}) => typed(await ask(asking, "/v1/proposals", query), isPage);
  return {
    document: async (name) => typed(await ask(asking, `/v1/${name}`), (value) => isDocument(value, name)),
    proposals: page,
    allProposals: (query = {}) => everyProposal(page, query),
    proposal: async (id) => ofId(typed(await ask(asking, `/v1/proposals/${encodeURIComponent(id)}`), isProposal), id),
    follow: (topics, { onState, onDecision, onGap, onOpen }) =>
      openStream({ url, open: (at) => open(at, headers), after }, () => topics, {
        onState: (message) => onState?.(message),
        onDecision: (decision) => onDecision?.(decision),
        onGap: () => onGap?.(),
        onOpen: (isOpen) => onOpen?.(isOpen),
      }),
  };
};

const HMAC = { name: "HMAC", hash: "SHA-256" };

/**
 * Tells genuine posts of an alerts agent from forged, altered and old ones, for whoever receives them. It remembers messages for
 * twice the tolerance, so make one and keep it.
 * @throws Error for a secret that can be none, or without one
 */
export const webhookReceiver = (options: WebhookTerms): WebhookCheck =>
  webhookCheck(options, {
    nowMs: () => Date.now(),
    verify: async (key, signature, signed) => {
      const imported = await crypto.subtle.importKey("raw", key, HMAC, false, ["verify"]);
      return crypto.subtle.verify(HMAC.name, imported, signature, signed);
    },
  });
