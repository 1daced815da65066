import { type Signal, effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type Failure, UNREACHABLE, ask } from "./ask.ts";
import type { Documents, ProposalDocument, ProposalSummary } from "./documents.ts";
import { loadReader } from "./reader.ts";
import { type DocumentTopic, openStream } from "../../../keepers/client/stream.ts";

/** One document as it was last told. */
export type Slot<T> = { readonly document: T | undefined; readonly failure: Failure | undefined };

/** What is shown may be late, or nothing may come at all. Ages in milliseconds. */
export type Freshness = "fresh" | "stale" | "silent";
const STALE_MS = 3_000;
const SILENT_MS = 30_000;
const TICK_MS = 500;

/** This machine's time, which moves on twice a second. */
export const now = signal(Date.now());
/** The newest block that any document named, and when it came. */
export const head = signal<{ readonly block: number; readonly time: number; readonly seenMs: number } | undefined>(
  undefined,
);
export const isStreaming = signal(false);
/** The newest decisions, newest first. */
export const decisions = signal<readonly ProposalSummary[]>([]);
/** Counts how often all lists must be read again. */
export const reloads = signal(0);

const MAX_DECISIONS = 300;

export const headAgeMs = (): number => (head.value === undefined ? 0 : now.value - head.value.seenMs);

export const freshness = (): Freshness => {
  const age = headAgeMs();
  return age > SILENT_MS ? "silent" : age > STALE_MS ? "stale" : "fresh";
};

type WithHead = { readonly asOf: { readonly block: number; readonly time: number } };
const hasHead = (value: unknown): value is WithHead =>
  typeof value === "object" &&
  value !== null &&
  "asOf" in value &&
  typeof value.asOf === "object" &&
  value.asOf !== null;

const noteHead = (document: unknown): void => {
  if (!hasHead(document)) return;
  const { block, time } = document.asOf;
  if (head.value === undefined || block > head.value.block) head.value = { block, time, seenMs: Date.now() };
};

type Slots = { readonly [Name in keyof Documents]: Signal<Slot<Documents[Name]>> };

/** One document, and how it is taken in. The gateway made it: its own tests hold it to its schema. */
const resource = <T>() => {
  const slot = signal<Slot<T>>({ document: undefined, failure: undefined });
  const isDocument = (value: unknown): value is T => typeof value === "object" && value !== null;
  return {
    slot,
    put: (value: unknown): void => {
      if (isDocument(value)) slot.value = { document: value, failure: undefined };
      noteHead(value);
    },
    fail: (failure: Failure): void => {
      slot.value = { ...slot.value, failure };
    },
  };
};

const resources = {
  meta: resource<Documents["meta"]>(),
  head: resource<Documents["head"]>(),
  overview: resource<Documents["overview"]>(),
  agents: resource<Documents["agents"]>(),
  portfolio: resource<Documents["portfolio"]>(),
  opportunities: resource<Documents["opportunities"]>(),
  proposals: resource<Documents["proposals"]>(),
  prices: resource<Documents["prices"]>(),
  markets: resource<Documents["markets"]>(),
  payments: resource<Documents["payments"]>(),
  system: resource<Documents["system"]>(),
  alerts: resource<Documents["alerts"]>(),
};

export const slots: Slots = {
  meta: resources.meta.slot,
  head: resources.head.slot,
  overview: resources.overview.slot,
  agents: resources.agents.slot,
  portfolio: resources.portfolio.slot,
  opportunities: resources.opportunities.slot,
  proposals: resources.proposals.slot,
  prices: resources.prices.slot,
  markets: resources.markets.slot,
  payments: resources.payments.slot,
  system: resources.system.slot,
  alerts: resources.alerts.slot,
};

/** Reads a document by its route. A failure leaves what is shown, and is told beside it. */
export const load = async (name: keyof Documents, path = `/v1/${name}`): Promise<void> => {
  const answer = await ask(path);
  if ("body" in answer) resources[name].put(answer.body);
  else resources[name].fail(answer);
};

const isProposal = (value: unknown): value is ProposalDocument =>
  typeof value === "object" && value !== null && "calls" in value && "sentence" in value;

const FOREIGN: Failure = {
  what: "The gateway answers with another proposal than the one that this page's address names. Nothing of it is shown.",
  next: "Do not vote through this gateway: read the proposal with nexus proposal show or nexus dao show.",
};

/** Whether a document is of the proposal that was asked for: what a person votes on is what the address names. */
export const isOfId = (document: Pick<ProposalDocument, "id">, id: string): boolean =>
  typeof document.id === "string" && document.id.toLowerCase() === id.toLowerCase();

/** One proposal by its id; another than that is refused. */
export const loadProposal = async (id: string): Promise<Slot<ProposalDocument>> => {
  const answer = await ask(`/v1/proposals/${id}`);
  if (!("body" in answer)) return { document: undefined, failure: answer };
  noteHead(answer.body);
  if (!isProposal(answer.body)) return { document: undefined, failure: UNREACHABLE };
  return isOfId(answer.body, id)
    ? { document: answer.body, failure: undefined }
    : { document: undefined, failure: FOREIGN };
};

const wanted = new Map<DocumentTopic, number>();

const isTopic = (name: string): name is DocumentTopic => name in slots && name !== "meta" && name !== "proposals";

const after = (ms: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

/** What is known stays where it is, so that nothing that is being read moves. */
const decide = (decision: ProposalSummary): void => {
  const isKnown = decisions.value.some(({ id }) => id === decision.id);
  decisions.value = isKnown
    ? decisions.value.map((one) => (one.id === decision.id ? decision : one))
    : [decision, ...decisions.value].slice(0, MAX_DECISIONS);
};

const streamWorld = { url: location.href, open: (at: URL) => new WebSocket(at), after };

const stream = openStream(streamWorld, () => [...wanted.keys()], {
  onState: ({ topic, document }) => {
    if (isTopic(topic)) resources[topic].put(document);
  },
  onDecision: decide,
  onGap: () => {
    reloads.value += 1;
  },
  onOpen: (isOpen) => {
    isStreaming.value = isOpen;
    // It may have been cut because who reads here no longer may: then the way in is shown.
    if (!isOpen) void loadReader();
  },
});

const want = (topic: DocumentTopic): (() => void) => {
  wanted.set(topic, (wanted.get(topic) ?? 0) + 1);
  stream.say({ kind: "subscribe", topics: [topic] });
  void load(topic);
  return () => {
    const left = (wanted.get(topic) ?? 1) - 1;
    if (left > 0) {
      wanted.set(topic, left);
      return;
    }
    wanted.delete(topic);
    stream.say({ kind: "unsubscribe", topics: [topic] });
  };
};

/** A document that is read at once and then streamed as long as the component is shown. */
export const useLive = <Name extends DocumentTopic>(name: Name): Slot<Documents[Name]> => {
  useEffect(() => want(name), [name]);
  const slot: Signal<Slot<Documents[Name]>> = slots[name];
  return slot.value;
};

/** Keeps time moving, and the list of decisions whole after a gap. */
export const startStore = (): void => {
  setInterval(() => (now.value = Date.now()), TICK_MS);
  effect(() => {
    if (reloads.value > 0) void load("proposals", "/v1/proposals?limit=100");
  });
};
