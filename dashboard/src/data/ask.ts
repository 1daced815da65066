import { type Asked, ask as askGateway } from "../../../keepers/client/ask.ts";

/** Why something cannot be shown, and what to do. */
export type Failure = { readonly what: string; readonly next: string };

const PATIENCE_MS = 15_000;
/** The gateway serves the page: where this file came from, it answers. */
const GATEWAY = import.meta.url;

export const UNREACHABLE: Failure = {
  what: "The gateway does not answer.",
  next: "Look whether npm start or nexus gateway still runs; this page goes on by itself when it does.",
};

const told = (asked: Asked<unknown>): { readonly body: unknown } | Failure => {
  if (asked.kind === "answered") return { body: asked.document };
  if (asked.kind === "unreachable") return UNREACHABLE;
  return { what: asked.problem?.detail ?? `The gateway answers ${asked.status}.`, next: "Load the page again." };
};

/** Asks the gateway. What it refuses is told in its own words. */
export const ask = async (path: string): Promise<{ readonly body: unknown } | Failure> =>
  told(
    await askGateway(
      { url: GATEWAY, timeoutMs: PATIENCE_MS, fetch: (at: URL, request: RequestInit) => fetch(at, request) },
      path,
    ),
  );

/** Sends something to the gateway, which is how one signs in and out. */
export const send = async (
  method: "POST" | "DELETE",
  path: string,
  body?: unknown,
): Promise<{ readonly body: unknown } | Failure> => {
  const sent = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const type: Readonly<Record<string, string>> = body === undefined ? {} : { "content-type": "application/json" };
  const asking = {
    url: GATEWAY,
    timeoutMs: PATIENCE_MS,
    fetch: (at: URL, request: RequestInit) =>
      fetch(at, { ...request, ...sent, headers: { ...type, accept: "application/json" } }),
  };
  return told(await askGateway(asking, path));
};
