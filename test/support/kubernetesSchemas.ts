import { validate as deployment } from "kubernetes-models/_schemas/IoK8sApiAppsV1Deployment";
import { validate as lease } from "kubernetes-models/_schemas/IoK8sApiCoordinationV1Lease";
import { validate as claim } from "kubernetes-models/_schemas/IoK8sApiCoreV1PersistentVolumeClaim";
import { validate as pod } from "kubernetes-models/_schemas/IoK8sApiCoreV1Pod";
import { validate as secret } from "kubernetes-models/_schemas/IoK8sApiCoreV1Secret";
import { validate as deleteOptions } from "@kubernetes-models/apimachinery/_schemas/IoK8sApimachineryPkgApisMetaV1DeleteOptions";
import { type Validate, errorsOf, unknownKeys } from "../../scripts/check/manifests/unknownKeys.ts";

/** The published OpenAPI schema of each kind that the orchestrator uses, compiled; by the plural of its path. */
const SCHEMAS: Readonly<Record<string, Validate>> = {
  deployments: deployment,
  leases: lease,
  persistentvolumeclaims: claim,
  pods: pod,
  secrets: secret,
  deleteoptions: deleteOptions,
};

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** What a cluster would refuse an object for; undefined for one that it takes. */
export const schemaFault = (plural: string, value: unknown): string | undefined => {
  const validate = SCHEMAS[plural];
  if (validate === undefined) return `there is no schema of ${plural}`;
  if (!isObject(value)) return "it is no object";
  if (!validate(value)) return errorsOf(validate);
  const unknown = unknownKeys(validate, value);
  return unknown.length === 0 ? undefined : `unknown field ${unknown.join(", ")}`;
};
