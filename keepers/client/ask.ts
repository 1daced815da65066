import type { Problem } from "../gateway/schema/common.ts";

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
};

const isProblem = (value: unknown): value is Problem =>
  typeof value === "object" && value !== null && "code" in value && "detail" in value;

const unreachable = (error: unknown): Asked<never> => ({
  kind: "unreachable",
  why: error instanceof Error ? error.message : String(error),
});

/** Asks a gateway for what stands at a path. It never throws: every way in which it can end is an answer. */
export const ask = async (
  { url, fetch, timeoutMs }: Asking,
  path: string,
  query: Readonly<Record<string, string | number | undefined>> = {},
): Promise<Asked<unknown>> => {
  const at = new URL(path, url);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) at.searchParams.set(name, String(value));
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(at, { headers: { accept: "application/json" }, signal });
    const body: unknown = await response.json().catch(() => undefined);
    if (!response.ok) {
      return { kind: "refused", status: response.status, problem: isProblem(body) ? body : undefined };
    }
    return body === undefined
      ? unreachable("its answer is no JSON, or was cut off")
      : { kind: "answered", document: body };
  } catch (error) {
    return unreachable(error);
  }
};
