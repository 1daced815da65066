/*
 * The service worker: it keeps the built pages on the device, so that they open without a network, and shows pushes. It keeps no
 * figure and no answer of the gateway. A new one waits until its pages ask for it, so that nothing changes under a person's hands.
 */
import { handlingOf, noticeOf } from "./rules.ts";

declare const self: ServiceWorkerGlobalScope;
/** The paths of the built files, and a hash of all of them: the build writes both. */
declare const NEXUS_FILES: readonly string[];
declare const NEXUS_BUILD: string;

const KEPT = `nexus-files-${NEXUS_BUILD}`;
const FILES: ReadonlySet<string> = new Set(NEXUS_FILES);
const PAGE = "/index.html";
/** A network that does not answer a page by then counts as none, in milliseconds. */
const PATIENCE_MS = 3_000;
const GATEWAY_GONE = 502;

const kept = async (path: string): Promise<Response | undefined> => (await caches.open(KEPT)).match(path);

const install = async (): Promise<void> => {
  const cache = await caches.open(KEPT);
  // The gateway is asked again: what the browser has of a file may be of another build.
  await cache.addAll([...FILES].map((path) => new Request(path, { cache: "no-cache" })));
};

const forgetOlder = async (): Promise<void> => {
  const older = (await caches.keys()).filter((name) => name.startsWith("nexus-files-") && name !== KEPT);
  await Promise.all(older.map((name) => caches.delete(name)));
};

const patience = (): Promise<undefined> =>
  new Promise((resolve) => {
    setTimeout(() => resolve(undefined), PATIENCE_MS);
  });

/** The page as the gateway has it; the kept one where the gateway, or the proxy before it, does not answer in time. */
const page = async (request: Request): Promise<Response> => {
  const asked = fetch(request).catch(() => undefined);
  const answer = await Promise.race([asked, patience()]);
  if (answer !== undefined && answer.status < GATEWAY_GONE) return answer;
  return (await kept(PAGE)) ?? answer ?? (await asked) ?? Response.error();
};

const keptFirst = async (request: Request, path: string): Promise<Response> => (await kept(path)) ?? fetch(request);

const networkFirst = async (request: Request, path: string): Promise<Response> => {
  try {
    return await fetch(request);
  } catch {
    return (await kept(path)) ?? Response.error();
  }
};

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(forgetOlder()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  const handling = handlingOf({ method: request.method, mode: request.mode, path: url.pathname }, FILES);
  if (handling === "page") event.respondWith(page(request));
  if (handling === "keptFirst") event.respondWith(keptFirst(request, url.pathname));
  if (handling === "networkFirst") event.respondWith(networkFirst(request, url.pathname));
});

self.addEventListener("message", (event) => {
  if (event.data === "use-new") void self.skipWaiting();
});

self.addEventListener("push", (event) => {
  const { title, body, tag, path, isUrgent } = noticeOf(event.data?.text() ?? "");
  const options = { body, tag, data: path, icon: "/icons/icon-192.png", requireInteraction: isUrgent };
  event.waitUntil(self.registration.showNotification(title, options));
});

const open = async (path: string): Promise<void> => {
  const [first] = await self.clients.matchAll({ type: "window" });
  if (first === undefined) await self.clients.openWindow(path);
  else {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a page of ours has one origin, and takes none
    first.postMessage({ open: path });
    await first.focus();
  }
};

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const path: unknown = event.notification.data;
  event.waitUntil(open(typeof path === "string" ? path : "/alerts"));
});
