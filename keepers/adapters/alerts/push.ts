import { createECDH } from "node:crypto";
import { readFile } from "node:fs/promises";
import webPush from "web-push";
import { z } from "zod";
import type { AlertMessage, MessageDelivery, MessageChannel, PushSubscription } from "../../core/alerts.ts";
import { failureOf, foreignWords, post } from "./post.ts";
import { replaceFile } from "./replaceFile.ts";

export type PushOptions = {
  /** Where subscriptions are kept. */
  readonly path: string;
  readonly contact: string;
  readonly publicKey: string;
  readonly privateKey: string;
};

/** A browser's subscription as its `PushManager` writes it. */
export const pushSubscriptionSchema = z.object({
  endpoint: z
    .string()
    .max(2_000)
    .regex(/^https:\/\/|^http:\/\/127\.0\.0\.1[:/]/, "must be an https address"),
  keys: z.object({ p256dh: z.string().min(1).max(200), auth: z.string().min(1).max(100) }),
});

/** `by`: whose it is; files of before have none. */
const storedSchema = z.array(pushSubscriptionSchema.extend({ by: z.string().optional() }));
type Stored = z.output<typeof storedSchema>[number];
const MAX_SUBSCRIPTIONS = 100;
/** Of one person's devices the newest count, so that nobody takes the place of others. */
const MAX_OF_ONE = 5;
/** A push that a browser has not fetched by then is old news. */
const TTL_SECONDS = 3_600;
const GONE: ReadonlySet<number> = new Set([404, 410]);

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

const readSubscriptions = async (path: string): Promise<readonly Stored[]> => {
  try {
    return storedSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
};

/** What a lock screen shows: no balance, no address, and a link to the page of alerts. */
export const pushPayload = ({ id, severity, title }: AlertMessage): string =>
  JSON.stringify({ id, severity, title, path: "/alerts" });

type Sent = { readonly isGone: boolean; readonly why: string | undefined };

const sendOne = async (
  { contact, publicKey, privateKey }: PushOptions,
  subscription: PushSubscription,
  message: AlertMessage,
): Promise<Sent> => {
  const { endpoint, headers, body } = webPush.generateRequestDetails(
    { endpoint: subscription.endpoint, keys: { ...subscription.keys } },
    pushPayload(message),
    {
      TTL: TTL_SECONDS,
      urgency: message.severity === "page" ? "high" : "normal",
      contentEncoding: "aes128gcm",
      vapidDetails: { subject: contact, publicKey, privateKey },
    },
  );
  const posted = await post({ url: endpoint, headers, body: new Uint8Array(body) });
  const isGone = posted.kind === "answered" && GONE.has(posted.status);
  return { isGone, why: isGone ? undefined : failureOf(posted) };
};

const LEAST_AUTH_BYTES = 16;

/** Whether anything can be written for a browser's keys (RFC 8291). */
const hasKeys = ({ keys: { p256dh, auth } }: PushSubscription): boolean => {
  const own = createECDH("prime256v1");
  own.generateKeys();
  try {
    own.computeSecret(Buffer.from(p256dh, "base64url"));
    return Buffer.from(auth, "base64url").length >= LEAST_AUTH_BYTES;
  } catch {
    return false;
  }
};

const sendSafely = async (...told: Parameters<typeof sendOne>): Promise<Sent> => {
  const [, subscription] = told;
  try {
    return await sendOne(...told);
  } catch (error) {
    // A subscription whose keys are none can never be sent to. What is wrong with our own settings makes no browser gone.
    const why = foreignWords(error instanceof Error ? error.message : "it failed");
    return { isGone: !hasKeys(subscription), why };
  }
};

/** The channel of browsers, and what adds one. */
export type PushChannel = {
  readonly channel: MessageChannel;
  /** Adds a browser, or renews what is known of it. Where a hundred are there, those of whoever comes late are not taken. */
  readonly subscribe: (subscription: PushSubscription, by: string) => Promise<void>;
  /** Forgets a browser of that person; another's stays. */
  readonly unsubscribe: (endpoint: string, by: string) => Promise<void>;
};

/** Whether somebody else has the browser. Who knows its secrets holds it: of two who use one browser the later one has it. */
const isAnothers = (before: readonly Stored[], { endpoint, keys, by }: Stored): boolean =>
  before.some(
    (one) =>
      one.endpoint === endpoint &&
      one.by !== undefined &&
      one.by !== by &&
      (one.keys.p256dh !== keys.p256dh || one.keys.auth !== keys.auth),
  );

/**
 * The subscriptions with one more: the oldest of the same person give way, and nobody else's do. Who knows no more of a browser than
 * its address changes nothing.
 */
const withOneMore = (before: readonly Stored[], added: Stored): readonly Stored[] => {
  if (isAnothers(before, added)) return before;
  const others = before.filter(({ endpoint }) => endpoint !== added.endpoint);
  const own = others.filter(({ by }) => by === added.by).slice(-(MAX_OF_ONE - 1));
  const left = others.filter((one) => one.by !== added.by || own.includes(one));
  return [...left, added].slice(0, MAX_SUBSCRIPTIONS);
};

/** Opens the pushes. Browsers that have gone are forgotten: their service answers 404 or 410. */
export const openPush = (options: PushOptions): PushChannel => {
  const { path } = options;
  const write = (subscriptions: readonly Stored[]): Promise<void> =>
    replaceFile(path, JSON.stringify(subscriptions, undefined, 2));
  const send = async (message: AlertMessage): Promise<MessageDelivery> => {
    const before = await readSubscriptions(path);
    const sent = await Promise.all(before.map((subscription) => sendSafely(options, subscription, message)));
    const gone = new Set(before.filter((_, index) => sent[index]?.isGone).map(({ endpoint }) => endpoint));
    const now = await readSubscriptions(path);
    if (gone.size > 0) await write(now.filter(({ endpoint }) => !gone.has(endpoint)));
    const whys = sent.flatMap(({ why, isGone }) => (why === undefined || isGone ? [] : [why]));
    const isReached = sent.some(({ why, isGone }) => why === undefined && !isGone);
    // Tried again, everybody would get it twice: one browser that was reached is enough.
    return isReached || whys.length === 0 ? { kind: "delivered" } : { kind: "failed", why: whys[0] ?? "it failed" };
  };
  const subscribe = async ({ endpoint, keys }: PushSubscription, by: string): Promise<void> =>
    write(withOneMore(await readSubscriptions(path), { endpoint, keys: { ...keys }, by }));
  const unsubscribe = async (gone: string, by: string): Promise<void> => {
    const before = await readSubscriptions(path);
    await write(before.filter((one) => one.endpoint !== gone || (one.by !== undefined && one.by !== by)));
  };
  return {
    channel: {
      name: "push",
      send: (message) =>
        send(message).catch((error: unknown) => ({ kind: "failed", why: foreignWords(String(error)) })),
    },
    subscribe,
    unsubscribe,
  };
};
