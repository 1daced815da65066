import { type KubeApi, openKubeApi } from "../../keepers/adapters/kubernetes/api.ts";
import {
  type KubeBackEnd,
  type KubeBackEndOptions,
  type KubeSign,
  openKubeBackEnd,
} from "../../keepers/adapters/kubernetes/backEnd.ts";
import type { BackEndRig } from "./backEndContract.ts";
import { type KubernetesStandIn, startKubernetesStandIn } from "./kubernetesStandIn.ts";
import { TOY_BOOK } from "./toyBook.ts";

export type KubeRig = BackEndRig & {
  readonly backEnd: KubeBackEnd;
  readonly standIn: KubernetesStandIn;
  readonly signs: readonly (readonly [name: string, kind: KubeSign["kind"]])[];
  readonly troubles: readonly string[];
};

/** Asks a stand-in as a service account does. */
export const kubeApiAt = (standIn: Pick<KubernetesStandIn, "api" | "namespace" | "token">, nowMs = Date.now): KubeApi =>
  openKubeApi({ ...standIn, readToken: () => Promise.resolve(standIn.token), nowMs });

/** What a back end over a stand-in is made with; nobody hears what it tells. */
export const rigOptions = (standIn: KubernetesStandIn): KubeBackEndOptions => ({
  api: kubeApiAt(standIn),
  namespace: standIn.namespace,
  fleet: "nexus-fleet",
  image: "registry.example/nexus:1",
  graceMs: 5_000,
  disk: "1Gi",
  book: TOY_BOOK,
  configOf: (name) => JSON.stringify({ agents: [{ name, key: `key-of-${name}` }] }),
  nowMs: Date.now,
  random: () => 0.5,
  onSign: () => undefined,
  wake: () => undefined,
  onTrouble: () => undefined,
});

/** The back end of a fleet over a stand-in of its own. */
export const openKubeRig = async (): Promise<KubeRig> => {
  const standIn = await startKubernetesStandIn();
  const signs: (readonly [string, KubeSign["kind"]])[] = [];
  const troubles: string[] = [];
  const backEnd = openKubeBackEnd({
    ...rigOptions(standIn),
    onSign: (name, { kind }) => void signs.push([name, kind]),
    onTrouble: (what) => void troubles.push(what),
  });
  return {
    backEnd,
    standIn,
    signs,
    troubles,
    crash: (name) => standIn.crash(name, { exitCode: 137, reason: "OOMKilled" }),
    deafen: (name) => void standIn.faults.set(name, "deaf"),
    close: async () => {
      await backEnd.close();
      await standIn.close();
    },
  };
};
