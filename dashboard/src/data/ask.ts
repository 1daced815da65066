import type { Problem } from "./documents.ts";

/** Why something cannot be shown, and what to do. */
export type Failure = { readonly what: string; readonly next: string };

const isProblem = (value: unknown): value is Problem =>
  typeof value === "object" && value !== null && "detail" in value;

export const UNREACHABLE: Failure = {
  what: "The gateway does not answer.",
  next: "Look whether npm start or nexus gateway still runs; this page goes on by itself when it does.",
};

/** Asks the gateway. What it refuses is told in its own words. */
export const ask = async (path: string): Promise<{ readonly body: unknown } | Failure> => {
  const response = await fetch(path, { headers: { accept: "application/json" } }).catch(() => undefined);
  if (response === undefined) return UNREACHABLE;
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return { body };
  return {
    what: isProblem(body) ? body.detail : `The gateway answers ${response.status}.`,
    next: "Load the page again.",
  };
};
