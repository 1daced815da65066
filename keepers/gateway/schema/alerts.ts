import { z } from "zod";
import { asOfSchema } from "./common.ts";

/** One alert. Times in Unix milliseconds of the machine that watches; null where there is none. */
const alertSchema = z
  .strictObject({
    /** Names the alert in `nexus alerts ack`. */
    id: z.string(),
    rule: z.string(),
    untrustedSubject: z.string(),
    severity: z.enum(["info", "warn", "page"]),
    /** Alerts with one cause are told in one message. */
    cause: z.string(),
    title: z.string(),
    /** What was seen, perhaps in words of a node; null for nothing more than the title. */
    untrustedWhat: z.string().nullable(),
    next: z.string(),
    /** The place in the repository where the rule is described. */
    runbook: z.string(),
    sinceMs: z.number(),
    resolvedMs: z.number().nullable(),
    acknowledgedBy: z.string().nullable(),
    silencedUntilMs: z.number().nullable(),
    /** The rule whose alert explains this one. */
    explainedBy: z.string().nullable(),
  })
  .meta({ id: "Alert" });
export type AlertDocument = z.output<typeof alertSchema>;

const channelSchema = z
  .strictObject({
    channel: z.string(),
    delivered: z.int(),
    waiting: z.int(),
    /** Failures since the last delivery, and why the last one failed. */
    failures: z.int(),
    untrustedFailure: z.string().nullable(),
  })
  .meta({ id: "AlertChannel" });

export const alertsSchema = z
  .strictObject({
    asOf: asOfSchema,
    /** What watches; null where no alerts agent runs in this process. */
    watch: z
      .strictObject({
        /** When the agent last told of a change, in Unix milliseconds. */
        atMs: z.number(),
        rules: z.int(),
        silences: z.array(
          z.strictObject({ rule: z.string(), subject: z.string().nullable(), untilMs: z.number(), by: z.string() }),
        ),
        channels: z.array(channelSchema),
      })
      .nullable(),
    /** Alerts that stand, the gravest first. */
    items: z.array(alertSchema),
    /** Alerts that were over within the last hour, newest first. */
    resolved: z.array(alertSchema),
    notes: z.array(z.string()),
  })
  .meta({ id: "Alerts" });
export type AlertsDocument = z.output<typeof alertsSchema>;
