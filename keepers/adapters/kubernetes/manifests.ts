import { createHash } from "node:crypto";
import type { DesiredProcess } from "../../orchestrator/fleet.ts";

/** What a fleet's objects are called and made of. */
export type FleetPlace = {
  /** Tells this fleet's objects from others in the namespace. */
  readonly fleet: string;
  readonly image: string;
  readonly graceMs: number;
  /** How much disk each process has for its journals, as Kubernetes writes it. */
  readonly disk: string;
};

/** Which fleet and process an object belongs to, by labels. */
export const FLEET_LABEL = "nexus.fleet/fleet";
export const PROCESS_LABEL = "nexus.fleet/process";
/** Annotations of a Deployment: the newest leader's token, what its process is, and how it was last told to end. */
export const TOKEN = "nexus.fleet/token";
export const NAME = "nexus.fleet/name";
export const REVISION = "nexus.fleet/revision";
export const RESTARTS = "nexus.fleet/restarts";
export const END = "nexus.fleet/end";

const CONTAINER = "agent";
const PORT = 9_464;
const USER = 10_001;
const LONGEST_NAME = 40;
const CONFIG_DIR = "/etc/nexus";
const DATA_DIR = "/var/lib/nexus";
/** So long a probe waits, and how often it asks; seconds. */
const PROBE = { periodSeconds: 5, timeoutSeconds: 5 };

/** A name as Kubernetes takes it; one that had to be changed bears a hash, so that no two become one. */
export const objectName = (fleet: string, name: string): string => {
  const whole = `${fleet}-${name}`;
  const plain = whole
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, "-")
    .replaceAll(/^-+/g, "")
    .slice(0, LONGEST_NAME);
  if (plain === whole) return plain;
  return `${plain.replaceAll(/-+$/g, "")}-${createHash("sha256").update(whole).digest("hex").slice(0, 8)}`;
};

/** A label's value for a fleet or process, whatever its name holds. */
export const labelOf = (name: string): string => objectName("n", name);

/** The query that asks for a fleet's objects, or for those of one process of it. */
export const selectorOf = ({ fleet }: FleetPlace, name?: string, more?: string): string => {
  const own = name === undefined ? [] : [`${PROCESS_LABEL}=${labelOf(name)}`];
  const selector = [`${FLEET_LABEL}=${labelOf(fleet)}`, ...own, ...(more === undefined ? [] : [more])].join(",");
  return `?labelSelector=${encodeURIComponent(selector)}`;
};

const labelsOf = ({ fleet }: FleetPlace, name: string) => ({
  [FLEET_LABEL]: labelOf(fleet),
  [PROCESS_LABEL]: labelOf(name),
});

export const secretName = (place: FleetPlace, { name, revision }: DesiredProcess): string =>
  `${objectName(place.fleet, name)}-${revision}`;

/** What an agent's process is configured by: the only place of its keys. */
export const secretOf = (place: FleetPlace, process: DesiredProcess, files: Readonly<Record<string, string>>) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: {
    name: secretName(place, process),
    labels: { ...labelsOf(place, process.name), [REVISION]: process.revision },
  },
  type: "Opaque",
  immutable: true,
  stringData: files,
});

/** The disk of a process's journals, which no two pods may have at once. */
export const claimOf = (place: FleetPlace, { name }: DesiredProcess) => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: objectName(place.fleet, name), labels: labelsOf(place, name) },
  spec: { accessModes: ["ReadWriteOncePod"], resources: { requests: { storage: place.disk } } },
});

/** Asks the process itself; it listens on its own machine alone. */
const probe = (path: string, failureThreshold: number) => {
  const script = `fetch("http://127.0.0.1:${PORT}${path}").then((answer)=>process.exit(answer.ok?0:1),()=>process.exit(1))`;
  return { exec: { command: ["node", "-e", script] }, ...PROBE, failureThreshold };
};

const containerOf = ({ image }: FleetPlace) => ({
  name: CONTAINER,
  image,
  args: ["keeper", "--config", `${CONFIG_DIR}/keeper.json`, "--metrics", String(PORT)],
  startupProbe: probe("/healthz", 24),
  livenessProbe: probe("/healthz", 3),
  readinessProbe: probe("/readyz", 2),
  resources: { requests: { cpu: "50m", memory: "160Mi" }, limits: { memory: "384Mi" } },
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  },
  terminationMessagePolicy: "FallbackToLogsOnError",
  volumeMounts: [
    { name: "config", mountPath: CONFIG_DIR, readOnly: true },
    { name: "data", mountPath: DATA_DIR },
    { name: "tmp", mountPath: "/tmp" },
  ],
});

const podOf = (place: FleetPlace, process: DesiredProcess) => ({
  // The locks of a pod that is gone are told from those of another machine by this name, which every pod of the process has.
  hostname: objectName(place.fleet, process.name),
  automountServiceAccountToken: false,
  // Its variables would be taken for settings of ours.
  enableServiceLinks: false,
  terminationGracePeriodSeconds: Math.ceil(place.graceMs / 1_000) + 1,
  securityContext: {
    runAsNonRoot: true,
    runAsUser: USER,
    runAsGroup: USER,
    fsGroup: USER,
    seccompProfile: { type: "RuntimeDefault" },
  },
  containers: [containerOf(place)],
  volumes: [
    { name: "config", secret: { secretName: secretName(place, process), defaultMode: 0o440 } },
    { name: "data", persistentVolumeClaim: { claimName: objectName(place.fleet, process.name) } },
    { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
  ],
});

/** A process as a Deployment of one pod that is never there twice. Its version, if one is given, must still be the cluster's. */
export const deploymentOf = (
  place: FleetPlace,
  {
    process,
    token,
    version,
  }: { readonly process: DesiredProcess; readonly token: number; readonly version?: string | undefined },
) => {
  const { name, revision, restarts } = process;
  const labels = labelsOf(place, name);
  const annotations = { [NAME]: name, [REVISION]: revision, [RESTARTS]: String(restarts) };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: objectName(place.fleet, name),
      labels,
      annotations: { ...annotations, [TOKEN]: String(token) },
      ...(version === undefined ? {} : { resourceVersion: version }),
    },
    spec: {
      replicas: 1,
      strategy: { type: "Recreate" },
      revisionHistoryLimit: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels, annotations }, spec: podOf(place, process) },
    },
  };
};

/** The files that a pod of a process finds: its configuration with the places of this pod, and the address book. */
export const filesOf = (
  config: Readonly<Record<string, unknown>>,
  book: unknown,
): Readonly<Record<string, string>> => ({
  "keeper.json": JSON.stringify({ ...config, dataDir: DATA_DIR, addressBook: `${CONFIG_DIR}/book.json` }),
  "book.json": JSON.stringify(book),
});
