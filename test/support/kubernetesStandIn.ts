import { randomUUID } from "node:crypto";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { schemaFault } from "./kubernetesSchemas.ts";
import { portOf } from "./portOf.ts";

/** A JSON object as it is stored and sent. */
type Json = Record<string, unknown>;
type Meta = {
  name: string;
  uid: string;
  resourceVersion: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  deletionTimestamp?: string;
};
type Stored = Json & { metadata: Meta; spec?: Json; status?: Json };

type Change = { readonly version: number; readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: Stored };
type Listener = { readonly response: ServerResponse; readonly plural: string; readonly selector: string };

/** What goes wrong with the pods of a process. */
export type PodFault = "never ready" | "deaf";

const texts = z.record(z.string(), z.string()).optional();
/** The only thing that is read of a template. */
const templateShape = z.object({
  spec: z.object({
    template: z.object({
      metadata: z.object({ labels: texts, annotations: texts }),
      spec: z.record(z.string(), z.unknown()),
    }),
  }),
});
const restartsShape = z.object({ containerStatuses: z.array(z.object({ restartCount: z.number() })).min(1) });

const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

/** RFC 7396, as `application/merge-patch+json` has it. */
const merged = (target: unknown, patch: unknown): unknown => {
  if (!isJson(patch)) return patch;
  const before = isJson(target) ? target : {};
  const kept = Object.entries(before).filter(([key]) => patch[key] !== null);
  const set = Object.entries(patch).flatMap(([key, value]) =>
    value === null ? [] : [[key, merged(before[key], value)]],
  );
  return Object.fromEntries([...kept, ...set]);
};

const matches = (labels: Readonly<Record<string, string>>, selector: string): boolean =>
  selector.split(",").every((term) => {
    if (term === "") return true;
    const [key = "", wanted = ""] = term.split(/!?=/);
    return term.includes("!=") ? labels[key] !== wanted : labels[key] === wanted;
  });

/**
 * STAND-IN for a Kubernetes API server, its Deployment controller and its kubelets, since none can be had here: it keeps objects of
 * one namespace, refuses what the published OpenAPI schema does not allow and unknown fields, guards writes by resourceVersion (409),
 * plays lists, watches, forgotten versions (410) and pauses (429), makes pods of Deployments, and runs nothing in them.
 */
