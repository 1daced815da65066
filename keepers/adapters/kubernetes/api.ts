import { z } from "zod";
import { RetryableError } from "../../core/errors.ts";
import { printable } from "../../core/printable.ts";

/** How a cluster is asked. */
export type KubeOptions = {
  /** The address of its API, without a slash at the end. */
  readonly api: string;
  readonly namespace: string;
  /** The service account's token, read again for each request: a cluster changes it every hour. */
  readonly readToken: () => Promise<string>;
  readonly nowMs: () => number;
};

/** `conflict`: it exists already, or was changed meanwhile. `gone`: what was asked to be gone on from is forgotten. */
export type KubeAnswer =
  { readonly kind: "ok"; readonly body: unknown } | { readonly kind: "missing" | "conflict" | "gone" };

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** A cluster's API, as far as one namespace goes. Paths begin behind the group and version. */
export type KubeApi = {
  /** @throws RetryableError when it does not answer, refuses, or asks for a pause */
  readonly ask: (method: Method, path: string, body?: unknown) => Promise<KubeAnswer>;
  /**
   * Hands on what a watch tells, line by line, until it ends.
   * @returns whether it ended for its time, or because the version to begin with is forgotten
   * @throws RetryableError as `ask`, or when the connection breaks
   */
  readonly watch: (path: string, listener: Listener) => Promise<"ended" | "gone">;
};

export type Listener = {
  readonly signal: AbortSignal;
  readonly onOpen: () => void;
  readonly onLine: (line: string) => void;
};

const ANSWER_MS = 10_000;
const MAX_LINE = 4_000_000;
const USUAL_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

const failure = z.object({ message: z.string().optional() });

/** What a refusal says, for one line of a log. */
const wordsOf = async (response: Response): Promise<string> => {
  const text = await response.text().catch(() => "");
  try {
    return printable(failure.parse(JSON.parse(text)).message ?? "").slice(0, 300);
  } catch {
    return "";
  }
};

const OF_SECRETS = /\/secrets(?:[/?]|$)/;

const KINDS: ReadonlyMap<number, KubeAnswer> = new Map([
  [404, { kind: "missing" }],
  [409, { kind: "conflict" }],
  [410, { kind: "gone" }],
]);

/** A namespaced path of a group: the core's is `v1`. */
export const pathOf = (group: "v1" | "apps/v1" | "coordination.k8s.io/v1", namespace: string, rest: string): string =>
  `/${group === "v1" ? "api" : "apis"}/${group}/namespaces/${namespace}/${rest}`;

/** So long the cluster wants to be left alone; milliseconds. */
const pauseIn = (response: Response): number => {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1_000, LONGEST_PAUSE_MS) : USUAL_PAUSE_MS;
};

/** Hands on whole lines of a stream. @throws RetryableError for one without an end */
const readLines = async (body: ReadableStream<Uint8Array>, onLine: (line: string) => void): Promise<void> => {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE) throw new RetryableError("Kubernetes sends a line without an end");
    for (const line of lines) if (line !== "") onLine(line);
  }
};

type Request = {
  readonly method?: Method;
  readonly body?: string;
  readonly type?: string;
  readonly signal: AbortSignal;
};

/** Makes what sends one request, and leaves a cluster alone for as long as it asks for. */
const createRequest = ({ api, readToken, nowMs }: KubeOptions) => {
  let quietUntilMs = 0;
  return async (path: string, { type = "application/json", ...init }: Request): Promise<Response> => {
    if (nowMs() < quietUntilMs) throw new RetryableError("Kubernetes asked to be left alone for a while");
    const authorization = `Bearer ${await readToken()}`;
    const headers = { authorization, accept: "application/json", "content-type": type };
    const response = await fetch(`${api}${path}`, { ...init, headers, redirect: "error" }).catch((cause: unknown) => {
      throw new RetryableError(`Kubernetes does not answer at ${api}`, { cause });
    });
    if (response.ok || KINDS.has(response.status)) return response;
    const { status } = response;
    if (status === 429 || status === 503) quietUntilMs = nowMs() + pauseIn(response);
    const what = `Kubernetes answers ${status} to ${init.method ?? "GET"} ${path}`;
    // What is said of a Secret may repeat what it holds.
    throw new RetryableError(OF_SECRETS.test(path) ? what : `${what}: ${await wordsOf(response)}`);
  };
};

const parsed = (text: string, api: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RetryableError(`what answers at ${api} is no Kubernetes`, { cause });
  }
};

/** Speaks to a cluster by plain HTTP: a handful of requests needs no client library (ADR 0070). */
export const openKubeApi = (options: KubeOptions): KubeApi => {
  const request = createRequest(options);
  return {
    ask: async (method, path, body) => {
      const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
      const sent = body === undefined ? {} : { body: JSON.stringify(body), type };
      const response = await request(path, { method, ...sent, signal: AbortSignal.timeout(ANSWER_MS) });
      const text = await response.text().catch((cause: unknown) => {
        throw new RetryableError("Kubernetes broke off an answer", { cause });
      });
      return KINDS.get(response.status) ?? { kind: "ok", body: parsed(text, options.api) };
    },
    watch: async (path, { signal, onOpen, onLine }) => {
      const response = await request(path, { signal });
      if (response.status === 410) return "gone";
      if (response.body === null || !response.ok)
        throw new RetryableError(`Kubernetes does not let ${path} be watched`);
      onOpen();
      await readLines(response.body, onLine).catch((cause: unknown) => {
        throw cause instanceof RetryableError ? cause : new RetryableError("the watch broke off", { cause });
      });
      return "ended";
    },
  };
};
