import { z } from "zod";
import { type ObjectRule, type Rendered } from "./objects.ts";
import { titleOf } from "./read.ts";
import type { Workload } from "./workload.ts";

/** Who may be there more often when there is more to do. The others sign, or have a weight on chain that no pod adds to. */
const SCALABLE: ReadonlySet<string> = new Set(["scanner", "gateway"]);

const scaled = z.looseObject({
  scaleTargetRef: z.looseObject({ kind: z.string().default("Deployment"), name: z.string() }),
  minReplicaCount: z.number().default(0),
  maxReplicaCount: z.number().default(100),
  fallback: z.looseObject({ failureThreshold: z.number(), replicas: z.number() }).optional(),
  triggers: z.array(z.looseObject({ type: z.string(), metadata: z.record(z.string(), z.string()) })).default([]),
});

const SCALERS: ReadonlySet<string> = new Set(["ScaledObject", "HorizontalPodAutoscaler"]);

const scalersIn = ({ manifests }: Rendered) =>
  manifests
    .filter(({ kind }) => SCALERS.has(kind))
    .map((one) => ({ title: titleOf(one), kind: one.kind, spec: scaled.parse(one["spec"]) }));

const targetOf = (
  { workloads }: Rendered,
  { kind, name }: { readonly kind: string; readonly name: string },
): Workload | undefined => workloads.find((one) => one.kind === kind && one.name === name);

const fallbackFault = ({ fallback, minReplicaCount, maxReplicaCount }: z.infer<typeof scaled>): string | undefined => {
  if (fallback === undefined) return "has no fallback for a Prometheus that is gone";
  const { replicas } = fallback;
  return replicas >= minReplicaCount && replicas <= maxReplicaCount ? undefined : "falls back to what it may not be";
};

const isSenderSafe = ({ kind, spec, pod }: Workload): boolean => {
  const mounts = pod.containers.flatMap(({ volumeMounts }) => volumeMounts);
  return (
    kind === "StatefulSet" &&
    spec.podManagementPolicy !== "Parallel" &&
    spec.volumeClaimTemplates.length > 0 &&
    spec.volumeClaimTemplates.every((one) => one.spec.accessModes.join() === "ReadWriteOncePod") &&
    mounts.some(
      ({ mountPath, subPathExpr }) => mountPath === "/etc/nexus/keeper.json" && subPathExpr === "$(POD_NAME).json",
    )
  );
};

/** One pod for each key. */
const hasOwnKeys = ({ kind, pod }: Workload): boolean =>
  kind === "StatefulSet" &&
  pod.containers.every(({ volumeMounts }) =>
    volumeMounts.every(({ name, subPathExpr }) => name !== "config" || subPathExpr === "$(POD_NAME).json"),
  );

export const SCALING_RULES: readonly ObjectRule[] = [
  {
    id: "scaled",
    of: (rendered) =>
      scalersIn(rendered).flatMap(({ title, spec }) => {
        const target = targetOf(rendered, spec.scaleTargetRef);
        if (target === undefined) return [`${title} scales ${spec.scaleTargetRef.name}, which is not there`];
        return target.role !== undefined && SCALABLE.has(target.role)
          ? []
          : [`${title} scales ${target.title}, which signs or votes`];
      }),
  },
  {
    id: "null-values",
    of: (rendered) =>
      scalersIn(rendered)
        .filter(({ spec }) =>
          spec.triggers.some(({ type, metadata }) => type === "prometheus" && metadata["ignoreNullValues"] !== "false"),
        )
        .map(({ title }) => `${title} takes a lost Prometheus for calm`),
  },
  {
    id: "fallback",
    of: (rendered) =>
      scalersIn(rendered).flatMap(({ title, kind, spec }) => {
        const fault = kind === "ScaledObject" ? fallbackFault(spec) : undefined;
        return fault === undefined ? [] : [`${title} ${fault}`];
      }),
  },
  {
    id: "singleton",
    of: ({ workloads }) =>
      workloads
        .filter((one) => (one.role === "sender" || one.role === "voter") && !isSenderSafe(one))
        .map(({ title }) => `${title}: two pods may have one key or one journal`),
  },
  {
    id: "own-key",
    of: ({ workloads }) =>
      workloads
        .filter((one) => one.podLabels["nexus.process"] === "agent" && !hasOwnKeys(one))
        .map(({ title }) => `${title}: its pods share a key`),
  },
];
