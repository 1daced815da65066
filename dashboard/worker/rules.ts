import { printable } from "../../keepers/core/printable.ts";

/** What an alert shows on a lock screen, and where it leads. */
export type Notice = {
  readonly title: string;
  readonly body: string;
  /** Notices with one tag replace one another. */
  readonly tag: string;
  /** A path of this origin. */
  readonly path: string;
  /** Whether it stays until somebody looks. */
  readonly isUrgent: boolean;
};

const MAX_TITLE = 120;
const MAX_ID = 100;
const ALERTS = "/alerts";
const FALLBACK: Notice = {
  title: "NEXUS has an alert",
  body: "Open it to see what to do.",
  tag: "nexus",
  path: ALERTS,
  isUrgent: false,
};
const BODIES: ReadonlyMap<string, string> = new Map([
  ["page", "Somebody must look at it now."],
  ["warn", "Somebody must look at it today."],
  ["info", "For your information."],
]);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const textIn = (record: Readonly<Record<string, unknown>>, name: string, most: number): string => {
  const value = record[name];
  if (typeof value !== "string") return "";
  const characters = Array.from(
    printable(
      value
        .slice(0, 10 * most)
        .replaceAll(/\s+/g, " ")
        .trim(),
    ),
  );
  return characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : characters.join("");
};

/** A path of this origin alone: what a push names never leads elsewhere. */
const pathIn = (record: Readonly<Record<string, unknown>>): string => {
  const path = record["path"];
  return typeof path === "string" && /^\/(?:[\w-]+(?:\/[\w-]+)*)?$/.test(path) ? path : ALERTS;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** What to show for a push. Something is always shown: a browser takes the permission back from an app that is silent. */
export const noticeOf = (text: string): Notice => {
  const told = parsed(text);
  if (!isRecord(told)) return FALLBACK;
  const severity = textIn(told, "severity", MAX_ID);
  return {
    title: textIn(told, "title", MAX_TITLE) || FALLBACK.title,
    body: BODIES.get(severity) ?? FALLBACK.body,
    tag: textIn(told, "id", MAX_ID) || FALLBACK.tag,
    path: pathIn(told),
    isUrgent: severity === "page",
  };
};

/** How the worker answers a request of a page, if it does. */
export type Handling = "leave" | "page" | "keptFirst" | "networkFirst";

/**
 * What to do with a request. Answers of the gateway are never kept here, and never delayed: pages keep what they show themselves.
 * `files`: paths of the built files.
 */
export const handlingOf = (
  { method, mode, path }: { readonly method: string; readonly mode: string; readonly path: string },
  files: ReadonlySet<string>,
): Handling => {
  if (method !== "GET" || path.startsWith("/v1/")) return "leave";
  if (mode === "navigate") return "page";
  if (!files.has(path)) return "leave";
  // A file that is named for its content never changes.
  return path.startsWith("/assets/") ? "keptFirst" : "networkFirst";
};
