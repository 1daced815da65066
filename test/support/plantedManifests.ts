import type { KubeObject } from "../../scripts/check/manifests/read.ts";

/** A fault that a rule must find. `plant` changes the object in place, or answers what is there instead of everything. */
export type PlantedFault = {
  readonly rule: string;
  readonly what: string;
  /** Kind and name of the object that it is planted in. */
  readonly in: string;
  readonly plant: (found: KubeObject, all: readonly KubeObject[]) => readonly KubeObject[] | undefined;
};

type Json = Record<string, unknown>;
const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null;

/** The value at a path, whose parts are keys and, in lists, numbers. */
const inside = (value: unknown, path: readonly string[]): Json => {
  const found = path.reduce<unknown>((one, key) => (isJson(one) ? one[key] : undefined), value);
  if (!isJson(found)) throw new Error(`there is nothing at ${path.join("/")}`);
  return found;
};

/** Sets the value at a path, or takes it away. */
const put =
  (path: string, value?: unknown) =>
  (found: KubeObject): undefined => {
    const parts = path.split("/");
    const place = inside(found, parts.slice(0, -1));
    const key = parts.at(-1) ?? "";
    if (value === undefined) Reflect.deleteProperty(place, key);
    else place[key] = value;
  };

const without = (found: KubeObject, all: readonly KubeObject[]): readonly KubeObject[] =>
  all.filter((one) => one !== found);
const twice = (found: KubeObject, all: readonly KubeObject[]): readonly KubeObject[] => [...all, found];
const beside =
  (more: KubeObject) =>
  (_: KubeObject, all: readonly KubeObject[]): readonly KubeObject[] => [...all, more];

const object = (kind: string, more: Json): KubeObject => ({
  apiVersion: "v1",
  kind,
  metadata: { name: "planted", namespace: "nexus", labels: {}, annotations: {} },
  ...more,
});

const POD = "spec/template/spec";
const FIRST = `${POD}/containers/0`;
const SENDER = "StatefulSet nexus-sender";
const GATEWAY = "Deployment nexus-gateway";

type Row = readonly [rule: string, what: string, place: string, plant: PlantedFault["plant"]];

