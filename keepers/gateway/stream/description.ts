import { z } from "zod";
import { proposalSummarySchema } from "../schema/proposals.ts";
import { type CloudEvent, STATE_TOPICS, cloudEventSchema, requestSchema, schemaOfTopic } from "./topics.ts";

type Json = Readonly<Record<string, unknown>>;

/** A schema as AsyncAPI takes it: JSON Schema without the word for its own version. */
const schemaJson = (schema: z.ZodType): Json => {
  const { $schema: _version, ...json } = z.toJSONSchema(schema, { io: "output", unrepresentable: "any" });
  return json;
};

/** What a message of a type carries in `data`. */
const lastSchema = z.strictObject({ decisions: z.int().nonnegative() });
const DATA: Readonly<Record<Exclude<CloudEvent["type"], "nexus.state">, readonly [string, z.ZodType]>> = {
  "nexus.welcome": [
    "The first message: this run of the gateway, and the number of the newest decision",
    z.strictObject({ epoch: z.string(), last: lastSchema, heartbeatMs: z.int() }),
  ],
  "nexus.event": ["One change of a proposal; `sequence` is its number", proposalSummarySchema],
  "nexus.gap": [
    "Decisions that were asked for are gone: read the route anew, and go on from `last`",
    z.strictObject({ epoch: z.string(), oldest: z.int(), last: z.int(), advice: z.string() }),
  ],
  "nexus.heartbeat": ["The stream lives", z.strictObject({ last: lastSchema })],
  "nexus.refused": ["What was said is not understood, or too much", z.strictObject({ why: z.string() })],
};

const messageOf = (type: CloudEvent["type"], summary: string, data: z.ZodType): Json => ({
  name: type,
  summary,
  contentType: "application/cloudevents+json",
  payload: schemaJson(cloudEventSchema.extend({ type: z.literal(type), data })),
});

const stateMessage = (topic: (typeof STATE_TOPICS)[number]): readonly [string, Json] => {
  const message = messageOf("nexus.state", `The document of /v1/${topic}, when it changed`, schemaOfTopic(topic));
  return [`state-${topic}`, { ...message, name: `nexus.state of ${topic}` }];
};

const heardMessages = (): Json =>
  Object.fromEntries([
    ...Object.entries(DATA).map(([type, [summary, data]]): readonly [string, Json] => {
      const known = Object.keys(DATA).find((name): name is keyof typeof DATA => name === type);
      return [type.replace("nexus.", ""), messageOf(known ?? "nexus.refused", summary, data)];
    }),
    ...STATE_TOPICS.map(stateMessage),
  ]);

const referencesTo = (channel: string, names: readonly string[]): readonly Json[] =>
  names.map((name) => ({ $ref: `#/channels/${channel}/messages/${name}` }));

/** The stream in AsyncAPI 3.0, from the schemas that its messages are made by. `version`: of this program. */
export const describeStream = (version: string): Json => {
  const heard = heardMessages();
  return {
    asyncapi: "3.0.0",
    info: {
      title: "NEXUS gateway: the stream",
      version,
      description: "State of a deployment and the decisions about it, over a WebSocket. It takes no command.",
    },
    defaultContentType: "application/json",
    servers: { gateway: { host: "127.0.0.1:8600", protocol: "ws" } },
    channels: {
      stream: {
        address: "/v1/stream",
        messages: {
          ...heard,
          request: { name: "request", summary: "What a client may say", payload: schemaJson(requestSchema) },
        },
      },
    },
    operations: {
      hear: {
        action: "send",
        channel: { $ref: "#/channels/stream" },
        messages: referencesTo("stream", Object.keys(heard)),
      },
      say: {
        action: "receive",
        channel: { $ref: "#/channels/stream" },
        messages: referencesTo("stream", ["request"]),
      },
    },
  };
};
