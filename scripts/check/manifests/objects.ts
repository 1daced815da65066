import { z } from "zod";
import { type KubeObject, titleOf } from "./read.ts";
import { type Workload, isLasting, selects } from "./workload.ts";

/** Everything that an overlay renders, and its workloads. */
export type Rendered = { readonly manifests: readonly KubeObject[]; readonly workloads: readonly Workload[] };
export type ObjectRule = { readonly id: string; readonly of: (rendered: Rendered) => readonly string[] };

const labels = z.record(z.string(), z.string()).default({});
const NAMESPACE = "nexus";
const CLUSTER_WIDE: ReadonlySet<string> = new Set(["Namespace", "PriorityClass", "StorageClass"]);
/** What an operator makes by hand, since it is secret or comes with the deployment; docs name each. */
export const BY_HAND: ReadonlySet<string> = new Set([
  "ConfigMap nexus-book",
  "Secret nexus-sender",
  "Secret nexus-voter",
  "Secret nexus-watcher",
  "Secret nexus-scanner",
  "Secret nexus-gateway-keys",
  "Secret redis",
]);

const ofKind = ({ manifests }: Rendered, kind: string): readonly KubeObject[] =>
  manifests.filter((one) => one.kind === kind);

const service = z.looseObject({
  type: z.string().default("ClusterIP"),
  selector: labels,
  ports: z
    .array(z.looseObject({ targetPort: z.union([z.string(), z.number()]).optional(), port: z.number() }))
    .default([]),
});

const portsOf = ({ pod }: Workload): readonly (string | number)[] =>
  pod.containers.flatMap(({ ports }) =>
    ports.flatMap(({ name, containerPort }) => [containerPort, ...(name === undefined ? [] : [name])]),
  );

const serviceFaults = (manifest: KubeObject, { workloads }: Rendered): readonly string[] => {
  const { selector, ports } = service.parse(manifest["spec"]);
  const chosen = workloads.filter(({ podLabels }) => selects(selector, podLabels));
  if (chosen.length === 0) return [`${titleOf(manifest)} selects no pod`];
  const open = new Set(chosen.flatMap(portsOf));
  return ports
    .filter(({ targetPort, port }) => !open.has(targetPort ?? port))
    .map(({ targetPort, port }) => `${titleOf(manifest)}: no pod of it has the port ${targetPort ?? port}`);
};

const budget = z.looseObject({
  minAvailable: z.number().optional(),
  maxUnavailable: z.number().optional(),
  selector: z.looseObject({ matchLabels: labels }),
});

const budgetFaults = (workload: Workload, rendered: Rendered): readonly string[] => {
  const { title, podLabels, spec } = workload;
  const own = ofKind(rendered, "PodDisruptionBudget")
    .map((one) => budget.parse(one["spec"]))
    .filter(({ selector }) => selects(selector.matchLabels, podLabels));
  if (own.length !== 1) return [`${title} has ${own.length} disruption budgets, one is wanted`];
  const isStuck = own.some(
    ({ minAvailable, maxUnavailable }) => (minAvailable ?? 0) >= spec.replicas || maxUnavailable === 0,
  );
  return isStuck ? [`${title}: its budget lets no machine be emptied`] : [];
};

/** What a workload names and the cluster must have. */
const wantedBy = ({ pod }: Workload): readonly string[] => [
  ...(pod.serviceAccountName === undefined ? [] : [`ServiceAccount ${pod.serviceAccountName}`]),
  ...(pod.priorityClassName === undefined ? [] : [`PriorityClass ${pod.priorityClassName}`]),
  ...pod.volumes.flatMap(({ secret, configMap }) => [
    ...(secret === undefined ? [] : [`Secret ${secret.secretName}`]),
    ...(configMap === undefined ? [] : [`ConfigMap ${configMap.name}`]),
  ]),
  ...pod.containers.flatMap(({ envFrom }) =>
    envFrom.flatMap(({ configMapRef }) => (configMapRef === undefined ? [] : [`ConfigMap ${configMapRef.name}`])),
  ),
];

