import { createHmac } from "node:crypto";
import type { AlertMessage, MessageDelivery, MessageChannel } from "../../core/alerts.ts";
import { failureOf, post } from "./post.ts";

export type WebhookOptions = {
  readonly url: string;
  /** As text, or `whsec_` and base64. */
  readonly secret: string;
  readonly nowMs: () => number;
};

const PREFIX = "whsec_";

const keyOf = (secret: string): Buffer =>
  secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), "base64") : Buffer.from(secret, "utf8");

/**
 * What a receiver checks, as Standard Webhooks has it: HMAC-SHA256 of id, time and body joined by points, in base64. The time is
 * the one of sending, in Unix seconds, so that a receiver can refuse an old copy.
 */
const signatureOf = (
  secret: string,
  signed: { readonly id: string; readonly seconds: number; readonly body: string },
) =>
  `v1,${createHmac("sha256", keyOf(secret)).update(`${signed.id}.${signed.seconds}.${signed.body}`).digest("base64")}`;

/** The body of a message: the message itself, its times in Unix milliseconds. */
const webhookBody = (message: AlertMessage): string => JSON.stringify({ type: "nexus.alert", ...message });

/** A channel that posts messages as signed JSON. */
export const webhookChannel = ({ url, secret, nowMs }: WebhookOptions): MessageChannel => ({
  name: "webhook",
  send: async (message): Promise<MessageDelivery> => {
    const [body, seconds] = [webhookBody(message), Math.floor(nowMs() / 1_000)];
    const headers = {
      "content-type": "application/json",
      "user-agent": "nexus-alerts",
      "webhook-id": message.id,
      "webhook-timestamp": String(seconds),
      "webhook-signature": signatureOf(secret, { id: message.id, seconds, body }),
    };
    const why = failureOf(await post({ url, headers, body }));
    return why === undefined ? { kind: "delivered" } : { kind: "failed", why };
  },
});
