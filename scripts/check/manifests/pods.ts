import { type Container, type Volume, type Workload, containersOf, isLasting } from "./workload.ts";

/** What is wrong with one pod or container, in words; undefined where it keeps the rule. */
type PodRule = { readonly id: string; readonly of: (workload: Workload) => string | undefined };
type ContainerRule = {
  readonly id: string;
  readonly of: (container: Container, workload: Workload) => string | undefined;
};

const LEAST_UID = 10_000;
const LEAST_GRACE = 30;
/** A Routine proposal is open for a minute at most: whoever sends has seen it to its end by then. */
const LEAST_MONEY_GRACE = 60;
const MONEY: ReadonlySet<string> = new Set(["sender", "voter"]);
const VOLUMES: ReadonlySet<string> = new Set([
  "name",
  "secret",
  "configMap",
  "emptyDir",
  "projected",
  "downwardAPI",
  "persistentVolumeClaim",
]);
/** Nobody but owner and group reads, nobody writes. */
const SECRET_MODES: ReadonlySet<number> = new Set([0o400, 0o440]);
const EXACT_IMAGE = /(?::\d[\w.-]*|@sha256:[0-9a-f]{64})$/;

const isMoney = ({ role }: Workload): boolean => role !== undefined && MONEY.has(role);
const unless = (isKept: boolean, words: string): string | undefined => (isKept ? undefined : words);

const graceOf = ({ pod }: Workload): number => {
  const waits = pod.containers.map(({ lifecycle }) => lifecycle?.preStop.sleep?.seconds ?? 0);
  return (pod.terminationGracePeriodSeconds ?? 0) - Math.max(...waits);
};

const modeFault = ({ name, secret }: Volume): string | undefined => {
  const isKept = secret === undefined || SECRET_MODES.has(secret.defaultMode ?? 0o644);
  return unless(isKept, `the secret of the volume ${name} can be read by everybody`);
};

export const POD_RULES: readonly PodRule[] = [
  { id: "non-root", of: ({ pod }) => unless(pod.securityContext.runAsNonRoot === true, "it may run as root") },
  {
    id: "uid",
    of: ({ pod, role }) => {
      const least = role === undefined ? 1 : LEAST_UID;
      return unless((pod.securityContext.runAsUser ?? 0) >= least, `its uid is below ${least}`);
    },
  },
  {
    id: "seccomp",
    of: ({ pod }) =>
      unless(pod.securityContext.seccompProfile?.type === "RuntimeDefault", "no system call is filtered"),
  },
  {
    id: "host",
    of: ({ pod }) =>
      unless(![pod.hostNetwork, pod.hostPID, pod.hostIPC].includes(true), "it shares a namespace of its machine"),
  },
  {
    id: "volumes",
    of: ({ pod }) => {
      const others = pod.volumes.flatMap((one) => Object.keys(one).filter((key) => !VOLUMES.has(key)));
      return unless(others.length === 0, `it mounts ${others.join(", ")}`);
    },
  },
  {
    id: "token",
    of: ({ pod }) => unless(pod.automountServiceAccountToken === false, "it gets a token of the cluster's API"),
  },
  {
    id: "links",
    of: ({ pod }) =>
      unless(pod.enableServiceLinks === false, "it gets a variable for each service, which settings are taken from"),
  },
  {
    id: "grace",
    of: (workload) => {
      const least = isMoney(workload) ? LEAST_MONEY_GRACE : LEAST_GRACE;
      return unless(!isLasting(workload) || graceOf(workload) >= least, `it has less than ${least} s to end in`);
    },
  },
  {
    id: "spread",
    of: (workload) =>
      unless(
        !isLasting(workload) || workload.pod.topologySpreadConstraints.length > 0,
        "its pods may all be on one machine",
      ),
  },
  { id: "secret-mode", of: ({ pod }) => pod.volumes.map(modeFault).find((fault) => fault !== undefined) },
];

const PROBES = ["startupProbe", "livenessProbe", "readinessProbe"] as const;

export const CONTAINER_RULES: readonly ContainerRule[] = [
  {
    id: "escalation",
    of: ({ securityContext }) => unless(securityContext.allowPrivilegeEscalation === false, "it may gain privileges"),
  },
  { id: "privileged", of: ({ securityContext }) => unless(securityContext.privileged !== true, "it is privileged") },
  {
    id: "capabilities",
    of: ({ securityContext: { capabilities } }) =>
      unless(capabilities?.drop.includes("ALL") === true && capabilities.add.length === 0, "it has capabilities"),
  },
  {
    id: "read-only",
    of: ({ securityContext }) => unless(securityContext.readOnlyRootFilesystem === true, "its root can be written"),
  },
  {
    id: "host-port",
    of: ({ ports }) =>
      unless(
        ports.every(({ hostPort }) => hostPort === undefined),
        "it takes a port of its machine",
      ),
  },
  {
    id: "requests",
    of: ({ resources: { requests } }) =>
      unless("cpu" in requests && "memory" in requests, "it asks for no processor or memory"),
  },
  { id: "memory-limit", of: ({ resources: { limits } }) => unless("memory" in limits, "its memory has no limit") },
  {
    id: "cpu-limit",
    of: ({ resources: { limits } }, workload) =>
      unless(!isMoney(workload) || !("cpu" in limits), "its processor is throttled while it signs"),
  },
  { id: "image", of: ({ image }) => unless(EXACT_IMAGE.test(image), `its image has no exact version: ${image}`) },
  {
    id: "probes",
    of: (container, workload) => {
      const missing = PROBES.filter((name) => container[name] === undefined);
      return unless(!isLasting(workload) || missing.length === 0, `it has no ${missing.join(", ")}`);
    },
  },
  {
    id: "liveness",
    of: ({ livenessProbe }) =>
      unless(livenessProbe?.httpGet?.path !== "/readyz", "it is restarted for what others lack"),
  },
  {
    id: "readiness",
    of: ({ readinessProbe }) => unless(readinessProbe?.httpGet?.path !== "/healthz", "it gets work before it is ready"),
  },
  {
    id: "secret-env",
    of: ({ env, envFrom }) => {
      const isKept =
        env.every(({ valueFrom }) => valueFrom?.secretKeyRef === undefined) &&
        envFrom.every(({ secretRef }) => secretRef === undefined);
      return unless(isKept, "a secret is in its environment");
    },
  },
  {
    id: "settings-env",
    of: ({ env }) =>
      unless(
        env.every(({ name }) => !name.startsWith("NEXUS_")),
        "a setting hides in its environment: keeper.json has them",
      ),
  },
];

/** What the rules find in the pods of a workload. */
export const podFindings = (workload: Workload): readonly string[] => [
  ...POD_RULES.flatMap(({ id, of }) => {
    const fault = of(workload);
    return fault === undefined ? [] : [`${id}: ${workload.title}: ${fault}`];
  }),
  ...containersOf(workload.pod).flatMap((container) =>
    CONTAINER_RULES.flatMap(({ id, of }) => {
      const fault = of(container, workload);
      return fault === undefined ? [] : [`${id}: ${workload.title}, ${container.name}: ${fault}`];
    }),
  ),
];
