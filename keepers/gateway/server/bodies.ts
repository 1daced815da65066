import { createHash } from "node:crypto";
import type { GatewayClock } from "../reading/clock.ts";

/** An answer as it is sent: the text, and the tag by which a client says that it has it already. */
export type DocumentBody = { readonly text: string; readonly etag: string };

const TAG_LENGTH = 22;

export const bodyOf = (document: unknown): DocumentBody => {
  const text = JSON.stringify(document);
  return { text, etag: `"${createHash("sha256").update(text).digest("base64url").slice(0, TAG_LENGTH)}"` };
};

/** So many clients may ask at once, and all get what was made for the first. */
const FRESH_MS = 250;

export type Bodies = {
  readonly of: (name: string, make: () => Promise<unknown>) => Promise<DocumentBody>;
  /** Makes each answer again when it is next asked for: there is something new. */
  readonly forget: () => void;
};

/** Keeps each answer for a quarter of a second, and makes none twice at once. A failure is not kept. */
export const createBodies = (clock: Pick<GatewayClock, "nowMs">): Bodies => {
  const kept = new Map<string, { readonly body: Promise<DocumentBody>; readonly madeMs: number }>();
  return {
    of: (name, make) => {
      const known = kept.get(name);
      if (known !== undefined && clock.nowMs() - known.madeMs < FRESH_MS) return known.body;
      const body = make().then(bodyOf);
      const entry = { body, madeMs: clock.nowMs() };
      kept.set(name, entry);
      body.catch(() => {
        if (kept.get(name) === entry) kept.delete(name);
      });
      return body;
    },
    forget: () => kept.clear(),
  };
};
