import type { BackEnd, Exit } from "../../orchestrator/fleet.ts";
import { pathOf } from "./api.ts";
import { type ObjectCache, openCache } from "./cache.ts";
import { type HandsOptions, bringUp, takeDown } from "./hands.ts";
import { type SeenLife, exitsBetween, instanceOf, livesOf, seenAgain } from "./lives.ts";
import { END, NAME, selectorOf } from "./manifests.ts";
import { type KubeDeployment, type Pod, deploymentShape, podShape } from "./shapes.ts";

/** What is told of a process: that it was started, is ready, or lives. */
export type KubeSign = { readonly kind: "started" | "ready" | "sign" };

export type KubeBackEndOptions = HandsOptions & {
  readonly nowMs: () => number;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly onSign: (name: string, sign: KubeSign) => void;
  /** Something changed that a round of the orchestrator should look at. */
  readonly wake: () => void;
  readonly onTrouble: (what: string) => void;
};

/** Processes that are Deployments. They outlive the orchestrator: the next one finds them. */
export type KubeBackEnd = BackEnd & {
  /** Names of the pods that run, by process. */
  readonly pods: () => ReadonlyMap<string, string>;
  readonly close: () => Promise<void>;
};

/** What the cluster shows, and what was seen of it. */
type View = {
  readonly deployments: ObjectCache<KubeDeployment>;
  readonly pods: ObjectCache<Pod>;
  seen: ReadonlyMap<string, SeenLife>;
  exits: readonly Exit[];
  /** Lives that were killed; a pod on a machine that is lost stays until the machine or a person says that it is gone. */
  readonly killed: Set<string>;
};

const openView = (options: KubeBackEndOptions): View => {
  const { api, namespace, random, wake, onTrouble } = options;
  const of = { api, onChange: wake, random, onTrouble };
  const [deployments, pods] = [pathOf("apps/v1", namespace, "deployments"), pathOf("v1", namespace, "pods")];
  const selector = selectorOf(options);
  return {
    deployments: openCache({ ...of, path: `${deployments}${selector}`, shape: deploymentShape }),
    pods: openCache({ ...of, path: `${pods}${selector}`, shape: podShape }),
    seen: new Map(),
    exits: [],
    killed: new Set(),
  };
};

/** How a process was told to end; undefined for one that shall run. One that somebody deleted was asked to go. */
const endIn = (deployments: readonly KubeDeployment[], name: string): string | undefined => {
  const found = deployments.find(({ metadata }) => metadata.annotations[NAME] === name);
  if (found === undefined) return "asked";
  return found.spec.replicas === 0 ? (found.metadata.annotations[END] ?? "asked") : undefined;
};

const tell = ({ seen }: View, { onSign }: KubeBackEndOptions, life: SeenLife): void => {
  const before = seen.get(life.id);
  const isNew = before === undefined && ![...seen.values()].some(({ name }) => name === life.name);
  if (isNew) onSign(life.name, { kind: "started" });
  if (life.phase === "running" && life.isHeard)
    onSign(life.name, { kind: before?.phase === "running" ? "sign" : "ready" });
};

/** Looks at what the watches brought. @throws RetryableError while they bring nothing */
const look = (view: View, options: KubeBackEndOptions): void => {
  const [deployments, atMs] = [view.deployments.all(), options.nowMs()];
  const lives = livesOf(deployments, view.pods.all());
  const endOf = (name: string): string | undefined => endIn(deployments, name);
  view.exits = [...view.exits, ...exitsBetween(view.seen, lives, { atMs, endOf })];
  const next = new Map(lives.map((life) => [life.id, seenAgain(life, view.seen.get(life.id), atMs)]));
  for (const life of next.values()) tell(view, options, life);
  for (const id of view.killed) if (!next.has(id)) view.killed.delete(id);
  view.seen = next;
};

/** Makes the back end whose processes are Deployments of one namespace. @see BackEnd */
export const openKubeBackEnd = (options: KubeBackEndOptions): KubeBackEnd => {
  const view = openView(options);
  return {
    // oxlint-disable-next-line typescript/require-await -- what it throws is to reject
    observe: async () => {
      look(view, options);
      const { exits, seen } = view;
      view.exits = [];
      return { instances: [...seen.values()].map(instanceOf), exits };
    },
    carryOut: async (action, token) => {
      if (action.kind === "start") return bringUp(options, action.process, token);
      look(view, options);
      const life = view.seen.get(action.id);
      if (life === undefined || view.killed.has(life.id)) return { kind: "done" };
      const pod = view.pods.all().find(({ metadata }) => metadata.name === life.pod);
      const carried = await takeDown(options, action, { pod, token });
      if (action.kind === "kill" && carried.kind === "done") view.killed.add(life.id);
      return carried;
    },
    pods: () =>
      new Map([...view.seen.values()].flatMap(({ name, pod }) => (pod === undefined ? [] : [[name, pod] as const]))),
    close: async () => {
      await Promise.all([view.deployments.close(), view.pods.close()]);
    },
  };
};
