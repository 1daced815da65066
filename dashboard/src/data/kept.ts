/* The last figures, kept on this device by the page itself: the worker never sees what the stream brings. */

/** A document as it was when it was kept. `atMs`: when, by this device's clock. */
export type Kept = { readonly atMs: number; readonly document: unknown };

const NAME = "nexus-figures";
/** A document that changes twice a second is kept no more often than this, in milliseconds. */
const EVERY_MS = 2_000;
/** Of single proposals only the newest stay. */
const MAX_PROPOSALS = 20;
const PROPOSAL = "/kept/proposals/";

/** Whether the browser keeps things for pages: some private windows have nowhere for it. */
const canKeep = (): boolean => "caches" in globalThis;

const keyOf = (name: string): string => `/kept/${name}`;

const lastMs = new Map<string, number>();
const waiting = new Map<string, unknown>();
/** Once everything was forgotten this page keeps nothing more: who comes in again loads the page again. */
let isForgotten = false;

const write = async (name: string, document: unknown): Promise<void> => {
  if (!canKeep()) return;
  const cache = await caches.open(NAME);
  await cache.put(keyOf(name), Response.json({ atMs: Date.now(), document }));
  if (isForgotten) {
    await caches.delete(NAME);
    return;
  }
  const proposals = (await cache.keys()).filter(({ url }) => new URL(url).pathname.startsWith(PROPOSAL));
  await Promise.all(proposals.slice(0, Math.max(0, proposals.length - MAX_PROPOSALS)).map((key) => cache.delete(key)));
};

const flush = (name: string): void => {
  const document = waiting.get(name);
  waiting.delete(name);
  if (document === undefined) return;
  lastMs.set(name, Date.now());
  // A full disk keeps nothing: what is shown does not depend on it.
  write(name, document).catch(() => undefined);
};

/** Keeps the newest document of a name, soon. */
export const keep = (name: string, document: unknown): void => {
  if (isForgotten) return;
  const isPlanned = waiting.has(name);
  waiting.set(name, document);
  if (isPlanned) return;
  const waits = Math.max(0, (lastMs.get(name) ?? 0) + EVERY_MS - Date.now());
  setTimeout(() => flush(name), waits);
};

const isKept = (value: unknown): value is Kept =>
  typeof value === "object" &&
  value !== null &&
  "atMs" in value &&
  typeof value.atMs === "number" &&
  "document" in value;

/** What was kept under a name; undefined where nothing is. Looking makes nothing. */
export const readKept = async (name: string): Promise<Kept | undefined> => {
  if (!canKeep()) return undefined;
  try {
    const found: unknown = await (await caches.match(keyOf(name), { cacheName: NAME }))?.json();
    return isKept(found) ? found : undefined;
  } catch {
    return undefined;
  }
};

/** Forgets all of it: whoever signs out leaves nothing on the device. */
export const forgetKept = async (): Promise<void> => {
  waiting.clear();
  isForgotten = true;
  if (canKeep()) await caches.delete(NAME).catch(() => false);
};
