import { validate as deployment } from "kubernetes-models/_schemas/IoK8sApiAppsV1Deployment";
import { validate as statefulSet } from "kubernetes-models/_schemas/IoK8sApiAppsV1StatefulSet";
import { validate as job } from "kubernetes-models/_schemas/IoK8sApiBatchV1Job";
import { validate as configMap } from "kubernetes-models/_schemas/IoK8sApiCoreV1ConfigMap";
import { validate as namespace } from "kubernetes-models/_schemas/IoK8sApiCoreV1Namespace";
import { validate as service } from "kubernetes-models/_schemas/IoK8sApiCoreV1Service";
import { validate as account } from "kubernetes-models/_schemas/IoK8sApiCoreV1ServiceAccount";
import { validate as ingress } from "kubernetes-models/_schemas/IoK8sApiNetworkingV1Ingress";
import { validate as networkPolicy } from "kubernetes-models/_schemas/IoK8sApiNetworkingV1NetworkPolicy";
import { validate as budget } from "kubernetes-models/_schemas/IoK8sApiPolicyV1PodDisruptionBudget";
import { validate as priority } from "kubernetes-models/_schemas/IoK8sApiSchedulingV1PriorityClass";
import { validate as storageClass } from "kubernetes-models/_schemas/IoK8sApiStorageV1StorageClass";
import { z } from "zod";
import { type KubeObject, titleOf } from "./read.ts";
import { type Validate, errorsOf, unknownKeys } from "./unknownKeys.ts";

const module = z.object({ validate: z.custom<Validate>((value) => typeof value === "function") });

/** The packages of these kinds keep their compiled schemas to themselves, behind classes that copy what they are given. */
const compiled = async (name: string, schema: string): Promise<Validate> => {
  const place = new URL(`./_schemas/${schema}.js`, import.meta.resolve(`@kubernetes-models/${name}`));
  return module.parse(await import(place.href)).validate;
};

const OPERATOR = "ComGithubPrometheusOperatorPrometheusOperatorPkgApisMonitoringV1";
const [scaledObject, cluster, podMonitor, prometheusRule] = await Promise.all([
  compiled("keda", "ComGithubKedacoreKedaV2ApisKedaV1alpha1ScaledObject"),
  compiled("cloudnative-pg", "ComGithubCloudnativePgCloudnativePgApiV1Cluster"),
  compiled("prometheus-operator", `${OPERATOR}PodMonitor`),
  compiled("prometheus-operator", `${OPERATOR}PrometheusRule`),
]);

/** The published schema of each kind, compiled, by `apiVersion` and `kind`. */
const SCHEMAS: Readonly<Record<string, Validate>> = {
  "v1 Namespace": namespace,
  "v1 ServiceAccount": account,
  "v1 ConfigMap": configMap,
  "v1 Service": service,
  "apps/v1 Deployment": deployment,
  "apps/v1 StatefulSet": statefulSet,
  "batch/v1 Job": job,
  "policy/v1 PodDisruptionBudget": budget,
  "networking.k8s.io/v1 NetworkPolicy": networkPolicy,
  "networking.k8s.io/v1 Ingress": ingress,
  "scheduling.k8s.io/v1 PriorityClass": priority,
  "storage.k8s.io/v1 StorageClass": storageClass,
  "keda.sh/v1alpha1 ScaledObject": scaledObject,
  "postgresql.cnpg.io/v1 Cluster": cluster,
  "monitoring.coreos.com/v1 PodMonitor": podMonitor,
  "monitoring.coreos.com/v1 PrometheusRule": prometheusRule,
};

/** What a cluster would refuse an object for, by its published schema; keys that the schema does not know are refused too. */
export const schemaFindings = (manifest: KubeObject): readonly string[] => {
  const validate = SCHEMAS[`${manifest.apiVersion} ${manifest.kind}`];
  if (validate === undefined) return [`${titleOf(manifest)}: there is no schema of ${manifest.apiVersion}`];
  if (!validate(manifest)) return [`${titleOf(manifest)}: ${errorsOf(validate).slice(0, 300)}`];
  return unknownKeys(validate, manifest).map((path) => `${titleOf(manifest)}: unknown key ${path}`);
};
