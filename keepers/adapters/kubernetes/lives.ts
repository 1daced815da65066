import { printable } from "../../core/printable.ts";
import type { Exit, Instance } from "../../orchestrator/fleet.ts";
import { NAME, PROCESS_LABEL, RESTARTS, REVISION } from "./manifests.ts";
import type { KubeDeployment, Pod } from "./shapes.ts";

/** One life of a process: a container of a pod until it ends, or a Deployment that has no pod yet. */
export type Life = {
  readonly name: string;
  readonly id: string;
  readonly pod: string | undefined;
  readonly revision: string;
  readonly restarts: number;
  readonly phase: Instance["phase"];
  /** Whether its machine tells how it is. What a probe says is told by the machine too. */
  readonly isHeard: boolean;
  /** How the container's last life ended, if the cluster says so. */
  readonly lastEnd: string | undefined;
};

/** A life with what we saw of it, by our own clock. */
export type SeenLife = Life & { readonly sinceMs: number; readonly lastSignMs: number };

/** A pod that will never run again is none. */
export const isOver = ({ status }: Pod): boolean => status.phase === "Succeeded" || status.phase === "Failed";

const readinessOf = ({ status }: Pod): string | undefined =>
  status.conditions.find(({ type }) => type === "Ready")?.status;

type Ended = NonNullable<Pod["status"]["containerStatuses"][number]["state"]["terminated"]>;

const inWords = ({ exitCode, reason, message }: Ended): string => {
  const line = (message ?? "").trim().split("\n").at(-1) ?? "";
  const why = [`it ended with code ${exitCode}`, ...(reason === "" ? [] : [`(${reason})`])].join(" ");
  return printable(line === "" ? why : `${why}: ${line}`).slice(0, 300);
};

/** How a container's last life ended; undefined where the cluster does not say. */
const endIn = ({ status }: Pod): string | undefined => {
  const [container] = status.containerStatuses;
  const ended = container?.state.terminated ?? container?.lastState.terminated;
  return ended === undefined || ended === null ? undefined : inWords(ended);
};

const phaseOf = ({ spec }: KubeDeployment, pod: Pod): Instance["phase"] => {
  if (spec.replicas === 0 || typeof pod.metadata.deletionTimestamp === "string") return "stopping";
  return readinessOf(pod) === "True" ? "running" : "starting";
};

const shared = ({ metadata: { annotations } }: Pick<KubeDeployment, "metadata">) => ({
  revision: annotations[REVISION] ?? "",
  restarts: Number(annotations[RESTARTS] ?? 0),
});

/** The lives of one process: those of its pods, or of the Deployment itself while a pod is still to come. */
const livesOfOne = (deployment: KubeDeployment, pods: readonly Pod[]): readonly Life[] => {
  const { metadata, spec } = deployment;
  const name = metadata.annotations[NAME] ?? "";
  if (pods.length === 0) {
    if (spec.replicas === 0) return [];
    const life = { name, id: metadata.uid, pod: undefined, lastEnd: undefined, ...shared(deployment) };
    return [{ ...life, isHeard: true, phase: "starting" }];
  }
  return pods.map((pod) => ({
    name,
    id: `${pod.metadata.uid}/${pod.status.containerStatuses[0]?.restartCount ?? 0}`,
    pod: pod.metadata.name,
    phase: phaseOf(deployment, pod),
    isHeard: readinessOf(pod) !== "Unknown",
    lastEnd: endIn(pod),
    ...shared(pod),
  }));
};

/** All lives of a fleet. */
export const livesOf = (deployments: readonly KubeDeployment[], pods: readonly Pod[]): readonly Life[] =>
  deployments.flatMap((deployment) => {
    const process = deployment.metadata.labels[PROCESS_LABEL];
    const own = pods.filter((pod) => pod.metadata.labels[PROCESS_LABEL] === process && !isOver(pod));
    return livesOfOne(deployment, own);
  });

/** A life as it is seen once more. One that was ready once is not starting again when it is not: its chain may stand still. */
export const seenAgain = (life: Life, before: SeenLife | undefined, nowMs: number): SeenLife => {
  const phase = before?.phase === "running" && life.phase === "starting" ? "running" : life.phase;
  const sinceMs = before?.phase === phase ? before.sinceMs : nowMs;
  return { ...life, phase, sinceMs, lastSignMs: life.isHeard || before === undefined ? nowMs : before.lastSignMs };
};

/** A life as the rules see it. That it does rounds, its own probes say: a process that hangs is ended by its machine. */
export const instanceOf = ({ name, id, revision, restarts, phase, sinceMs, lastSignMs }: SeenLife): Instance => ({
  name,
  id,
  revision,
  restarts,
  phase,
  sinceMs,
  lastSignMs,
  lastRoundMs: undefined,
});

/** A Deployment without a pod has not lived: a pod takes its place. */
const hasLived = ({ pod }: Life): boolean => pod !== undefined;

/** What ended between two looks. */
export const exitsBetween = (
  before: ReadonlyMap<string, SeenLife>,
  now: readonly Life[],
  { atMs, endOf }: { readonly atMs: number; readonly endOf: (name: string) => string | undefined },
): readonly Exit[] => {
  const present = new Set(now.map(({ id }) => id));
  return [...before.values()].flatMap((life): readonly Exit[] => {
    if (present.has(life.id) || !hasLived(life)) return [];
    const { name, id } = life;
    const next = now.find((one) => one.name === name && one.pod === life.pod);
    const end = endOf(name);
    const usual = end === undefined ? "its pod is gone" : "it was told to end";
    return [
      { name, id, atMs, isAsked: end === "asked", isFatal: false, reason: next?.lastEnd ?? life.lastEnd ?? usual },
    ];
  });
};