const ROWS: readonly Row[] = [
  ["non-root", "a pod may run as root", SENDER, put(`${POD}/securityContext/runAsNonRoot`, false)],
  ["uid", "a pod of ours runs as a user of the machine", SENDER, put(`${POD}/securityContext/runAsUser`, 1000)],
  ["uid", "a pod of ours says no user", GATEWAY, put(`${POD}/securityContext/runAsUser`)],
  ["seccomp", "no system call is filtered", SENDER, put(`${POD}/securityContext/seccompProfile/type`, "Unconfined")],
  ["host", "a pod is on its machine's network", GATEWAY, put(`${POD}/hostNetwork`, true)],
  ["host", "a pod sees its machine's processes", GATEWAY, put(`${POD}/hostPID`, true)],
  [
    "volumes",
    "a pod mounts its machine's disk",
    SENDER,
    put(`${POD}/volumes/0`, { name: "tmp", hostPath: { path: "/" } }),
  ],
  ["token", "a pod gets a token of the API", SENDER, put(`${POD}/automountServiceAccountToken`)],
  ["links", "services are told by variables", SENDER, put(`${POD}/enableServiceLinks`, true)],
  ["grace", "a sender is killed while it sends", SENDER, put(`${POD}/terminationGracePeriodSeconds`, 59)],
  ["grace", "a drain takes all of the time", GATEWAY, put(`${FIRST}/lifecycle/preStop/sleep/seconds`, 40)],
  ["spread", "both gateways may be on one machine", GATEWAY, put(`${POD}/topologySpreadConstraints`, [])],
  [
    "secret-mode",
    "everybody in the pod reads the key",
    SENDER,
    put(`${POD}/volumes/0`, { name: "config", secret: { secretName: "nexus-sender", defaultMode: 0o444 } }),
  ],
  ["escalation", "a process may gain privileges", SENDER, put(`${FIRST}/securityContext/allowPrivilegeEscalation`)],
  ["privileged", "a container is privileged", SENDER, put(`${FIRST}/securityContext/privileged`, true)],
  ["capabilities", "capabilities are kept", SENDER, put(`${FIRST}/securityContext/capabilities/drop`, ["NET_RAW"])],
  ["capabilities", "a capability is added", SENDER, put(`${FIRST}/securityContext/capabilities/add`, ["SYS_ADMIN"])],
  ["read-only", "the root can be written", GATEWAY, put(`${FIRST}/securityContext/readOnlyRootFilesystem`, false)],
  ["host-port", "a port of the machine is taken", GATEWAY, put(`${FIRST}/ports/0/hostPort`, 8600)],
  ["requests", "nothing is asked for", GATEWAY, put(`${FIRST}/resources/requests`)],
  ["memory-limit", "memory has no limit", GATEWAY, put(`${FIRST}/resources/limits`)],
  ["cpu-limit", "a sender is throttled", SENDER, put(`${FIRST}/resources/limits/cpu`, "250m")],
  ["image", "the image is the newest", SENDER, put(`${FIRST}/image`, "nexus:latest")],
  ["image", "the image has no version", SENDER, put(`${FIRST}/image`, "nexus")],
  ["probes", "nothing says whether it has begun", SENDER, put(`${FIRST}/startupProbe`)],
  ["probes", "nothing says whether it is alive", "StatefulSet redis", put(`${FIRST}/livenessProbe`)],
  ["liveness", "it is restarted when the chain stands", SENDER, put(`${FIRST}/livenessProbe/httpGet/path`, "/readyz")],
  ["readiness", "it gets work at once", GATEWAY, put(`${FIRST}/readinessProbe/httpGet/path`, "/healthz")],
  [
    "secret-env",
    "a key is in a variable",
    SENDER,
    put(`${FIRST}/env/0`, { name: "KEY", valueFrom: { secretKeyRef: { name: "nexus-sender", key: "key" } } }),
  ],
  [
    "secret-env",
    "all of a secret is in variables",
    GATEWAY,
    put(`${FIRST}/envFrom/0`, { secretRef: { name: "nexus-sender" } }),
  ],
  [
    "settings-env",
    "a setting is in a variable",
    SENDER,
    put(`${FIRST}/env/0`, { name: "NEXUS_DRY_RUN", value: "false" }),
  ],
  [
    "selector",
    "a workload selects nothing of its own",
    SENDER,
    put("spec/selector/matchLabels", { "nexus.role": "other" }),
  ],
  ["service", "a service selects no pod", "Service nexus-gateway", put("spec/selector", { "nexus.role": "gone" })],
  ["service", "a service leads to a closed port", "Service nexus-gateway", put("spec/ports/0/targetPort", 8601)],
  ["service-type", "a service opens a port to the world", "Service nexus-gateway", put("spec/type", "LoadBalancer")],
  ["budget", "a workload has no budget", "PodDisruptionBudget nexus-sender", without],
  ["budget", "a budget lets no machine be emptied", "PodDisruptionBudget nexus-gateway", put("spec/minAvailable", 2)],
  [
    "reference",
    "a secret is not there",
    SENDER,
    put(`${POD}/volumes/0`, { name: "config", secret: { secretName: "gone", defaultMode: 0o440 } }),
  ],
  ["reference", "a priority is not there", SENDER, put(`${POD}/priorityClassName`, "gone")],
  ["mount", "a mount has no volume", SENDER, put(`${FIRST}/volumeMounts/0/name`, "gone")],
  ["namespace", "an object is somewhere else", "Service nexus-gateway", put("metadata/namespace", "default")],
  [
    "pod-security",
    "the namespace takes any pod",
    "Namespace nexus",
    put("metadata/labels", {
      "pod-security.kubernetes.io/audit": "restricted",
      "pod-security.kubernetes.io/warn": "restricted",
    }),
  ],
  ["twice", "an object is there twice", "Service nexus-gateway", twice],
  [
    "rights",
    "a role allows everything",
    SENDER,
    beside(object("Role", { rules: [{ apiGroups: [""], resources: ["*"], verbs: ["get"] }] })),
  ],
  ["secret-in-file", "a secret is in the repository", SENDER, beside(object("Secret", { stringData: { key: "0x" } }))],
  ["deny", "nothing is denied", "NetworkPolicy default-deny", without],
  ["deny", "what is sent is not denied", "NetworkPolicy default-deny", put("spec/policyTypes", ["Ingress"])],
  ["open-way", "anybody may ask", "NetworkPolicy metrics", put("spec/ingress/0/from")],
  ["open-way", "agents may send anywhere", "NetworkPolicy outside", put("spec/egress/0/to", [])],
  ["open-way", "a peer is everybody", "NetworkPolicy readers", put("spec/ingress/0/from/0", {})],
  ["open-way", "a way has every port", "NetworkPolicy readers", put("spec/ingress/0/ports", [])],
  [
    "outside",
    "the machine's metadata can be read",
    "NetworkPolicy outside",
    put("spec/egress/0/to/0/ipBlock/except", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]),
  ],
  ["no-way", "nothing reaches a pod", SENDER, put("spec/template/metadata/labels", { "nexus.role": "sender" })],
  ["scaled", "a sender is scaled", "ScaledObject nexus-scanner", put("spec/scaleTargetRef/name", "nexus-sender")],
  ["scaled", "a voter is scaled", "ScaledObject nexus-scanner", put("spec/scaleTargetRef/name", "nexus-voter")],
  ["scaled", "nothing is scaled", "ScaledObject nexus-scanner", put("spec/scaleTargetRef/name", "gone")],
  [
    "null-values",
    "a lost Prometheus is calm",
    "ScaledObject nexus-scanner",
    put("spec/triggers/0/metadata/ignoreNullValues"),
  ],
  ["fallback", "there is no fallback", "ScaledObject nexus-scanner", put("spec/fallback")],
  ["fallback", "the fallback is above the most", "ScaledObject nexus-scanner", put("spec/fallback/replicas", 9)],
  ["singleton", "two senders begin at once", SENDER, put("spec/podManagementPolicy", "Parallel")],
  [
    "singleton",
    "two pods share a journal",
    SENDER,
    put("spec/volumeClaimTemplates/0/spec/accessModes", ["ReadWriteOnce"]),
  ],
  ["singleton", "a sender is a Deployment", SENDER, put("kind", "Deployment")],
  ["own-key", "every scanner has every key", "StatefulSet nexus-scanner", put(`${FIRST}/volumeMounts/0/subPathExpr`)],
];

