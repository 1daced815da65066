import { type Signal, effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type Failure, UNREACHABLE, ask } from "./ask.ts";
import type { Documents, ProposalDocument, ProposalSummary } from "./documents.ts";
import { keep, readKept } from "./kept.ts";
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
type Head = { readonly block: number; readonly time: number; readonly seenMs: number };
/** The newest block that any document named, and when it came. */
export const head = signal<Head | undefined>(undefined);
/** Since when what is shown was kept on this device, as the gateway does not answer; undefined while it does. */
export const keptSince = signal<number | undefined>(undefined);
export const isStreaming = signal(false);
/** The newest decisions, newest first. */
export const decisions = signal<readonly ProposalSummary[]>([]);
/** Counts how often all lists must be read again. */
export const reloads = signal(0);

const MAX_DECISIONS = 300;

export const headAgeMs = (): number => (head.value === undefined ? 0 : now.value - head.value.seenMs);

export const freshness = (): Freshness => {
  if (keptSince.value !== undefined) return "silent";
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

/** Whatever the gateway answers ends the time of what was kept: also where its chain has begun again since. */
const noteHead = (document: unknown): void => {
  if (!hasHead(document)) return;
  const { block, time } = document.asOf;
  const isFirst = head.value === undefined || keptSince.value !== undefined;
  if (isFirst || block > (head.value?.block ?? 0)) head.value = { block, time, seenMs: Date.now() };
  keptSince.value = undefined;
};

/** What was kept is as old as when it was kept, and the oldest of what is shown counts. */
const noteKept = (document: unknown, atMs: number): void => {
  keptSince.value = Math.min(keptSince.value ?? atMs, atMs);
  if (hasHead(document)) head.value = { ...document.asOf, seenMs: keptSince.value };
};

type Slots = { readonly [Name in keyof Documents]: Signal<Slot<Documents[Name]>> };

/** One document, and how it is taken in. The gateway made it: its own tests hold it to its schema. */
const resource = <T>(name: keyof Documents) => {
  const slot = signal<Slot<T>>({ document: undefined, failure: undefined });
  const isDocument = (value: unknown): value is T => typeof value === "object" && value !== null;
  return {
    slot,
    put: (value: unknown): void => {
      if (isDocument(value)) slot.value = { document: value, failure: undefined };
      noteHead(value);
      keep(name, value);
    },
    /** Shows what was kept where there is nothing newer. */
    restore: async (): Promise<void> => {
      const kept = await readKept(name);
      if (kept === undefined || slot.value.document !== undefined || !isDocument(kept.document)) return;
      slot.value = { document: kept.document, failure: undefined };
      noteKept(kept.document, kept.atMs);
    },
    fail: (failure: Failure): void => {
      slot.value = { ...slot.value, failure };
    },
  };
};

const resources = {
  meta: resource<Documents["meta"]>("meta"),
  head: resource<Documents["head"]>("head"),
  overview: resource<Documents["overview"]>("overview"),
  agents: resource<Documents["agents"]>("agents"),
  portfolio: resource<Documents["portfolio"]>("portfolio"),
  opportunities: resource<Documents["opportunities"]>("opportunities"),
  proposals: resource<Documents["proposals"]>("proposals"),
  prices: resource<Documents["prices"]>("prices"),
  markets: resource<Documents["markets"]>("markets"),
  analytics: resource<Documents["analytics"]>("analytics"),
  payments: resource<Documents["payments"]>("payments"),
  system: resource<Documents["system"]>("system"),
  alerts: resource<Documents["alerts"]>("alerts"),
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
  analytics: resources.analytics.slot,
  payments: resources.payments.slot,
  system: resources.system.slot,
  alerts: resources.alerts.slot,
};

const after = (ms: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

/** A gateway that does not answer by then is not waited for where something was kept, in milliseconds. */
const KEPT_AFTER_MS = 3_000;

/**
 * Reads a document by its route. A failure leaves what is shown, and is told beside it; where nothing is shown and nobody answers,
 * what this device kept is.
 */
export const load = async (name: keyof Documents, path = `/v1/${name}`): Promise<void> => {
  const { slot, put, fail, restore } = resources[name];
  const cancel = after(KEPT_AFTER_MS, () => void restore());
  const answer = await ask(path);
  cancel();
  if ("body" in answer) {
    put(answer.body);
    return;
  }
  if (answer === UNREACHABLE) await restore();
  // The bar across the page says that what is shown was kept, and why.
  if (answer !== UNREACHABLE || keptSince.value === undefined || slot.value.document === undefined) fail(answer);
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

const proposalIn = (body: unknown, id: string): Slot<ProposalDocument> => {
  if (!isProposal(body)) return { document: undefined, failure: UNREACHABLE };
  return isOfId(body, id) ? { document: body, failure: undefined } : { document: undefined, failure: FOREIGN };
};

/** One proposal by its id; another than that is refused. Where nobody answers, it is shown as this device kept it. */
export const loadProposal = async (id: string): Promise<Slot<ProposalDocument>> => {
  const [path, name] = [`/v1/proposals/${id}`, `proposals/${id.toLowerCase()}`];
  const answer = await ask(path);
  if ("body" in answer) {
    noteHead(answer.body);
    const found = proposalIn(answer.body, id);
    if (found.document !== undefined) keep(name, found.document);
    return found;
  }
  const kept = answer === UNREACHABLE ? await readKept(name) : undefined;
  if (kept === undefined) return { document: undefined, failure: answer };
  noteKept(kept.document, kept.atMs);
  return proposalIn(kept.document, id);
};

const wanted = new Map<DocumentTopic, number>();

const isTopic = (name: string): name is DocumentTopic => name in slots && name !== "meta" && name !== "proposals";

/** What is known stays where it is, so that nothing that is being read moves. */
const decide = (decision: ProposalSummary): void => {
  const isKnown = decisions.value.some(({ id }) => id === decision.id);
  decisions.value = isKnown
    ? decisions.value.map((one) => (one.id === decision.id ? decision : one))
    : [decision, ...decisions.value].slice(0, MAX_DECISIONS);
};

/** Reads what no stream brings again once the gateway is back. */
const reloadAll = (): void => {
  if (slots.meta.value.document !== undefined) void load("meta");
  reloads.value += 1;
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
    if (isOpen && keptSince.value !== undefined) reloadAll();
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
