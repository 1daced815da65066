import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import { RetryableError } from "../../core/errors.ts";
import type { KubeApi } from "./api.ts";
import { anyObject, listShape, watchShape } from "./shapes.ts";

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
/** A cluster ends a watch after so long; another one follows. */
const WATCH_SECONDS = 240;

export type CacheOptions<T> = {
  readonly api: KubeApi;
  /** Of the list, with its selector. */
  readonly path: string;
  readonly shape: z.ZodType<T>;
  readonly onChange: () => void;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Told once when the cluster cannot be watched, and what is wrong. */
  readonly onTrouble: (what: string) => void;
};

/** Objects of one kind, kept up to date by a watch. */
export type ObjectCache<T> = {
  /** @throws RetryableError while they are not known, or nobody tells of changes */
  readonly all: () => readonly T[];
  readonly close: () => Promise<void>;
};

/** What is known, by name; `version`: the newest that the cluster told. */
type Known<T> = { readonly objects: Map<string, T>; version: string | undefined; isWatched: boolean };

/** What a line of a watch says; undefined for one that is none. */
const lineOf = (line: string): z.output<typeof watchShape> | undefined => {
  try {
    return watchShape.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
};

/** Takes one line of a watch. @returns whether everything must be listed again */
const takeLine = <T>(known: Known<T>, { shape, onChange }: CacheOptions<T>, line: string): boolean => {
  const said = lineOf(line);
  const of = anyObject.safeParse(said?.object);
  // Whatever it is, what follows it cannot be trusted to fit what is known.
  if (said === undefined || said.type === "ERROR" || !of.success) return true;
  const { name, resourceVersion } = of.data.metadata;
  known.version = resourceVersion;
  if (said.type === "BOOKMARK") return false;
  const object = said.type === "DELETED" ? undefined : shape.safeParse(said.object);
  if (object === undefined) known.objects.delete(name);
  else if (object.success) known.objects.set(name, object.data);
  else return true;
  onChange();
  return false;
};

/** Lists everything again. */
const list = async <T>(known: Known<T>, { api, path, shape, onChange }: CacheOptions<T>): Promise<void> => {
  const answer = await api.ask("GET", path);
  if (answer.kind !== "ok") throw new RetryableError(`Kubernetes has no ${path}`);
  const { metadata, items } = listShape.parse(answer.body);
  known.objects.clear();
  for (const item of items ?? []) known.objects.set(anyObject.parse(item).metadata.name, shape.parse(item));
  known.version = metadata.resourceVersion;
  onChange();
};

/** Follows what changes until the watch ends, and forgets where it stood if that cannot be gone on from. */
const follow = async <T>(known: Known<T>, options: CacheOptions<T>, signal: AbortSignal): Promise<void> => {
  const { api, path } = options;
  if (known.version === undefined) await list(known, options);
  const broken = new AbortController();
  const query = `&watch=1&allowWatchBookmarks=true&timeoutSeconds=${WATCH_SECONDS}&resourceVersion=${known.version}`;
  const state = { isForgotten: false };
  const end = await api
    .watch(`${path}${query}`, {
      signal: AbortSignal.any([signal, broken.signal]),
      onOpen: () => {
        known.isWatched = true;
      },
      onLine: (line) => {
        if (state.isForgotten || !takeLine(known, options, line)) return;
        state.isForgotten = true;
        broken.abort();
      },
    })
    .catch((error: unknown) => {
      if (state.isForgotten) return "gone" as const;
      throw error;
    });
  if (end === "gone" || state.isForgotten) known.version = undefined;
};

/**
 * Keeps objects of one kind up to date: lists them, then watches from that version on, and lists again when the cluster has
 * forgotten it (410).
 */
export const openCache = <T>(options: CacheOptions<T>): ObjectCache<T> => {
  const known: Known<T> = { objects: new Map(), version: undefined, isWatched: false };
  const ending = new AbortController();
  const { signal } = ending;
  const isEnding = (): boolean => signal.aborted;
  const run = async (): Promise<void> => {
    let failures = 0;
    while (!isEnding()) {
      try {
        await follow(known, options, signal);
        failures = 0;
      } catch (error) {
        known.isWatched = false;
        // What is no list is asked for again.
        if (!(error instanceof RetryableError)) known.version = undefined;
        if (failures === 0 && !isEnding()) options.onTrouble(error instanceof Error ? error.message : String(error));
        failures += 1;
      }
      const pause = failures === 0 ? 0 : Math.min(FIRST_PAUSE_MS * (1 << Math.min(failures - 1, 20)), LONGEST_PAUSE_MS);
      await sleep(pause * (1 - options.random() / 2), undefined, { signal }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    all: () => {
      if (!known.isWatched) throw new RetryableError("Kubernetes does not tell how the fleet is");
      return [...known.objects.values()];
    },
    close: async () => {
      ending.abort();
      await running;
    },
  };
};
