import { RetryableError } from "../../core/errors.ts";
import {
  type Held,
  type HoldAnswer,
  type LeaseAnswer,
  type Leadership,
  NEVER_HELD,
  heldAfter,
} from "../../orchestrator/lease.ts";
import { type KubeApi, pathOf } from "./api.ts";
import { TOKEN, objectName } from "./manifests.ts";
import { type LeaseObject, leaseShape, readAs, tokenOf } from "./shapes.ts";

export type KubeLeaseOptions = {
  readonly api: KubeApi;
  readonly namespace: string;
  readonly fleet: string;
  /** Names this life of this orchestrator, as no other one is named. */
  readonly holder: string;
  readonly leaseMs: number;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** Told once until the cluster answers again. */
  readonly onTrouble: (what: string) => void;
};

/** What a holder knows. `seen`: the lease's version, and since when it is unchanged by our own clock; no other is believed. */
type Knowledge = {
  last: Held;
  seen: { readonly version: string; readonly sinceMs: number } | undefined;
  isWell: boolean;
};

type Holder = { readonly options: KubeLeaseOptions; readonly known: Knowledge };

const nameOf = (fleet: string): string => objectName(fleet, "leader");
const leasesAt = ({ namespace }: KubeLeaseOptions): string => pathOf("coordination.k8s.io/v1", namespace, "leases");
const leaseAt = (options: KubeLeaseOptions): string => `${leasesAt(options)}/${nameOf(options.fleet)}`;

/** Reads the lease, and notes whether it has changed. */
const read = async ({ options, known }: Holder): Promise<LeaseObject | undefined> => {
  const answer = await options.api.ask("GET", leaseAt(options));
  if (answer.kind !== "ok") return undefined;
  const lease = readAs(leaseShape, answer.body, "a Lease");
  const { resourceVersion: version } = lease.metadata;
  if (known.seen?.version !== version) known.seen = { version, sinceMs: options.nowMs() };
  return lease;
};

type Next = { readonly token: number; readonly heldBy: string };

const written = (
  { fleet, leaseMs, nowMs }: KubeLeaseOptions,
  before: LeaseObject | undefined,
  { token, heldBy }: Next,
) => {
  const [transitions, version] = [before?.spec.leaseTransitions ?? 0, before?.metadata.resourceVersion];
  const isNew = heldBy !== "" && before?.spec.holderIdentity !== heldBy;
  const annotations = { [TOKEN]: String(token) };
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: nameOf(fleet), annotations, ...(version === undefined ? {} : { resourceVersion: version }) },
    spec: {
      holderIdentity: heldBy,
      leaseDurationSeconds: Math.ceil(leaseMs / 1_000),
      leaseTransitions: isNew ? transitions + 1 : transitions,
      // Six digits behind the point, as the API wants them.
      renewTime: new Date(nowMs()).toISOString().replace("Z", "000Z"),
    },
  };
};

/** Writes what follows from `before`. @returns whether nobody was faster */
const write = async ({ options }: Holder, before: LeaseObject | undefined, next: Next): Promise<boolean> => {
  const body = written(options, before, next);
  const isNew = before === undefined;
  const answer = await options.api.ask(isNew ? "POST" : "PUT", isNew ? leasesAt(options) : leaseAt(options), body);
  return answer.kind === "ok";
};

/** Whether another one holds the lease: it does until the lease was unchanged for its length under our own eyes. */
const isTaken = ({ options, known: { seen } }: Holder, { spec }: LeaseObject): boolean => {
  const holder = spec.holderIdentity ?? "";
  if (holder === options.holder || holder === "") return false;
  const lastsMs = Math.max(options.leaseMs, (spec.leaseDurationSeconds ?? 0) * 1_000);
  return seen === undefined || options.nowMs() < seen.sinceMs + lastsMs;
};

const take = async (holder: Holder, least: number): Promise<LeaseAnswer> => {
  const { options, known } = holder;
  const lease = await read(holder);
  if (lease !== undefined && isTaken(holder, lease)) return { token: 0, isFirst: false };
  const before = lease === undefined ? 0 : tokenOf(lease);
  const isOurs = lease?.spec.holderIdentity === options.holder && before > least && before >= known.last.token;
  const clock = Math.floor(options.nowMs() * 1_000);
  const token = isOurs ? before : Math.max(before + 1, least + 1, known.last.token + 1, clock);
  const isWritten = await write(holder, lease, { token, heldBy: options.holder });
  return isWritten ? { token, isFirst: before === 0 } : { token: 0, isFirst: false };
};

/** Asks the cluster. Undefined while it does not answer, which is told once. */
const patiently = async <T>({ options, known }: Holder, question: () => Promise<T>): Promise<T | undefined> => {
  try {
    const answer = await question();
    known.isWell = true;
    return answer;
  } catch (error) {
    if (!(error instanceof RetryableError)) throw error;
    if (known.isWell) options.onTrouble(`${error.message}; without it nothing is started`);
    known.isWell = false;
    return undefined;
  }
};

/**
 * A Lease of Kubernetes as the right to lead. Its token, an annotation, rises with each lead: above what the lease and the holder
 * know of, and no less than the holder's clock in microseconds, so that a lease that somebody deleted goes on above what was
 * forgotten. Writes name the version that they are based on: of two that write at once one is refused. [NX-ORC-02]
 */
export const openKubeLease = (options: KubeLeaseOptions): Leadership => {
  const known: Knowledge = { last: NEVER_HELD, seen: undefined, isWell: true };
  const holder: Holder = { options, known };
  const { nowMs, leaseMs } = options;
  const hold = async (least: number): Promise<HoldAnswer> => {
    const askedMs = nowMs();
    const answer = await patiently(holder, () => take(holder, least));
    if (answer === undefined) return { kind: "unknown" };
    known.last = heldAfter(known.last, answer, { askedMs, answeredMs: nowMs(), leaseMs });
    return known.last.untilMs === 0 ? { kind: "other" } : { kind: "held", held: known.last };
  };
  const isNewest = async (token: number): Promise<"yes" | "no" | "unknown"> => {
    const newest = await patiently(holder, async () => {
      const lease = await read(holder);
      return lease === undefined ? undefined : tokenOf(lease);
    });
    if (newest === undefined) return "unknown";
    return newest > token ? "no" : "yes";
  };
  const release = async (): Promise<void> => {
    await patiently(holder, async () => {
      const lease = await read(holder);
      const isOurs = lease?.spec.holderIdentity === options.holder;
      if (lease !== undefined && isOurs) await write(holder, lease, { token: tokenOf(lease), heldBy: "" });
    });
  };
  return { hold, isNewest, release };
};
