import { ask as askGateway } from "../../../keepers/client/ask.ts";

/** Why something cannot be shown, and what to do. */
export type Failure = { readonly what: string; readonly next: string };

const PATIENCE_MS = 15_000;
/** The gateway serves the page: where this file came from, it answers. */
const GATEWAY = import.meta.url;

export const UNREACHABLE: Failure = {
  what: "The gateway does not answer.",
  next: "Look whether npm start or nexus gateway still runs; this page goes on by itself when it does.",
};

/** Asks the gateway. What it refuses is told in its own words. */
export const ask = async (path: string): Promise<{ readonly body: unknown } | Failure> => {
  const asking = {
    url: GATEWAY,
    timeoutMs: PATIENCE_MS,
    fetch: (at: URL, request: RequestInit) => fetch(at, request),
  };
  const asked = await askGateway(asking, path);
  if (asked.kind === "answered") return { body: asked.document };
  if (asked.kind === "unreachable") return UNREACHABLE;
  return { what: asked.problem?.detail ?? `The gateway answers ${asked.status}.`, next: "Load the page again." };
};
