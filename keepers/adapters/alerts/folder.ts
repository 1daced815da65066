import { randomUUID } from "node:crypto";
import { readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type AlertOrder, type AlertsReport, SEVERITIES } from "../../core/alerts.ts";
import type { KeptAlerts } from "../../agents/alerts/ports.ts";
import { pushSubscriptionSchema } from "./push.ts";
import { replaceFile } from "./replaceFile.ts";

/*
 * The folder by which commands and the alerts agent meet: `state.json`, which the agent replaces, and `orders/`, into which each
 * command puts one file. The folder is closed to other users, which is all the authority that an order needs.
 */

const by = z.string().min(1).max(64);
const id = z.string().min(1).max(200);
const silenceShape = {
  rule: z.string().max(64),
  subject: z.string().max(200).optional(),
  untilMs: z.number(),
  by,
};

const orderSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("acknowledge"), id, by }),
  z.strictObject({ kind: z.literal("silence"), ...silenceShape }),
  z.strictObject({ kind: z.literal("test"), id, by }),
  z.strictObject({ kind: z.literal("subscribe"), subscription: pushSubscriptionSchema, by }),
  z.strictObject({ kind: z.literal("unsubscribe"), endpoint: z.string().max(2_000), by }),
]);

const alertSchema = z.object({
  id: z.string(),
  rule: z.string(),
  subject: z.string(),
  severity: z.enum(SEVERITIES),
  cause: z.string(),
  title: z.string(),
  what: z.string(),
  next: z.string(),
  runbook: z.string(),
  sinceMs: z.number(),
  resolvedMs: z.number().optional(),
  acknowledgedBy: z.string().optional(),
  silencedUntilMs: z.number().optional(),
  explainedBy: z.string().optional(),
});

const silenceSchema = z.object(silenceShape);

const reportSchema = z.object({
  atMs: z.number(),
  rules: z.number(),
  standing: z.array(alertSchema),
  resolved: z.array(alertSchema),
  silences: z.array(silenceSchema),
  channels: z.array(
    z.object({
      channel: z.string(),
      delivered: z.number(),
      lastDelivered: z.string().optional(),
      failures: z.number(),
      lastFailure: z.string().optional(),
      waiting: z.number(),
    }),
  ),
  pushKey: z.string().max(200).optional(),
});

const stateSchema = z.object({
  report: reportSchema,
  acknowledged: z.array(z.tuple([z.string(), z.string()])),
  told: z.array(
    z.tuple([z.string(), z.object({ atMs: z.number(), severity: z.enum(SEVERITIES), ids: z.array(z.string()) })]),
  ),
});

const STATE = "state.json";
const ORDERS = "orders";
const MAX_ORDERS = 100;

const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : undefined);

const readState = async (dir: string): Promise<z.output<typeof stateSchema> | undefined> => {
  try {
    return stateSchema.parse(JSON.parse(await readFile(join(dir, STATE), "utf8")));
  } catch (error) {
    // A state that cannot be read is worth less than an agent that watches.
    if (codeOf(error) === "ENOENT" || error instanceof z.ZodError || error instanceof SyntaxError) return undefined;
    throw error;
  }
};

/** The properties that zod leaves undefined where the file has none. */
const withAll = <T extends object, D extends object>(defaults: D, value: T): D & T => ({ ...defaults, ...value });

const NO_END = { resolvedMs: undefined, acknowledgedBy: undefined, silencedUntilMs: undefined, explainedBy: undefined };
const NO_SUBJECT = { subject: undefined };
const NO_KEY = { pushKey: undefined };
const NO_DELIVERY = { lastDelivered: undefined, lastFailure: undefined };

/** What the agent said last; undefined where none ever wrote here. */
export const readAlerts = async (dir: string): Promise<AlertsReport | undefined> => {
  const state = await readState(dir);
  if (state === undefined) return undefined;
  const { report } = state;
  return {
    ...withAll(NO_KEY, report),
    standing: report.standing.map((alert) => withAll(NO_END, alert)),
    resolved: report.resolved.map((alert) => withAll(NO_END, alert)),
    silences: report.silences.map((silence) => withAll(NO_SUBJECT, silence)),
    channels: report.channels.map((channel) => withAll(NO_DELIVERY, channel)),
  };
};

let given = 0;
/** A name that sorts after each earlier one of this process, and after those of other processes by the machine's clock. */
const nextName = (): string => {
  given += 1;
  return `${String(Date.now()).padStart(15, "0")}-${String(given).padStart(9, "0")}-${randomUUID()}.json`;
};

/** Puts an order into the folder, whole and for the agent alone. */
export const giveOrder = (dir: string, order: AlertOrder): Promise<void> =>
  replaceFile(join(dir, ORDERS, nextName()), JSON.stringify(order));

/** What the agent does with its folder. */
export type AlertsFolder = {
  readonly load: () => Promise<KeptAlerts | undefined>;
  readonly save: (report: AlertsReport, kept: KeptAlerts) => Promise<void>;
  readonly takeOrders: () => Promise<readonly AlertOrder[]>;
};

const orderIn = (text: string): AlertOrder => {
  const order = orderSchema.parse(JSON.parse(text));
  return order.kind === "silence" ? withAll(NO_SUBJECT, order) : order;
};

const namesIn = async (folder: string): Promise<readonly string[]> => {
  try {
    return (await readdir(folder))
      .filter((name) => name.endsWith(".json"))
      .toSorted()
      .slice(0, MAX_ORDERS);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
};

/** Opens the agent's side of the folder. */
export const openAlertsFolder = (dir: string, onTrouble: (what: string) => void): AlertsFolder => ({
  load: async () => {
    const state = await readState(dir);
    if (state === undefined) return undefined;
    const told = state.told.map(([cause, one]) => [cause, { ...one, ids: new Set(one.ids) }] as const);
    const silences = state.report.silences.map((silence) => withAll(NO_SUBJECT, silence));
    return { acknowledged: new Map(state.acknowledged), silences, told: new Map(told) };
  },
  save: (report, { acknowledged, told }) => {
    const causes = [...told].map(([cause, one]) => [cause, { ...one, ids: [...one.ids] }] as const);
    return replaceFile(join(dir, STATE), JSON.stringify({ report, acknowledged: [...acknowledged], told: causes }));
  },
  takeOrders: async () => {
    const folder = join(dir, ORDERS);
    const orders: AlertOrder[] = [];
    for (const name of await namesIn(folder)) {
      const path = join(folder, name);
      try {
        orders.push(orderIn(await readFile(path, "utf8")));
      } catch {
        onTrouble(`${ORDERS}/${name} is no order that this version knows; it is deleted`);
      }
      await rm(path, { force: true });
    }
    return orders;
  },
});