const mountFaults = ({ title, pod, spec }: Workload): readonly string[] => {
  const claims = spec.volumeClaimTemplates.map(
    (one) => z.looseObject({ name: z.string() }).parse(one["metadata"]).name,
  );
  const known = new Set([...pod.volumes.map(({ name }) => name), ...claims]);
  return pod.containers.flatMap(({ volumeMounts }) =>
    volumeMounts
      .filter(({ name }) => !known.has(name))
      .map(({ name }) => `${title} mounts ${name}, which is no volume of it`),
  );
};

const repeated = (titles: readonly string[]): readonly string[] =>
  titles.filter((one, at) => titles.indexOf(one) !== at);

const selectsOthers = (
  wanted: Readonly<Record<string, string>> | undefined,
  found: Readonly<Record<string, string>>,
): boolean => wanted !== undefined && (Object.keys(wanted).length === 0 || !selects(wanted, found));

const PSS = ["enforce", "audit", "warn"].map((mode) => `pod-security.kubernetes.io/${mode}`);

const role = z.looseObject({
  rules: z.array(z.looseObject({ verbs: z.array(z.string()), resources: z.array(z.string()).default([]) })).default([]),
});

const wildcards = (manifest: KubeObject): boolean =>
  role.parse(manifest).rules.some(({ verbs, resources }) => [...verbs, ...resources].includes("*"));

export const OBJECT_RULES: readonly ObjectRule[] = [
  {
    id: "selector",
    of: ({ workloads }) =>
      workloads
        .filter(({ spec, podLabels }) => selectsOthers(spec.selector?.matchLabels, podLabels))
        .map(({ title }) => `${title} does not select its own pods`),
  },
  { id: "service", of: (rendered) => ofKind(rendered, "Service").flatMap((one) => serviceFaults(one, rendered)) },
  {
    id: "service-type",
    of: (rendered) =>
      ofKind(rendered, "Service")
        .filter((one) => service.parse(one["spec"]).type !== "ClusterIP")
        .map((one) => `${titleOf(one)} opens a port to the outside`),
  },
  {
    id: "budget",
    of: (rendered) => rendered.workloads.filter(isLasting).flatMap((one) => budgetFaults(one, rendered)),
  },
  {
    id: "reference",
    of: ({ manifests, workloads }) => {
      const there = new Set([...manifests.map(titleOf), ...BY_HAND]);
      return workloads.flatMap((one) =>
        wantedBy(one)
          .filter((name) => !there.has(name))
          .map((name) => `${one.title} wants ${name}, which is not there`),
      );
    },
  },
  { id: "mount", of: ({ workloads }) => workloads.flatMap(mountFaults) },
  {
    id: "namespace",
    of: ({ manifests }) =>
      manifests
        .filter(({ kind, metadata }) => !CLUSTER_WIDE.has(kind) && metadata.namespace !== NAMESPACE)
        .map((one) => `${titleOf(one)} is not in the namespace ${NAMESPACE}`),
  },
  {
    id: "pod-security",
    of: (rendered) =>
      ofKind(rendered, "Namespace").flatMap((one) =>
        PSS.filter((key) => one.metadata.labels[key] !== "restricted").map(
          (key) => `${titleOf(one)}: ${key} is not restricted`,
        ),
      ),
  },
  { id: "twice", of: ({ manifests }) => repeated(manifests.map(titleOf)).map((title) => `${title} is there twice`) },
  {
    id: "rights",
    of: ({ manifests }) =>
      manifests
        .filter((one) => one.kind.endsWith("Role") && wildcards(one))
        .map((one) => `${titleOf(one)} allows everything`),
  },
  {
    id: "secret-in-file",
    of: (rendered) => ofKind(rendered, "Secret").map((one) => `${titleOf(one)} stands in a file of the repository`),
  },
];