/** One fault or more for each of our own rules. */
export const PLANTED: readonly PlantedFault[] = ROWS.map(([rule, what, place, plant]) => ({
  rule,
  what,
  in: place,
  plant,
}));

const SCHEMA_ROWS: readonly (readonly [string, string, PlantedFault["plant"]])[] = [
  ["a word for a number", SENDER, put("spec/replicas", "one")],
  ["no selector", SENDER, put("spec/selector")],
  ["a key with a slip of the pen", SENDER, put(`${POD}/contaners`, [])],
  ["a probe with a key that is none", SENDER, put(`${FIRST}/livenessProbe/httpGet/pth`, "/healthz")],
  ["a policy with a key that is none", "NetworkPolicy metrics", put("spec/ingres", [])],
  ["a trigger without a type", "ScaledObject nexus-scanner", put("spec/triggers/0/type")],
  ["a fallback with a key that is none", "ScaledObject nexus-scanner", put("spec/fallback/replica", 2)],
  ["a store with a word for a number", "Cluster nexus-store", put("spec/instances", "three")],
  ["a store with a key that is none", "Cluster nexus-store", put("spec/postgresql/synchronus", {})],
  ["a monitor with a key that is none", "PodMonitor nexus-agents", put("spec/podMetricsEndpoints/0/intervall", "15s")],
  ["an object that nobody knows", "Service nexus-gateway", put("kind", "Servce")],
  ["a key at the top that is none", "PodMonitor nexus-agents", put("specs", {})],
];

/** Faults that the published schemas must find. */
export const PLANTED_IN_SCHEMAS: readonly PlantedFault[] = SCHEMA_ROWS.map(([what, place, plant]) => ({
  rule: "schema",
  what,
  in: place,
  plant,
}));
