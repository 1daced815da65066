import { z } from "zod";
import { RetryableError } from "../../core/errors.ts";
import type { Carried, DesiredProcess, LifecycleAction } from "../../orchestrator/fleet.ts";
import { type KubeApi, pathOf } from "./api.ts";
import { isOver } from "./lives.ts";
import {
  type FleetPlace,
  END,
  FLEET_LABEL,
  PROCESS_LABEL,
  REVISION,
  TOKEN,
  claimOf,
  deploymentOf,
  filesOf,
  labelOf,
  objectName,
  secretOf,
  selectorOf,
} from "./manifests.ts";
import { type KubeDeployment, type Pod, deploymentShape, listShape, podShape, readAs, tokenOf } from "./shapes.ts";

export type HandsOptions = FleetPlace & {
  readonly api: KubeApi;
  readonly namespace: string;
  readonly book: unknown;
  /** The configuration of a process as JSON text; undefined for one that the fleet does not have. */
  readonly configOf: (name: string) => string | undefined;
};

type Ending = Exclude<LifecycleAction, { readonly kind: "start" }>;
/** `again`: somebody else wrote meanwhile. */
type Try = Carried | { readonly kind: "again" };

/** So often one write is tried while others write the same object. */
const MAX_TRIES = 5;
/** A pod that is killed has a second: without one, the cluster would call it gone on a machine that it cannot reach. */
const KILL_SECONDS = 1;

const core = ({ namespace }: HandsOptions, rest: string): string => pathOf("v1", namespace, rest);

const deploymentAt = ({ namespace, fleet }: HandsOptions, name: string): string =>
  pathOf("apps/v1", namespace, `deployments/${objectName(fleet, name)}`);

/** @throws RetryableError for a Deployment of another fleet or process, whose name is the same: it is none of ours to change */
const refuseForeign = ({ fleet }: HandsOptions, name: string, { metadata }: KubeDeployment): void => {
  const { labels } = metadata;
  if (labels[FLEET_LABEL] === labelOf(fleet) && labels[PROCESS_LABEL] === labelOf(name)) return;
  const what = `the Deployment ${metadata.name} is not that of ${name} in the fleet ${fleet}`;
  throw new RetryableError(`${what}: give one of the fleets a namespace of its own`);
};

const readDeployment = async (options: HandsOptions, name: string): Promise<KubeDeployment | undefined> => {
  const answer = await options.api.ask("GET", deploymentAt(options, name));
  if (answer.kind !== "ok") return undefined;
  const deployment = readAs(deploymentShape, answer.body, "a Deployment");
  refuseForeign(options, name, deployment);
  return deployment;
};

/** Whether a pod of the process is there as the cluster says now, and not as we last heard. */
const isThere = async (options: HandsOptions, { name }: DesiredProcess): Promise<boolean> => {
  const answer = await options.api.ask("GET", `${core(options, "pods")}${selectorOf(options, name)}`);
  const items = answer.kind === "ok" ? (readAs(listShape, answer.body, "a list").items ?? []) : [];
  return items.some((item) => !isOver(readAs(podShape, item, "a Pod")));
};

/** Makes what a Deployment rests on. What exists already is as it was made: a configuration's name has its revision. */
const furnish = async (options: HandsOptions, process: DesiredProcess, config: string): Promise<void> => {
  const parsed = z.record(z.string(), z.unknown()).parse(JSON.parse(config));
  const secret = secretOf(options, process, filesOf(parsed, options.book));
  const made = await options.api.ask("POST", core(options, "secrets"), secret);
  if (made.kind === "missing") throw new RetryableError(`Kubernetes has no namespace ${options.namespace}`);
  await options.api.ask("POST", core(options, "persistentvolumeclaims"), claimOf(options, process));
};

