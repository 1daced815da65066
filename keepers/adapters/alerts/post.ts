import { printable } from "../../core/printable.ts";

/** A request that is posted; `body` as it is sent. */
export type Post = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer>;
};

/** The answer's status and the beginning of its text; or why there is none. */
export type Posted =
  | { readonly kind: "answered"; readonly status: number; readonly text: string }
  | { readonly kind: "unreachable"; readonly why: string };

const DEADLINE_MS = 8_000;
const MAX_ANSWER_BYTES = 4_096;
const MAX_WHY = 300;

/** Words of somebody else, short and harmless. */
export const foreignWords = (text: string): string => printable(text.trim()).slice(0, MAX_WHY);

/** The deepest reason: `fetch` itself says no more than that it failed. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return "it failed";
  if (error.name === "TimeoutError") return `no answer within ${DEADLINE_MS / 1_000} s`;
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
};

/** Reads no more than the beginning of an answer, however long it is, and lets go of the rest. */
const beginningOf = async ({ body }: Response): Promise<string> => {
  if (body === null) return "";
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  while (size < MAX_ANSWER_BYTES) {
    const { value, done } = await reader.read();
    if (done) break;
    parts.push(value);
    size += value.length;
  }
  await reader.cancel();
  return Buffer.concat(parts).subarray(0, MAX_ANSWER_BYTES).toString("utf8");
};

/** Posts once, within eight seconds, and follows no redirection: nobody else is to get what is posted. Never throws. */
export const post = async ({ url, headers, body }: Post): Promise<Posted> => {
  try {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
    return { kind: "answered", status: response.status, text: foreignWords(await beginningOf(response)) };
  } catch (error) {
    return { kind: "unreachable", why: foreignWords(reasonOf(error)) };
  }
};

/** Why a post did not do what it should; undefined when it did. */
export const failureOf = (posted: Posted): string | undefined => {
  if (posted.kind === "unreachable") return posted.why;
  if (posted.status >= 200 && posted.status < 300) return undefined;
  const what = posted.status >= 300 && posted.status < 400 ? "redirects, and no redirection is followed" : posted.text;
  return `answered ${posted.status}${what === "" ? "" : `: ${what}`}`;
};
