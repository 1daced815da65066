import { navigate } from "wouter-preact/use-browser-location";
import { load, slots } from "../data/store.ts";
import { type Installer, app, installer, takeNew } from "./state.ts";

const WORKER = "/worker.js";
/** A page that stays open for days asks this often whether there is a newer app, in milliseconds. */
const LOOK_MS = 3_600_000;

/** Pages that nobody has opened yet are kept too, once what is looked at is there; in milliseconds. */
const PRIME_MS = 3_000;
const PRIMED = ["meta", "overview", "agents", "portfolio", "prices", "alerts"] as const;

const NO_WORKERS =
  "This browser keeps no app: it has no service workers, as in some private windows. Every page works as long as the gateway answers; without a network nothing is shown, and no alert reaches this device.";
const NOT_SECURE =
  "This address is neither https nor on this machine, and browsers keep apps of such addresses alone. Every page works as long as the gateway answers; without a network nothing is shown, and no alert reaches this device.";

const prime = (): void => {
  for (const name of PRIMED) if (slots[name].value.document === undefined) void load(name);
  if (slots.proposals.value.document === undefined) void load("proposals", "/v1/proposals?limit=100");
};

/** A page that holds a worker of an older build knows it: then one that waits is newer. */
const watch = (registration: ServiceWorkerRegistration, workers: ServiceWorkerContainer): void => {
  let isAsked = false;
  const wasHeld = workers.controller !== null;
  const look = (): void => {
    const { waiting } = registration;
    if (waiting === null || workers.controller === null) return;
    app.value = { kind: "waiting" };
    takeNew.value = () => {
      isAsked = true;
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has one origin, and takes none
      waiting.postMessage("use-new");
    };
  };
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", look);
  });
  workers.addEventListener("controllerchange", () => {
    if (isAsked) location.reload();
    // Another tab asked for it. What a person does here is not cut off.
    else if (wasHeld) app.value = { kind: "renewed" };
  });
  look();
  setInterval(() => void registration.update().catch(() => undefined), LOOK_MS);
};

/** A notice of the worker that a person touched leads to its page. */
const follow = (workers: ServiceWorkerContainer): void => {
  workers.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (typeof data !== "object" || data === null || !("open" in data)) return;
    if (typeof data.open === "string" && data.open.startsWith("/")) navigate(data.open);
  });
};

const isInstaller = (event: Event): event is Installer => "prompt" in event && typeof event.prompt === "function";

const register = async (workers: ServiceWorkerContainer): Promise<void> => {
  try {
    const registration = await workers.register(WORKER);
    app.value = { kind: "kept" };
    watch(registration, workers);
    setTimeout(prime, PRIME_MS);
  } catch (error) {
    app.value = { kind: "none", why: `This browser did not take the app: ${String(error).slice(0, 200)}` };
  }
};

/** Keeps the app on this device where the browser can, and says why where it cannot. */
export const startApp = (): void => {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    if (isInstaller(event)) installer.value = event;
  });
  addEventListener("appinstalled", () => (installer.value = undefined));
  // Older browsers, and some windows of newer ones, have none, whatever the types say.
  const workers: unknown = Reflect.get(navigator, "serviceWorker");
  if (!(workers instanceof EventTarget)) {
    app.value = { kind: "none", why: isSecureContext ? NO_WORKERS : NOT_SECURE };
    return;
  }
  follow(navigator.serviceWorker);
  void register(navigator.serviceWorker);
};