/** Removes configurations of revisions that nothing runs any more. */
const tidy = async (options: HandsOptions, { name, revision }: DesiredProcess): Promise<void> => {
  await options.api.ask(
    "DELETE",
    `${core(options, "secrets")}${selectorOf(options, name, `${REVISION}!=${revision}`)}`,
  );
};

/** Writes the Deployment, on the version that was read of it. */
const write = async (
  options: HandsOptions,
  { process, token }: { readonly process: DesiredProcess; readonly token: number },
  before: KubeDeployment | undefined,
): Promise<Try> => {
  const version = before?.metadata.resourceVersion;
  const body = deploymentOf(options, { process, token, version });
  const at = deploymentAt(options, process.name);
  const answer =
    before === undefined
      ? await options.api.ask("POST", pathOf("apps/v1", options.namespace, "deployments"), body)
      : await options.api.ask("PUT", at, body);
  return { kind: answer.kind === "ok" ? "done" : "again" };
};

const tryStart = async (
  options: HandsOptions,
  { process, config, token }: { readonly process: DesiredProcess; readonly config: string; readonly token: number },
): Promise<Try> => {
  const before = await readDeployment(options, process.name);
  if (before !== undefined && tokenOf(before) > token) return { kind: "stale", newest: tokenOf(before) };
  if (before !== undefined && before.spec.replicas > 0) return { kind: "done" };
  if (await isThere(options, process)) return { kind: "done" };
  await furnish(options, process, config);
  const written = await write(options, { process, token }, before);
  if (written.kind === "done") await tidy(options, process);
  return written;
};

/** Lets the Deployment have no pod, on the version that was read of it. */
const scaleDown = async (
  options: HandsOptions,
  { name, isFault }: Ending,
  { before, token }: { readonly before: KubeDeployment; readonly token: number },
): Promise<Try> => {
  if (before.spec.replicas === 0) return { kind: "done" };
  const { resourceVersion } = before.metadata;
  const annotations = { [TOKEN]: String(token), [END]: isFault ? "fault" : "asked" };
  const body = { metadata: { resourceVersion, annotations }, spec: { replicas: 0 } };
  const answer = await options.api.ask("PATCH", deploymentAt(options, name), body);
  return { kind: answer.kind === "conflict" ? "again" : "done" };
};

const tryEnd = async (
  options: HandsOptions,
  action: Ending,
  { pod, token }: { readonly pod: Pod | undefined; readonly token: number },
): Promise<Try> => {
  const before = await readDeployment(options, action.name);
  if (before === undefined) return { kind: "done" };
  if (tokenOf(before) > token) return { kind: "stale", newest: tokenOf(before) };
  const scaled = await scaleDown(options, action, { before, token });
  if (scaled.kind === "again" || action.kind === "stop" || pod === undefined) return scaled;
  const preconditions = { uid: pod.metadata.uid };
  const body = { apiVersion: "v1", kind: "DeleteOptions", gracePeriodSeconds: KILL_SECONDS, preconditions };
  await options.api.ask("DELETE", core(options, `pods/${pod.metadata.name}`), body);
  return scaled;
};

/** Tries again while others write. @throws RetryableError when they do not let go */
const insist = async (attempt: () => Promise<Try>): Promise<Carried> => {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const end = await attempt();
    if (end.kind !== "again") return end;
  }
  throw new RetryableError("somebody else goes on changing the fleet's Deployments");
};

/** Brings a process up, unless one of it is there or a newer leader has acted. @throws RetryableError */
export const bringUp = async (options: HandsOptions, process: DesiredProcess, token: number): Promise<Carried> => {
  const config = options.configOf(process.name);
  if (config === undefined) return { kind: "done" };
  return insist(() => tryStart(options, { process, config, token }));
};

/** Takes a process down; one that is killed with its pod. @throws RetryableError */
export const takeDown = (
  options: HandsOptions,
  action: Ending,
  of: { readonly pod: Pod | undefined; readonly token: number },
): Promise<Carried> => insist(() => tryEnd(options, action, of));
