import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { openKubeApi } from "../adapters/kubernetes/api.ts";
import { type KubeBackEndOptions, openKubeBackEnd } from "../adapters/kubernetes/backEnd.ts";
import { openKubeLease } from "../adapters/kubernetes/lease.ts";
import { FatalError, RetryableError } from "../core/errors.ts";
import type { OpenLeadership } from "./leadership.ts";
import type { KeeperConfig } from "./config.ts";
import type { Processes } from "./processes.ts";

/** So long before the end of a Lease nothing more is done under it; milliseconds. What runs goes on: it is the next leader's. */
const MARGIN_MS = 3_000;

const readToken = async (path: string): Promise<string> => {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new RetryableError(`the service account's token in ${path} cannot be read`, { cause });
  });
  return text.trim();
};

/** What the orchestrator of a fleet in a cluster is made of. */
export type KubernetesDeps = Pick<
  KubeBackEndOptions,
  "book" | "configOf" | "nowMs" | "random" | "onSign" | "wake" | "onTrouble"
>;

/**
 * A fleet's processes as Deployments and the lead by a Lease, where the configuration names a namespace; undefined elsewhere.
 * @throws FatalError for a namespace without an image, or beside a lease in Redis
 */
export const openKubernetes = (
  { orchestrator }: Pick<KeeperConfig, "orchestrator">,
  deps: KubernetesDeps,
): { readonly processes: Processes; readonly leadership: OpenLeadership } | undefined => {
  const { kubernetesNamespace: namespace, kubernetesImage: image, prefix: fleet, graceMs, leaseMs } = orchestrator;
  if (namespace === undefined) return undefined;
  if (image === undefined)
    throw new FatalError("orchestrator.kubernetesImage must name the image that the agents run in");
  if (orchestrator.redis !== undefined)
    throw new FatalError("orchestrator.redis is of no use in a cluster, which has a Lease: leave it out");
  const { nowMs, onTrouble } = deps;
  const api = openKubeApi({
    api: orchestrator.kubernetesApi.replace(/\/$/, ""),
    namespace,
    readToken: () => readToken(orchestrator.kubernetesTokenFile),
    nowMs,
  });
  const backEnd = openKubeBackEnd({
    ...deps,
    api,
    namespace,
    fleet,
    image,
    graceMs,
    disk: orchestrator.kubernetesDisk,
  });
  const holder = `${hostname()}:${randomUUID()}`;
  const lease = openKubeLease({ api, namespace, fleet, holder, leaseMs, nowMs, onTrouble });
  return {
    // What runs is left to the next leader, and to the cluster: no two pods of one process can be there.
    processes: { ...backEnd, abandon: () => Promise.resolve(), pids: () => new Map() },
    leadership: { ...lease, marginMs: MARGIN_MS, close: () => undefined },
  };
};
