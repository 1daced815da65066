import type { ProposalSummary } from "../gateway/schema/proposals.ts";
import type { Documents } from "../gateway/schema/routes.ts";

/** Topics whose messages are the document of the route of the same name. */
export type DocumentTopic = Exclude<keyof Documents, "meta" | "proposals">;

/** A document of state with its topic. */
export type StateMessage = {
  readonly [Name in DocumentTopic]: { readonly topic: Name; readonly document: Documents[Name] };
}[DocumentTopic];

export type StreamHandlers = {
  readonly onState: (message: StateMessage) => void;
  /** Each change of a proposal once and in order. */
  readonly onDecision: (decision: ProposalSummary) => void;
  /** Some decisions are gone for good: what was read by route must be read anew. */
  readonly onGap: () => void;
  readonly onOpen: (isOpen: boolean) => void;
};

type Message = {
  readonly type: string;
  readonly subject?: string;
  readonly sequence?: number;
  readonly data: unknown;
};

const isMessage = (value: unknown): value is Message => typeof value === "object" && value !== null && "type" in value;

type Welcome = { readonly epoch: string; readonly last: { readonly decisions: number } };
const isWelcome = (value: unknown): value is Welcome => typeof value === "object" && value !== null && "epoch" in value;

type Gap = { readonly epoch: string; readonly last: number };
const isGap = (value: unknown): value is Gap =>
  typeof value === "object" && value !== null && "epoch" in value && "last" in value && typeof value.last === "number";

const isDecision = (value: unknown): value is ProposalSummary =>
  typeof value === "object" && value !== null && "sentence" in value && "id" in value;

/** A document of the gateway's own, whose tests hold it to the schema of its topic. */
const isState = (message: {
  readonly topic: string | undefined;
  readonly document: unknown;
}): message is StateMessage =>
  message.topic !== undefined && typeof message.document === "object" && message.document !== null;

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;

/** Where a client stands in the events of one run of the gateway. */
type Place = { readonly epoch: string; readonly after: number };

type Say = (request: object) => void;

/** Understands what the gateway says, and remembers where in its events this client stands. */
const createReader = (wanted: () => readonly DocumentTopic[], handlers: StreamHandlers, say: Say) => {
  let place: Place | undefined;
  const welcome = (data: unknown): void => {
    if (!isWelcome(data)) return;
    handlers.onOpen(true);
    const topics = wanted();
    if (topics.length > 0) say({ kind: "subscribe", topics });
    // Also at the first time: between the welcome and a subscription decisions may be told.
    place ??= { epoch: data.epoch, after: data.last.decisions };
    say({ kind: "resume", topic: "decisions", ...place });
  };
  const startOver = (data: unknown): void => {
    if (isGap(data)) place = { epoch: data.epoch, after: data.last };
    handlers.onGap();
  };
  const tell = ({ subject: topic, data: document }: Message): void => {
    const message = { topic, document };
    if (isState(message)) handlers.onState(message);
  };
  const decided = ({ sequence = 0, data }: Message): void => {
    // Told twice is told once: a number that was had is left alone.
    if (place === undefined || sequence <= place.after || !isDecision(data)) return;
    place = { ...place, after: sequence };
    handlers.onDecision(data);
  };
  return (text: string): void => {
    const message: unknown = JSON.parse(text);
    if (!isMessage(message)) return;
    if (message.type === "nexus.welcome") welcome(message.data);
    else if (message.type === "nexus.state") tell(message);
    else if (message.type === "nexus.event") decided(message);
    else if (message.type === "nexus.gap") startOver(message.data);
  };
};

/** As much of a WebSocket as is used, of a browser or of Node. */
export type Socket = {
  readonly readyState: number;
  readonly send: (text: string) => void;
  readonly close: () => void;
  readonly addEventListener: (
    type: "message" | "close" | "error",
    listener: (event: { readonly data?: unknown }) => void,
  ) => void;
};

/** How the stream is reached. `after`: calls `run` in `ms` milliseconds, and answers how to call it off. */
export type StreamWorld = {
  readonly url: string | URL;
  readonly open: (url: URL) => Socket;
  readonly after: (ms: number, run: () => void) => () => void;
};

const OPEN = 1;

const streamOf = (url: string | URL): URL => {
  const at = new URL("/v1/stream", url);
  at.protocol = at.protocol === "https:" ? "wss:" : "ws:";
  return at;
};

/** An open stream: `say` changes its topics, `close` ends it for good. */
export type Stream = { readonly say: Say; readonly close: () => void };

/**
 * Opens the stream and keeps it open: after a cut it asks for what it missed. `wanted` tells the topics of the moment. It waits
 * half a second before the first new try and at most eight.
 */
export const openStream = (
  { url, open, after }: StreamWorld,
  wanted: () => readonly DocumentTopic[],
  handlers: StreamHandlers,
): Stream => {
  let [wait, isOver] = [FIRST_WAIT_MS, false];
  let socket: Socket | undefined;
  let callOff = (): void => undefined;
  const say: Say = (request) => {
    if (socket?.readyState === OPEN) socket.send(JSON.stringify(request));
  };
  const hear = createReader(wanted, handlers, say);
  const connect = (): void => {
    socket = open(streamOf(url));
    socket.addEventListener("message", ({ data }) => {
      wait = FIRST_WAIT_MS;
      hear(String(data));
    });
    // A close follows each error, and says enough.
    socket.addEventListener("error", () => undefined);
    socket.addEventListener("close", () => {
      handlers.onOpen(false);
      if (isOver) return;
      callOff = after(wait, connect);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    });
  };
  connect();
  const close = (): void => {
    isOver = true;
    callOff();
    socket?.close();
  };
  return { say, close };
};
