import type { Files } from "../repository.ts";
import { NETWORK_RULES } from "./network.ts";
import { OBJECT_RULES } from "./objects.ts";
import { CONTAINER_RULES, POD_RULES, podFindings } from "./pods.ts";
import { type KubeObject, RENDERED, isFresh, readManifests, sourcesHash } from "./read.ts";
import { SCALING_RULES } from "./scaling.ts";
import { workloadsIn } from "./workload.ts";

const WHOLE_RULES = [...OBJECT_RULES, ...NETWORK_RULES, ...SCALING_RULES];

/** The names of all rules, with which their findings begin. */
export const RULE_IDS: readonly string[] = [...POD_RULES, ...CONTAINER_RULES, ...WHOLE_RULES].map(({ id }) => id);

/** What our own rules find in all that one overlay renders. */
export const ruleFindings = (manifests: readonly KubeObject[]): readonly string[] => {
  const workloads = workloadsIn(manifests);
  return [
    ...workloads.flatMap(podFindings),
    ...WHOLE_RULES.flatMap(({ id, of }) => of({ manifests, workloads }).map((finding) => `${id}: ${finding}`)),
  ];
};

const OVERLAY = /^deployments\/kubernetes\/overlays\/([a-z-]+)\/kustomization\.yaml$/;

/** Overlays that were not rendered, or before a source was changed. */
export const renderingFindings = (files: Files): readonly string[] => {
  const hash = sourcesHash(files);
  const names = [...files.keys()].flatMap((path) => OVERLAY.exec(path)?.[1] ?? []);
  return names.flatMap((name) => {
    const text = files.get(`deployments/kubernetes/rendered/${name}.yaml`);
    return text !== undefined && isFresh(text, hash)
      ? []
      : [`the overlay ${name} must be rendered again: npm run manifests`];
  });
};

/** What is wrong with the manifests of Kubernetes. The schemas are loaded only here: they are large. */
export const manifestFindings = async (files: Files): Promise<readonly string[]> => {
  const { schemaFindings } = await import("./schemas.ts");
  const rendered = [...files].filter(([path]) => RENDERED.test(path));
  const found = rendered.flatMap(([path, text]) => {
    const manifests = readManifests(text);
    return [...manifests.flatMap(schemaFindings), ...ruleFindings(manifests)].map((finding) => `${path}: ${finding}`);
  });
  return [...renderingFindings(files), ...found];
};
