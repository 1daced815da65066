import type { Documents, ProposalSummary } from "./documents.ts";

/** Topics whose messages are the document of the route of the same name. */
export type Topic = Exclude<keyof Documents, "meta" | "proposals">;

export type StreamHandlers = {
  readonly onState: (topic: string, document: unknown) => void;
  readonly onDecision: (decision: ProposalSummary) => void;
  /** Some decisions are gone for ever: what was read by route must be read again. */
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

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;

/** Where a client stands in the events of one run of the gateway. */
type Place = { readonly epoch: string; readonly after: number };

type Say = (request: object) => void;

/** Understands what the gateway says, and remembers where in its events this client stands. */
const createReader = (wanted: () => readonly Topic[], handlers: StreamHandlers, say: Say) => {
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
    else if (message.type === "nexus.state") handlers.onState(message.subject ?? "", message.data);
    else if (message.type === "nexus.event") decided(message);
    else if (message.type === "nexus.gap") startOver(message.data);
  };
};

const address = (): URL => {
  const at = new URL("/v1/stream", location.href);
  at.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  return at;
};

/**
 * Opens the stream and keeps it open: after a cut it asks for what it missed. `wanted` tells the topics of the moment; `say`
 * changes them on an open stream.
 */
export const openStream = (wanted: () => readonly Topic[], handlers: StreamHandlers): { readonly say: Say } => {
  let socket: WebSocket | undefined;
  let wait = FIRST_WAIT_MS;
  const say: Say = (request) => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(request));
  };
  const hear = createReader(wanted, handlers, say);
  const connect = (): void => {
    socket = new WebSocket(address());
    socket.addEventListener("message", ({ data }) => {
      wait = FIRST_WAIT_MS;
      hear(String(data));
    });
    socket.addEventListener("close", () => {
      handlers.onOpen(false);
      setTimeout(connect, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    });
  };
  connect();
  return { say };
};