export const startKubernetesStandIn = async () => {
  const token: string = randomUUID();
  const stores = new Map<string, Map<string, Stored>>();
  const listeners = new Set<Listener>();
  const faults = new Map<string, PodFault>();
  const requests: { readonly method: string; readonly path: string; readonly body: string; readonly status: number }[] =
    [];
  let changes: readonly Change[] = [];
  let version = 1;
  let oldest = 0;
  let interference: { times: number; patch: Json } = { times: 0, patch: {} };
  let holdsPods = false;
  let pausesPods = false;
  const verbs = new Set<string>();
  const watchedFrom: number[] = [];
  const refusals: { status: number; times: number; retryAfter: string } = { status: 0, times: 0, retryAfter: "0" };
  const storeOf = (plural: string): Map<string, Stored> => {
    const found = stores.get(plural) ?? new Map<string, Stored>();
    stores.set(plural, found);
    return found;
  };
  const send = (listener: Listener, change: Change): void => {
    if (matches(change.object.metadata.labels ?? {}, listener.selector))
      listener.response.write(`${JSON.stringify({ type: change.type, object: change.object })}\n`);
  };
  const publish = (plural: string, type: Change["type"], object: Stored): void => {
    version += 1;
    object.metadata.resourceVersion = String(version);
    const change = { version, type, object: structuredClone({ ...object, plural }) };
    changes = [...changes, change];
    for (const listener of listeners) if (listener.plural === plural) send(listener, change);
  };
  const put = (plural: string, object: Stored): void => {
    const before = storeOf(plural).has(object.metadata.name);
    storeOf(plural).set(object.metadata.name, object);
    publish(plural, before ? "MODIFIED" : "ADDED", object);
  };
  const remove = (plural: string, name: string): void => {
    const found = storeOf(plural).get(name);
    if (found === undefined) return;
    storeOf(plural).delete(name);
    publish(plural, "DELETED", found);
  };

  /* The Deployment controller and the kubelets. */
  const podsOf = (deployment: Stored): readonly Stored[] =>
    [...storeOf("pods").values()].filter(
      (pod) => pod.metadata.labels?.["nexus.fleet/process"] === deployment.metadata.labels?.["nexus.fleet/process"],
    );
  const nameOf = (object: Stored): string => object.metadata.annotations?.["nexus.fleet/name"] ?? "";
  const statusOf = (ready: "True" | "False" | "Unknown", restartCount = 0, lastState: Json = {}): Json => ({
    phase: "Running",
    conditions: [{ type: "Ready", status: ready }],
    containerStatuses: [
      { name: "agent", ready: ready === "True", restartCount, state: {}, lastState, image: "", imageID: "" },
    ],
  });
  const setStatus = (pod: Stored, status: Json): void => {
    if (!storeOf("pods").has(pod.metadata.name)) return;
    pod.status = status;
    put("pods", pod);
  };
  const start = (deployment: Stored): void => {
    const { metadata: of, spec } = templateShape.parse(deployment).spec.template;
    const { labels, annotations } = of;
    const name = `${deployment.metadata.name}-${randomUUID().slice(0, 5)}`;
    const metadata: Meta = {
      name,
      uid: randomUUID(),
      resourceVersion: "",
      ...(labels && { labels }),
      ...(annotations && { annotations }),
    };
    const pod: Stored = {
      apiVersion: "v1",
      kind: "Pod",
      metadata,
      spec,
      status: { phase: "Pending" },
    };
    put("pods", pod);
    setStatus(pod, statusOf("False"));
    if (faults.get(nameOf(pod)) !== "never ready") setImmediate(() => setStatus(pod, statusOf("True")));
  };
  const end = (pod: Stored): void => {
    if (pod.metadata.deletionTimestamp !== undefined) return;
    pod.metadata.deletionTimestamp = new Date().toISOString();
    put("pods", pod);
    if (faults.get(nameOf(pod)) === "deaf") return;
    setImmediate(() => {
      remove("pods", pod.metadata.name);
      control();
    });
  };
  const control = (): void => {
    if (pausesPods) return;
    for (const deployment of storeOf("deployments").values()) {
      const [wanted, own] = [Number(deployment.spec?.["replicas"] ?? 1), podsOf(deployment)];
      if (wanted === 0) own.forEach(end);
      if (wanted > 0 && own.length === 0) start(deployment);
    }
  };

  /* The API. */
  const kindOf = (path: string) => {
    const found =
      /^\/apis?\/(?:v1|apps\/v1|coordination\.k8s\.io\/v1)\/namespaces\/(\w+)\/([a-z]+)(?:\/([a-z0-9.-]+))?$/.exec(
        path,
      );
    return found === null ? undefined : { namespace: found[1], plural: found[2] ?? "", name: found[3] };
  };
  type Answer = { readonly status: number; readonly body: unknown };
  const no = (status: number, message: string): Answer => ({ status, body: { kind: "Status", code: status, message } });
  const create = (plural: string, body: Json): Answer => {
    const metadata = isJson(body["metadata"]) ? body["metadata"] : {};
    const name = typeof metadata["name"] === "string" ? metadata["name"] : "";
    if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) || name.length > 63) return no(422, `metadata.name: ${name}`);
    if (storeOf(plural).has(name)) return no(409, `${name} already exists`);
    put(plural, { ...body, metadata: { ...metadata, name, uid: randomUUID(), resourceVersion: "" } });
    return { status: 201, body: storeOf(plural).get(name) };
  };
  const replace = (plural: string, before: Stored, body: Json): Answer => {
    const metadata = isJson(body["metadata"]) ? body["metadata"] : {};
    const based = metadata["resourceVersion"];
    if (based !== undefined && based !== before.metadata.resourceVersion)
      return no(409, "the object has been modified");
    if (plural === "secrets" && before["immutable"] === true) return no(422, "field is immutable");
    const selectors = [before.spec?.["selector"], isJson(body["spec"]) ? body["spec"]["selector"] : undefined];
    if (plural === "deployments" && JSON.stringify(selectors[0]) !== JSON.stringify(selectors[1]))
      return no(422, "spec.selector: field is immutable");
    const { name, uid } = before.metadata;
    put(plural, { ...body, metadata: { ...metadata, name, uid, resourceVersion: "" } });
    return { status: 200, body: storeOf(plural).get(name) };
  };
  const erase = (plural: string, found: Stored, body: Json | undefined): Answer => {
    const uid = isJson(body?.["preconditions"]) ? body["preconditions"]["uid"] : undefined;
    if (uid !== undefined && uid !== found.metadata.uid) return no(409, "the UID does not match");
    if (plural === "pods") {
      if (body?.["gracePeriodSeconds"] === 0) return no(422, "this stand-in's machines want a grace");
      faults.delete(nameOf(found));
      found.metadata.deletionTimestamp ??= new Date().toISOString();
      if (holdsPods) put(plural, found);
      else remove(plural, found.metadata.name);
    } else remove(plural, found.metadata.name);
    return { status: 200, body: { kind: "Status", status: "Success" } };
  };
  const selected = (plural: string, selector: string): readonly Stored[] =>
    [...storeOf(plural).values()].filter(({ metadata }) => matches(metadata.labels ?? {}, selector));
  const change = (
    method: string,
    { plural, name }: { plural: string; name: string | undefined },
    body: Json | undefined,
    selector: string,
  ): Answer => {
    const found = name === undefined ? undefined : storeOf(plural).get(name);
    if (method === "GET" && name === undefined)
      return {
        status: 200,
        body: { kind: "List", metadata: { resourceVersion: String(version) }, items: selected(plural, selector) },
      };
    if (method === "DELETE" && name === undefined) {
      for (const one of selected(plural, selector)) remove(plural, one.metadata.name);
      return { status: 200, body: { kind: "Status", status: "Success" } };
    }
    if (method === "POST") return create(plural, body ?? {});
    if (found === undefined) return no(404, `${name} not found`);
    if (method === "GET") return { status: 200, body: found };
    if (method === "DELETE") return erase(plural, found, body);
    const next = method === "PATCH" ? merged(found, body) : body;
    return replace(plural, found, isJson(next) ? next : {});
  };
  const watch = (response: ServerResponse, plural: string, query: URLSearchParams): void => {
    const from = Number(query.get("resourceVersion") ?? 0);
    watchedFrom.push(from);
    response.writeHead(200, { "content-type": "application/json" });
    const listener = { response, plural, selector: query.get("labelSelector") ?? "" };
    if (from < oldest) {
      response.end(`${JSON.stringify({ type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } })}\n`);
      return;
    }
    response.flushHeaders();
    for (const one of changes) if (one.version > from && one.object["plural"] === plural) send(listener, one);
    listeners.add(listener);
    response.on("close", () => listeners.delete(listener));
  };
  const fault = (
    method: string,
    plural: string,
    body: Json | undefined,
    name: string | undefined,
  ): string | undefined => {
    if (body === undefined || method === "GET") return undefined;
    if (method === "DELETE") return schemaFault("deleteoptions", body);
    const found = name === undefined ? undefined : storeOf(plural).get(name);
    return schemaFault(plural, method === "PATCH" ? merged(found, body) : body);
  };
  const verbOf = (method: string, name: string | undefined, query: URLSearchParams): string => {
    if (method === "GET") return query.get("watch") === "1" ? "watch" : name === undefined ? "list" : "get";
    if (method === "DELETE") return name === undefined ? "deletecollection" : "delete";
    return { POST: "create", PUT: "update", PATCH: "patch" }[method] ?? method;
  };
  const answer = (request: IncomingMessage, response: ServerResponse, sent: string): void => {
    const url = new URL(request.url ?? "/", "http://stand-in");
    const [method, target] = [request.method ?? "GET", kindOf(url.pathname)];
    const reply = ({ status, body }: Answer): void => {
      requests.push({ method, path: url.pathname, body: sent, status });
      const pause = status === 429 ? { "retry-after": refusals.retryAfter } : {};
      response.writeHead(status, { "content-type": "application/json", ...pause });
      response.end(JSON.stringify(body));
    };
    if (request.headers.authorization !== `Bearer ${token}`) return reply(no(401, "Unauthorized"));
    if (refusals.times > 0) {
      refusals.times -= 1;
      return reply(no(refusals.status, "try again later"));
    }
    if (target !== undefined) verbs.add(`${verbOf(method, target.name, url.searchParams)} ${target.plural}`);
    if (target?.namespace !== "agents") return reply(no(404, "the namespace does not exist"));
    if (url.searchParams.get("watch") === "1") return watch(response, target.plural, url.searchParams);
    const body: unknown = sent === "" ? undefined : JSON.parse(sent);
    const parsed = isJson(body) ? body : undefined;
    const wrong = fault(method, target.plural, parsed, target.name);
    if (wrong !== undefined) return reply(no(422, wrong));
    if (interference.times > 0 && (method === "PUT" || method === "PATCH") && target.name !== undefined) {
      interference = { ...interference, times: interference.times - 1 };
      edit(target.plural, target.name, interference.patch);
    }
    reply(change(method, target, parsed, url.searchParams.get("labelSelector") ?? ""));
    if (method !== "GET") setImmediate(control);
  };
  const server: Server = createServer((request, response) => {
    void text(request).then((sent) => answer(request, response, sent));
  });
  await new Promise<void>((listening) => {
    server.listen(0, "127.0.0.1", listening);
  });
  /** Changes an object as somebody else does. */
  const edit = (plural: string, name: string, patch: Json): void => {
    const found = storeOf(plural).get(name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    const { metadata } = found;
    const next = merged(found, patch);
    put(plural, {
      ...(isJson(next) ? next : {}),
      metadata: { ...metadata, ...(isJson(patch["metadata"]) ? patch["metadata"] : {}) },
    });
    setImmediate(control);
  };
  const podOf = (name: string): Stored => {
    const found = [...storeOf("pods").values()].find((pod) => nameOf(pod) === name);
    if (found === undefined) throw new Error(`${name} has no pod`);
    return found;
  };
  const cutWatches = (): void => {
    for (const { response } of listeners) response.destroy();
    listeners.clear();
  };
  return {
    api: `http://127.0.0.1:${portOf(server)}`,
    namespace: "agents",
    token,
    requests,
    faults,
    all: (plural: string): readonly Stored[] => [...storeOf(plural).values()],
    edit,
    remove: (plural: string, name: string): void => {
      remove(plural, name);
      setImmediate(control);
    },
    /** The container of a process ends, and its kubelet starts it again. */
    crash: (name: string, terminated: Json): void => {
      const pod = podOf(name);
      const {
        containerStatuses: [container],
      } = restartsShape.parse(pod.status);
      const restarts = container?.restartCount ?? 0;
      setStatus(pod, statusOf("False", restarts + 1, { terminated }));
      setImmediate(() => setStatus(pod, statusOf("True", restarts + 1, { terminated })));
    },
    /** The machine of a process is not heard of any more. */
    loseMachine: (name: string): void => {
      faults.set(name, "deaf");
      setStatus(podOf(name), statusOf("Unknown"));
    },
    refuse: (status: number, times: number, retryAfter = "0"): void =>
      void Object.assign(refusals, { status, times, retryAfter }),
    /** Somebody else changes an object right before each of the next writes of it. */
    interfere: (times: number, patch: Json = {}): void => void (interference = { times, patch }),
    /** Machines that are lost give no pod back. */
    holdPods: (holds: boolean): void => void (holdsPods = holds),
    /** The Deployment controller does nothing for a while. */
    pausePods: (pauses: boolean): void => {
      pausesPods = pauses;
      setImmediate(control);
    },
    /** What was asked for, as a Role names it. */
    verbs,
    /** From which version each watch went on. */
    watchedFrom,
    cutWatches,
    watches: () => listeners.size,
    /** Forgets what was, so that no watch can go on from before. */
    compact: (): void => {
      [changes, oldest] = [[], version];
    },
    close: async (): Promise<void> => {
      cutWatches();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
};

export type KubernetesStandIn = Awaited<ReturnType<typeof startKubernetesStandIn>>;
