import type { AnswerFault } from "../../market/prices/pullUpdate.ts";
import { withoutSecrets } from "../../core/endpoint.ts";
import { printable } from "../../core/printable.ts";

/** How an endpoint is asked. */
export type AskTerms = {
  readonly fetch: typeof fetch;
  readonly timeoutMs: number;
  /** A longer answer is not read to its end. */
  readonly maxBytes: number;
};

/** JSON that an endpoint answered, of any shape; or why there is none. */
export type JsonAnswer =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "refused"; readonly fault: AnswerFault; readonly detail: string };

const MAX_DETAIL = 200;

/** How endpoints of prices are asked: a price that takes longer is too old to be of use. */
export const PRICE_ASK: AskTerms = { fetch, timeoutMs: 3_000, maxBytes: 262_144 };

const refused = (fault: AnswerFault, detail: string): JsonAnswer => ({
  kind: "refused",
  fault,
  detail: printable(detail).slice(0, MAX_DETAIL),
});

/** The text of an answer; undefined where it is longer than it may be. */
const textOf = async ({ body }: Response, maxBytes: number): Promise<string | undefined> => {
  if (body === null) return "";
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return Buffer.concat(parts).toString("utf8");
    size += value.length;
    if (size > maxBytes) {
      await reader.cancel();
      return undefined;
    }
    parts.push(value);
  }
};

/** Reads a text as JSON. Never throws. */
export const parseJson = (text: string): JsonAnswer => {
  try {
    const value: unknown = JSON.parse(text);
    return { kind: "json", value };
  } catch {
    return refused("not-json", `it begins with ${text.slice(0, 40)}`);
  }
};

const readAnswer = async (response: Response, maxBytes: number): Promise<JsonAnswer> => {
  if (response.status === 401 || response.status === 403) return refused("no-access", `it answers ${response.status}`);
  if (!response.ok) return refused("unreachable", `it answers ${response.status}`);
  const text = await textOf(response, maxBytes);
  return text === undefined ? refused("too-long", `more than ${maxBytes} bytes`) : parseJson(text);
};

/** The deepest reason: `fetch` itself says no more than that it failed. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return "it failed";
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
};

/**
 * Gets JSON within a deadline, whatever the other side does, and follows no redirection: nobody else is to get the key in the
 * headers. Never throws.
 */
export const getJson = async (
  { fetch, timeoutMs, maxBytes }: AskTerms,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<JsonAnswer> => {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const asked = { headers: { accept: "application/json", ...headers }, redirect: "manual", signal } as const;
    return await readAnswer(await fetch(url, asked), maxBytes);
  } catch (error) {
    if (signal.aborted) return refused("late", `no whole answer within ${timeoutMs} ms`);
    return refused("unreachable", withoutSecrets(reasonOf(error)));
  }
};
