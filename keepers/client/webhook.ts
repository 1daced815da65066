/** Headers of a request by their names in small letters, as Node has them. */
export type WebhookHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * What a receiver may think of a post. `isRepeat`: its message came before, since a sender tries again until it hears of success;
 * answer as the first time, and do nothing twice. A refused post is somebody else's, altered or old.
 */
export type WebhookVerdict =
  | { readonly kind: "genuine"; readonly id: string; readonly isRepeat: boolean }
  | { readonly kind: "refused"; readonly why: string };

export type WebhookTerms = {
  /** What `NEXUS_ALERTS_WEBHOOK_SECRET` says: a text, or `whsec_` and base64. While it is changed, the old one too. */
  readonly secrets: readonly string[];
  /** How far the time of sending may lie from now, either way, in seconds: 300 unless told. */
  readonly toleranceSeconds?: number;
};

/** Judges one post by its headers and its body as it came, byte for byte. */
export type WebhookCheck = (headers: WebhookHeaders, body: string) => Promise<WebhookVerdict>;

/** What the check needs of the world. `verify`: whether an HMAC-SHA256 by this key is this signature of these bytes. */
export type WebhookWorld = {
  readonly verify: (
    key: Uint8Array<ArrayBuffer>,
    signature: Uint8Array<ArrayBuffer>,
    signed: Uint8Array<ArrayBuffer>,
  ) => Promise<boolean>;
  readonly nowMs: () => number;
};

const TOLERANCE_S = 300;
const PREFIX = "whsec_";
const VERSION = "v1,";
const MAX_ID = 256;
/** An HMAC-SHA256. */
const SIGNATURE_BYTES = 32;
/** A sender signs by two secrets at the most. Each more is another look at the whole body for whoever posts. */
const MAX_SIGNATURES = 8;
/** How many messages are remembered at the most; the oldest give way. */
const MAX_SEEN = 10_000;

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> | undefined => {
  try {
    return Uint8Array.from(atob(base64), (unit) => unit.charCodeAt(0));
  } catch {
    return undefined;
  }
};

/** @throws Error for a secret that is empty, or no base64 behind its prefix */
const keyOf = (secret: string): Uint8Array<ArrayBuffer> => {
  const key = secret.startsWith(PREFIX) ? bytesOf(secret.slice(PREFIX.length)) : new TextEncoder().encode(secret);
  if (key === undefined || key.length === 0) throw new Error("a webhook's secret must be a text, or whsec_ and base64");
  return key;
};

const headerIn = (headers: WebhookHeaders, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === "string" && value !== "" ? value : undefined;
};

type Stamp = { readonly id: string; readonly seconds: number; readonly signatures: readonly Uint8Array<ArrayBuffer>[] };

/** What the headers say; undefined where one is missing or has another form. */
const stampIn = (headers: WebhookHeaders): Stamp | undefined => {
  const [id, time] = [headerIn(headers, "webhook-id"), headerIn(headers, "webhook-timestamp")];
  if (id === undefined || id.length > MAX_ID || time === undefined || !/^\d{1,12}$/.test(time)) return undefined;
  const given = (headerIn(headers, "webhook-signature") ?? "").split(" ").filter((one) => one.startsWith(VERSION));
  const signatures = given.flatMap((one) => bytesOf(one.slice(VERSION.length)) ?? []);
  const whole = signatures.filter(({ length }) => length === SIGNATURE_BYTES);
  return { id, seconds: Number(time), signatures: whole.slice(0, MAX_SIGNATURES) };
};

/** Remembers messages for as long as a copy of them would pass. @returns whether this one came before */
const memoryOf = (toleranceSeconds: number): ((id: string, nowSeconds: number) => boolean) => {
  const seen = new Map<string, number>();
  return (id, nowSeconds) => {
    for (const [one, until] of seen) {
      if (until >= nowSeconds && seen.size < MAX_SEEN) break;
      seen.delete(one);
    }
    const isRepeat = seen.has(id);
    seen.delete(id);
    // A time of sending may lie ahead by the tolerance, and passes until it lies behind by as much.
    seen.set(id, nowSeconds + 2 * toleranceSeconds);
    return isRepeat;
  };
};

/** A check of posts that come to one receiver. @throws Error for a secret that can be none, or without one */
export const webhookCheck = (
  { secrets, toleranceSeconds = TOLERANCE_S }: WebhookTerms,
  { verify, nowMs }: WebhookWorld,
): WebhookCheck => {
  const keys = secrets.map(keyOf);
  if (keys.length === 0) throw new Error("a webhook's check needs a secret");
  const isRepeated = memoryOf(toleranceSeconds);
  return async (headers, body) => {
    const stamp = stampIn(headers);
    if (stamp === undefined) return { kind: "refused", why: "it lacks the headers of a signed webhook" };
    const { id, seconds, signatures } = stamp;
    const now = Math.floor(nowMs() / 1_000);
    if (Math.abs(now - seconds) > toleranceSeconds)
      return { kind: "refused", why: `it was sent ${Math.abs(now - seconds)} s ${seconds < now ? "ago" : "ahead"}` };
    const signed = new TextEncoder().encode(`${id}.${seconds}.${body}`);
    for (const key of keys) {
      for (const signature of signatures) {
        if (await verify(key, signature, signed)) return { kind: "genuine", id, isRepeat: isRepeated(id, now) };
      }
    }
    return { kind: "refused", why: "its signature is by none of the secrets" };
  };
};
