import type { Problem } from "../gateway/schema/common.ts";
import { isProblem } from "./shapes.ts";

/** What a gateway answered, or why there is no answer. `refused`: in its own words; `unreachable`: nothing of it came in time. */
export type Asked<T> =
  | { readonly kind: "answered"; readonly document: T }
  | { readonly kind: "refused"; readonly status: number; readonly problem: Problem | undefined }
  | { readonly kind: "unreachable"; readonly why: string };

/** How a gateway is asked: where it is, by what, and for how long, in milliseconds. */
export type Asking = {
  readonly url: string | URL;
  readonly fetch: (
    url: URL,
    request: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
  ) => Promise<Response>;
  readonly timeoutMs: number;
  /** What is sent with each request beside what is accepted. */
  readonly headers?: Readonly<Record<string, string>>;
};

const unreachable = (error: unknown): Asked<never> => ({
  kind: "unreachable",
  why: error instanceof Error ? error.message : String(error),
});

/** No answer of a gateway is longer, in bytes; what says more is cut off before it fills the memory. */
const MAX_BYTES = 8_388_608;

/** What an answer's bytes are as JSON; undefined where they are none, or too many. */
const bodyOf = async ({ body }: Response): Promise<unknown> => {
  if (body === null) return undefined;
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    bytes += part.value.length;
    if (bytes > MAX_BYTES) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(part.value, { stream: true });
  }
  return JSON.parse(text + decoder.decode());
};

/** Asks a gateway for what stands at a path. It never throws: every way in which it can end is an answer. */
export const ask = async (
  { url, fetch, timeoutMs, headers = {} }: Asking,
  path: string,
  query: Readonly<Record<string, string | number | undefined>> = {},
): Promise<Asked<unknown>> => {
  try {
    const at = new URL(path, url);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) at.searchParams.set(name, String(value));
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(at, { headers: { ...headers, accept: "application/json" }, signal });
    const body = await bodyOf(response).catch(() => undefined);
    if (!response.ok) {
      return { kind: "refused", status: response.status, problem: isProblem(body) ? body : undefined };
    }
    return body === undefined
      ? unreachable("its answer is no JSON, is too long, or was cut off")
      : { kind: "answered", document: body };
  } catch (error) {
    return unreachable(error);
  }
};
