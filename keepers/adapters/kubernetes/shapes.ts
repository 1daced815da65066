import { z } from "zod";
import { RetryableError } from "../../core/errors.ts";
import { TOKEN } from "./manifests.ts";

/** What we read of every object. */
const metadata = z.object({
  /** Empty in a bookmark. */
  name: z.string().default(""),
  uid: z.string().default(""),
  resourceVersion: z.string().default(""),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
  deletionTimestamp: z.string().nullish(),
});

export const deploymentShape = z.object({ metadata, spec: z.object({ replicas: z.int().default(1) }) });
export type KubeDeployment = z.output<typeof deploymentShape>;

const ended = z.object({ exitCode: z.int(), reason: z.string().default(""), message: z.string().nullish() }).nullish();
const containerState = z.object({ terminated: ended }).prefault({});

export const podShape = z.object({
  metadata,
  status: z
    .object({
      phase: z.string().default("Pending"),
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
      containerStatuses: z
        .array(z.object({ restartCount: z.int().default(0), state: containerState, lastState: containerState }))
        .default([]),
    })
    .prefault({}),
});
export type Pod = z.output<typeof podShape>;

export const leaseShape = z.object({
  metadata,
  spec: z
    .object({
      holderIdentity: z.string().nullish(),
      leaseDurationSeconds: z.int().nullish(),
      leaseTransitions: z.int().nullish(),
    })
    .prefault({}),
});
export type LeaseObject = z.output<typeof leaseShape>;

/** A list as the API gives it. */
export const listShape = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  items: z.array(z.unknown()).nullish(),
});

/** One line of a watch. */
export const watchShape = z.object({
  type: z.enum(["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"]),
  object: z.unknown(),
});

export const anyObject = z.object({ metadata });

/** Reads what a cluster answered. @throws RetryableError where it has another shape: whatever answers is no cluster, or is not well */
export const readAs = <T>(shape: z.ZodType<T>, body: unknown, what: string): T => {
  const read = shape.safeParse(body);
  if (read.success) return read.data;
  throw new RetryableError(`Kubernetes answers with another shape than that of ${what}`);
};

/** A token that is higher leaves no room for the next ones: numbers are exact no further. */
const MAX_TOKEN = Number.MAX_SAFE_INTEGER - 1_000_000;

/**
 * The newest leader's token that an object names; zero for none. @throws RetryableError for what is no token: compared with it,
 * each leader would count as the newest
 */
export const tokenOf = (object: z.output<typeof anyObject>): number => {
  const { annotations, name } = object.metadata;
  const text = annotations[TOKEN];
  if (text === undefined) return 0;
  const token = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (token <= MAX_TOKEN) return token;
  const how = `kubectl annotate --overwrite, with a number above that of every leader before`;
  throw new RetryableError(`the annotation ${TOKEN} of ${name} is no token: set it by ${how}`);
};
