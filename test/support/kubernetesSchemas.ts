import { validate as deployment } from "kubernetes-models/_schemas/IoK8sApiAppsV1Deployment";
import { validate as lease } from "kubernetes-models/_schemas/IoK8sApiCoordinationV1Lease";
import { validate as claim } from "kubernetes-models/_schemas/IoK8sApiCoreV1PersistentVolumeClaim";
import { validate as pod } from "kubernetes-models/_schemas/IoK8sApiCoreV1Pod";
import { validate as secret } from "kubernetes-models/_schemas/IoK8sApiCoreV1Secret";
import { validate as deleteOptions } from "@kubernetes-models/apimachinery/_schemas/IoK8sApimachineryPkgApisMetaV1DeleteOptions";

type Validate = (data: unknown) => boolean;

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

/**
 * A value that notes which of its keys are read. The compiled schemas pass over keys that they do not know without reading them,
 * where a cluster refuses them: what nobody read is unknown.
 */
const watched = (value: object, path: string, unread: Map<string, Set<string>>): object => {
  const left = new Set(Object.keys(value));
  unread.set(path, left);
  return new Proxy(value, {
    get: (target, key, receiver) => {
      const inner: unknown = Reflect.get(target, key, receiver);
      if (typeof key !== "string") return inner;
      left.delete(key);
      return isObject(inner) ? watched(inner, `${path}/${key}`, unread) : inner;
    },
  });
};

const faultsOf = (validate: Validate): string => ("errors" in validate ? JSON.stringify(validate.errors) : "invalid");

/** What a cluster would refuse an object for; undefined for one that it takes. */
export const schemaFault = (plural: string, value: unknown): string | undefined => {
  const validate = SCHEMAS[plural];
  if (validate === undefined) return `there is no schema of ${plural}`;
  if (!isObject(value)) return "it is no object";
  if (!validate(value)) return faultsOf(validate);
  const unread = new Map<string, Set<string>>();
  validate(watched(value, "", unread));
  const unknown = [...unread].flatMap(([path, keys]) => [...keys].map((key) => `${path}/${key}`));
  return unknown.length === 0 ? undefined : `unknown field ${unknown.join(", ")}`;
};
