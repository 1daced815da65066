import { z } from "zod";

/** The header by which a request that may come twice is carried out once. */
export const IDEMPOTENCY_KEY = "idempotency-key";

/** What a request that changes something may be called by its requester; other headers are no matter of the route's. */
export const idempotencyHeaders = z.looseObject({
  [IDEMPOTENCY_KEY]: z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, "must be 1 to 255 printable characters without spaces")
    .optional(),
});

const MAX_ENDPOINT = 2_000;
const endpoint = z.string().min(1).max(MAX_ENDPOINT);

const pushSchema = z
  .strictObject({
    /** VAPID key (RFC 8292) in base64url. */
    publicKey: z.string().nullable(),
  })
  .meta({ id: "Push" });

/** The routes by which a browser asks for alerts. What they change is the list of browsers that get alerts, and nothing else. */
export const PUSH_ROUTES = {
  about: {
    path: "/v1/push",
    summary: "The key by which alerts are pushed to browsers; null where none are",
    answer: pushSchema,
  },
  begin: {
    path: "/v1/push",
    summary: "Push alerts to a browser: what its PushManager.subscribe gave. The same one twice is once",
    body: z.object({
      endpoint,
      keys: z.object({ p256dh: z.string().min(1).max(200), auth: z.string().min(1).max(100) }),
    }),
    answer: pushSchema,
  },
  end: {
    path: "/v1/push",
    summary: "Push no more alerts to a browser",
    body: z.strictObject({ endpoint }),
    answer: pushSchema,
  },
} as const;
export type PushDocument = z.output<typeof pushSchema>;
