import { type DocumentTopic, type Say, type StreamHandlers, type Hearing, createReader } from "./reader.ts";

export type { DocumentTopic, StateMessage, StreamHandlers } from "./reader.ts";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;

/** As much of a WebSocket as is used, of a browser or of Node. */
export type Socket = {
  readonly readyState: number;
  readonly send: (text: string) => void;
  readonly close: () => void;
  readonly addEventListener: (type: "message" | "close" | "error", listener: (event: object) => void) => void;
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

/** An open stream: `say` changes its topics, `close` ends it for ever. */
export type Stream = { readonly say: Say; readonly close: () => void };

type Ends = { readonly hear: (text: string) => Hearing; readonly onCut: () => void };

const textOf = (event: object): string => ("data" in event ? String(event.data) : "");

/** One connection, until it is cut by whoever: nothing that comes after that is heard. @returns its socket, undefined for none */
const connectOnce = (open: () => Socket, { hear, onCut }: Ends): Socket | undefined => {
  let isCut = false;
  const cut = (): void => {
    if (isCut) return;
    isCut = true;
    onCut();
  };
  try {
    const socket = open();
    socket.addEventListener("message", (event) => {
      if (isCut || hear(textOf(event)) !== "cut") return;
      cut();
      socket.close();
    });
    // A close follows each error, and says enough.
    socket.addEventListener("error", () => undefined);
    socket.addEventListener("close", cut);
    return socket;
  } catch {
    cut();
    return undefined;
  }
};

/**
 * Opens the stream and keeps it open: after a cut it asks for what it missed. `wanted` tells the topics of the moment. It waits
 * half a second before the first new try and at most eight; a message that no gateway sends is a cut too. @throws TypeError for a
 * `url` that is none
 */
export const openStream = (
  { url, open, after }: StreamWorld,
  wanted: () => readonly DocumentTopic[],
  handlers: StreamHandlers,
): Stream => {
  const at = streamOf(url);
  let [wait, isOver] = [FIRST_WAIT_MS, false];
  let socket: Socket | undefined;
  let callOff = (): void => undefined;
  const say: Say = (request) => {
    if (socket?.readyState === OPEN) socket.send(JSON.stringify(request));
  };
  const reader = createReader(wanted, handlers, say);
  const hear = (text: string): Hearing => {
    if (isOver) return "taken";
    const taken = reader.hear(text);
    // A welcome alone is no proof: who sends nonsense after each would be asked twice a second for ever.
    if (taken === "taken") wait = FIRST_WAIT_MS;
    return taken;
  };
  const onCut = (): void => {
    handlers.onOpen(false);
    if (isOver) return;
    callOff = after(wait, connect);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  };
  const connect = (): void => {
    reader.begin();
    socket = connectOnce(() => open(at), { hear, onCut });
  };
  connect();
  const close = (): void => {
    isOver = true;
    callOff();
    socket?.close();
  };
  return { say, close };
};
