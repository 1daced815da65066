import { createParser } from "eventsource-parser";
import type { StreamEnd } from "./poller.ts";

/** How a stream of server-sent events is followed. */
export type StreamTerms = {
  readonly fetch: typeof fetch;
  /** A stream that says nothing of use for so long is over, however often it says that it lives. */
  readonly silenceMs: number;
  /** A longer event ends the stream. */
  readonly maxBytes: number;
};

/** Follows a body until it ends. `alive` is called for each piece. */
const follow = async (
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
  onData: (data: string) => void,
): Promise<void> => {
  const state = { isTooLong: false };
  const parser = createParser({
    maxBufferSize: maxBytes,
    onEvent: ({ data }) => onData(data),
    onError: ({ type }) => {
      if (type === "max-buffer-size-exceeded") state.isTooLong = true;
    },
  });
  const text = new TextDecoder();
  for await (const chunk of body) {
    parser.feed(text.decode(chunk, { stream: true }));
    if (state.isTooLong) return;
  }
};

const isEventStream = ({ ok, headers }: Response): boolean =>
  ok && headers.get("content-type")?.startsWith("text/event-stream") === true;

/**
 * Follows server-sent events, and no redirection, until the stream ends, is silent for too long, says too much at once, or `signal` fires.
 * Never throws. `onData` answers whether an event was of use.
 */
export const listenTo = async (
  { fetch, silenceMs, maxBytes }: StreamTerms,
  { url, headers }: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
  { onData, signal }: { readonly onData: (data: string) => boolean; readonly signal: AbortSignal },
): Promise<StreamEnd> => {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  const timer = setTimeout(end, silenceMs);
  signal.addEventListener("abort", end, { once: true });
  try {
    const asked = { headers: { accept: "text/event-stream", ...headers }, redirect: "manual" } as const;
    const response = await fetch(url, { ...asked, signal: ending.signal });
    const { body } = response;
    if (!isEventStream(response) || body === null) return "none";
    await follow(body, maxBytes, (data) => {
      if (onData(data)) timer.refresh();
    });
    return "over";
  } catch {
    return "over";
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    end();
  }
};
