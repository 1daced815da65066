import { type Failure, ask, send } from "../data/ask.ts";
import type { PushDocument } from "../../../keepers/gateway/schema/push.ts";

/** Whether alerts reach this device, and why not. */
export type PushState =
  | { readonly kind: "impossible"; readonly why: string }
  | { readonly kind: "off"; readonly key: string }
  | { readonly kind: "on"; readonly key: string };

const PATH = "/v1/push";
const NO_KEY =
  "This gateway sends none: no alerts agent with the keys for it runs beside it. Its operator's guide says how to add one.";
const NO_PUSH =
  "This browser takes no messages of a page here. On an iPhone or iPad, add the page to the home screen first and open it from there.";
const DENIED = "This browser is told to show no messages of this page: allow them in its settings for this address.";

const isPush = (body: unknown): body is PushDocument =>
  typeof body === "object" && body !== null && "publicKey" in body;

const isPossible = (): boolean =>
  "PushManager" in globalThis && "Notification" in globalThis && "serviceWorker" in navigator;

const registrationNow = (): Promise<ServiceWorkerRegistration> => navigator.serviceWorker.ready;

const bytesOf = (base64url: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64url.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));

const keyOf = ({ options }: PushSubscription): string =>
  options.applicationServerKey === null
    ? ""
    : btoa(String.fromCharCode(...new Uint8Array(options.applicationServerKey)))
        .replaceAll("+", "-")
        .replaceAll("/", "_")
        .replaceAll("=", "");

/** Tells the gateway of a subscription; the same one twice is once. */
const tell = (subscription: PushSubscription) => send("POST", PATH, subscription.toJSON());

/** How it stands with alerts on this device; what is on is told to the gateway again, which may have lost it. */
export const readPush = async (): Promise<PushState | Failure> => {
  const answer = await ask(PATH);
  if (!("body" in answer)) return answer;
  const key = isPush(answer.body) ? answer.body.publicKey : null;
  if (key === null) return { kind: "impossible", why: NO_KEY };
  if (!isPossible()) return { kind: "impossible", why: NO_PUSH };
  if (Notification.permission === "denied") return { kind: "impossible", why: DENIED };
  const subscription = await (await registrationNow()).pushManager.getSubscription();
  if (subscription === null || keyOf(subscription) !== key) return { kind: "off", key };
  const told = await tell(subscription);
  return "body" in told ? { kind: "on", key } : told;
};

/** Asks the person and then the browser, and tells the gateway. Only ever upon a touch: browsers ask for one. */
export const turnOn = async (key: string): Promise<PushState | Failure> => {
  if ((await Notification.requestPermission()) !== "granted") return { kind: "impossible", why: DENIED };
  const { pushManager } = await registrationNow();
  try {
    // One made for another key would get nothing: there is one for each page.
    await (await pushManager.getSubscription())?.unsubscribe();
    const options = { userVisibleOnly: true, applicationServerKey: bytesOf(key) };
    const told = await tell(await pushManager.subscribe(options));
    return "body" in told ? { kind: "on", key } : told;
  } catch (error) {
    const what = `The browser's push service refuses: ${String(error).slice(0, 200)}`;
    return { what, next: "Some browsers need to be told first to use one; try another browser." };
  }
};

/** Ends alerts on this device, here and at the gateway. */
export const turnOff = async (key: string): Promise<PushState | Failure> => {
  const subscription = await (await registrationNow()).pushManager.getSubscription();
  if (subscription === null) return { kind: "off", key };
  await send("DELETE", PATH, { endpoint: subscription.endpoint });
  // The browser's own end counts, also where the gateway does not answer: what is still sent is told to be gone, and forgotten.
  await subscription.unsubscribe();
  return { kind: "off", key };
};
