import { z } from "zod";
import { type RouteName, ROUTES } from "../schema/routes.ts";

/** Topics of state: each message is the whole document of the route of that name, and the newest is all that counts. */
export const STATE_TOPICS = [
  "head",
  "overview",
  "agents",
  "portfolio",
  "opportunities",
  "prices",
  "markets",
  "analytics",
  "payments",
  "system",
  "alerts",
] as const satisfies readonly RouteName[];
export type StateTopic = (typeof STATE_TOPICS)[number];

/** Topics of events: each message tells one change, in order, and none may be missing. */
export const EVENT_TOPICS = ["decisions"] as const;
export type EventTopic = (typeof EVENT_TOPICS)[number];

export const TOPICS = [...STATE_TOPICS, ...EVENT_TOPICS] as const;
export type TopicName = (typeof TOPICS)[number];

export const isEventTopic = (topic: TopicName): topic is EventTopic => topic === "decisions";

/** What a client may say. `after`: the last sequence number that it has of an event topic, in the epoch that it was told. */
export const requestSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("subscribe"), topics: z.array(z.enum(TOPICS)).min(1).max(TOPICS.length) }),
  z.strictObject({ kind: z.literal("unsubscribe"), topics: z.array(z.enum(TOPICS)).min(1).max(TOPICS.length) }),
  z.strictObject({
    kind: z.literal("resume"),
    topic: z.enum(EVENT_TOPICS),
    epoch: z.string().max(64),
    after: z.int().nonnegative(),
  }),
]);
export type StreamRequest = z.output<typeof requestSchema>;

/** A message in the fields of CloudEvents 1.0, with the topic as `subject` and its number in `sequence`. */
export const cloudEventSchema = z.strictObject({
  specversion: z.literal("1.0"),
  id: z.string(),
  source: z.string(),
  type: z.enum(["nexus.welcome", "nexus.state", "nexus.event", "nexus.gap", "nexus.heartbeat", "nexus.refused"]),
  time: z.string(),
  subject: z.string().optional(),
  sequence: z.int().optional(),
  data: z.unknown(),
});
export type CloudEvent = z.output<typeof cloudEventSchema>;

/** The document that a topic of state carries, by its route. */
export const schemaOfTopic = (topic: StateTopic) => ROUTES[topic].answer;
