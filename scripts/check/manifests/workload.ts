import { z } from "zod";
import { type KubeObject, titleOf } from "./read.ts";

const labels = z.record(z.string(), z.string()).default({});
const selector = z.looseObject({ matchLabels: labels });

const probe = z.looseObject({ httpGet: z.looseObject({ path: z.string() }).optional() });
const container = z.looseObject({
  name: z.string(),
  image: z.string().default(""),
  securityContext: z
    .looseObject({
      allowPrivilegeEscalation: z.boolean().optional(),
      privileged: z.boolean().optional(),
      readOnlyRootFilesystem: z.boolean().optional(),
      capabilities: z
        .looseObject({ drop: z.array(z.string()).default([]), add: z.array(z.string()).default([]) })
        .optional(),
    })
    .default({}),
  resources: z.looseObject({ requests: labels, limits: labels }).default({ requests: {}, limits: {} }),
  startupProbe: probe.optional(),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  lifecycle: z
    .looseObject({ preStop: z.looseObject({ sleep: z.looseObject({ seconds: z.number() }).optional() }) })
    .optional(),
  env: z
    .array(
      z.looseObject({
        name: z.string(),
        valueFrom: z.looseObject({ secretKeyRef: z.unknown().optional() }).optional(),
      }),
    )
    .default([]),
  envFrom: z
    .array(
      z.looseObject({
        secretRef: z.unknown().optional(),
        configMapRef: z.looseObject({ name: z.string() }).optional(),
      }),
    )
    .default([]),
  ports: z
    .array(z.looseObject({ name: z.string().optional(), containerPort: z.number(), hostPort: z.number().optional() }))
    .default([]),
  volumeMounts: z
    .array(z.looseObject({ name: z.string(), mountPath: z.string(), subPathExpr: z.string().optional() }))
    .default([]),
});
export type Container = z.infer<typeof container>;

const volume = z.looseObject({
  name: z.string(),
  secret: z.looseObject({ secretName: z.string(), defaultMode: z.number().optional() }).optional(),
  configMap: z.looseObject({ name: z.string() }).optional(),
});
export type Volume = z.infer<typeof volume>;

const pod = z.looseObject({
  securityContext: z
    .looseObject({
      runAsNonRoot: z.boolean().optional(),
      runAsUser: z.number().optional(),
      seccompProfile: z.looseObject({ type: z.string() }).optional(),
    })
    .default({}),
  hostNetwork: z.boolean().optional(),
  hostPID: z.boolean().optional(),
  hostIPC: z.boolean().optional(),
  automountServiceAccountToken: z.boolean().optional(),
  enableServiceLinks: z.boolean().optional(),
  serviceAccountName: z.string().optional(),
  priorityClassName: z.string().optional(),
  terminationGracePeriodSeconds: z.number().optional(),
  topologySpreadConstraints: z.array(z.unknown()).default([]),
  containers: z.array(container).min(1),
  initContainers: z.array(container).default([]),
  volumes: z.array(volume).default([]),
});
export type PodSpec = z.infer<typeof pod>;

const claim = z.looseObject({ spec: z.looseObject({ accessModes: z.array(z.string()).default([]) }) });
const spec = z.looseObject({
  replicas: z.number().default(1),
  selector: selector.optional(),
  podManagementPolicy: z.string().optional(),
  template: z.looseObject({ metadata: z.looseObject({ labels }).default({ labels: {} }), spec: pod }),
  volumeClaimTemplates: z.array(claim).default([]),
});

/** An object that makes pods. */
export type Workload = {
  readonly title: string;
  readonly kind: string;
  readonly name: string;
  readonly spec: z.infer<typeof spec>;
  readonly pod: PodSpec;
  readonly podLabels: Readonly<Record<string, string>>;
  /** `nexus.role` of its pods: `sender`, `voter`, `watcher`, `scanner`, `gateway`; undefined for what is not ours. */
  readonly role: string | undefined;
};

const KINDS: ReadonlySet<string> = new Set(["Deployment", "StatefulSet", "Job"]);

/** The objects that make pods. */
export const workloadsIn = (manifests: readonly KubeObject[]): readonly Workload[] =>
  manifests
    .filter(({ kind }) => KINDS.has(kind))
    .map((manifest) => {
      const parsed = spec.parse(manifest["spec"]);
      const podLabels = parsed.template.metadata.labels;
      const { kind, metadata } = manifest;
      const names = { title: titleOf(manifest), kind, name: metadata.name };
      return { ...names, spec: parsed, pod: parsed.template.spec, podLabels, role: podLabels["nexus.role"] };
    });

/** All containers of a pod. */
export const containersOf = ({ containers, initContainers }: PodSpec): readonly Container[] => [
  ...initContainers,
  ...containers,
];

/** Whether labels are selected. A selector without labels selects everything. */
export const selects = (wanted: Readonly<Record<string, string>>, found: Readonly<Record<string, string>>): boolean =>
  Object.entries(wanted).every(([key, value]) => found[key] === value);

/** Whether it runs until somebody ends it. */
export const isLasting = ({ kind }: Workload): boolean => kind !== "Job";
