import type { ProposalDocument, ProposalSummary } from "../gateway/schema/proposals.ts";
import type { Documents, PageQuery } from "../gateway/schema/routes.ts";
import { type Asked, ask } from "./ask.ts";
import { type Stream, type StreamHandlers, type DocumentTopic, openStream } from "./stream.ts";

/** What the package gives to programs that read a gateway: `import { gatewayClient } from "nexus/client"`. */
export type { Asked } from "./ask.ts";
export type { StateMessage, Stream, StreamHandlers, DocumentTopic } from "./stream.ts";
export type { Documents, PageQuery } from "../gateway/schema/routes.ts";
export type { ProposalDocument, ProposalSummary } from "../gateway/schema/proposals.ts";
export type { Amount, AsOf, Problem } from "../gateway/schema/common.ts";

/** Where the gateway is, and how long an answer is waited for, in milliseconds: ten seconds unless told. */
export type ClientOptions = { readonly url: string; readonly timeoutMs?: number };

export type GatewayClient = {
  /** The document of a route, as docs/gateway.md and /openapi.json describe it. */
  readonly document: <Name extends Exclude<keyof Documents, "proposals">>(
    name: Name,
  ) => Promise<Asked<Documents[Name]>>;
  /** One page of proposals, newest first. */
  readonly proposals: (query?: Partial<PageQuery>) => Promise<Asked<Documents["proposals"]>>;
  /** Every proposal that the gateway knows, page by page. @throws Error when a page does not come */
  readonly allProposals: (query?: Partial<Omit<PageQuery, "cursor">>) => AsyncGenerator<ProposalSummary, void>;
  /** One proposal by its digest, or by the governor's number in hex. Another than that is refused. */
  readonly proposal: (id: string) => Promise<Asked<ProposalDocument>>;
  /** Follows the stream until it is closed, over every cut. `topics`: which documents are told when they change. */
  readonly follow: (topics: readonly DocumentTopic[], handlers: Partial<StreamHandlers>) => Stream;
};

const PATIENCE_MS = 10_000;
const MAX_PAGES = 1_000;

/** The gateway's own tests hold its answers to their schemas: here only their kind is looked at. */
const typed = <T>(asked: Asked<unknown>): Asked<T> => {
  const isDocument = (value: unknown): value is T => typeof value === "object" && value !== null;
  if (asked.kind !== "answered") return asked;
  const { document } = asked;
  return isDocument(document)
    ? { kind: "answered", document }
    : { kind: "unreachable", why: "its answer is no document: is it a gateway of NEXUS?" };
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

/** A typed reader of a gateway's routes and stream, for Node and for a browser. It needs nothing but their own fetch and WebSocket. */
export const gatewayClient = ({ url, timeoutMs = PATIENCE_MS }: ClientOptions): GatewayClient => {
  const asking = { url, timeoutMs, fetch: (at: URL, request: RequestInit) => fetch(at, request) };
  const page: GatewayClient["proposals"] = async (query = {}) => typed(await ask(asking, "/v1/proposals", query));
  return {
    document: async (name) => typed(await ask(asking, `/v1/${name}`)),
    proposals: page,
    allProposals: async function* (query = {}) {
      let cursor: string | undefined;
      for (let pages = 0; pages < MAX_PAGES; pages += 1) {
        const asked = await page(cursor === undefined ? query : { ...query, cursor });
        if (asked.kind !== "answered") throw new Error(`no page of proposals: ${whyOf(asked)}`);
        yield* asked.document.items;
        if (asked.document.next === null) return;
        cursor = asked.document.next;
      }
    },
    proposal: async (id) => ofId(typed(await ask(asking, `/v1/proposals/${encodeURIComponent(id)}`)), id),
    follow: (topics, { onState, onDecision, onGap, onOpen }) =>
      openStream({ url, open: (at) => new WebSocket(at), after }, () => topics, {
        onState: (message) => onState?.(message),
        onDecision: (decision) => onDecision?.(decision),
        onGap: () => onGap?.(),
        onOpen: (isOpen) => onOpen?.(isOpen),
      }),
  };
};
