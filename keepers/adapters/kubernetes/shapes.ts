import { z } from "zod";

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
