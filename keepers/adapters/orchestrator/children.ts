import type { LifecycleAction, BackEnd, Carried, Exit } from "../../orchestrator/fleet.ts";
import { type Child, type ChildOptions, exitOf, instanceOf, startChild, stopChild } from "./child.ts";

/** Processes that are children of this one. They end with it: each stops by itself when its channel breaks. */
export type Children = BackEnd & {
  /** Ends them all: lets each finish what it is at, and kills it after the grace. Resolves when all are gone. */
  readonly endAll: () => Promise<void>;
  /** The system's ids of what runs, by name. */
  readonly pids: () => ReadonlyMap<string, number>;
};

const isRunning = ({ process: { exitCode, signalCode } }: Child): boolean => exitCode === null && signalCode === null;

const endChild = async (child: Child, { graceMs, nowMs }: ChildOptions): Promise<void> => {
  child.isAsked = true;
  stopChild(child, nowMs());
  const killing = setTimeout(() => child.process.kill("SIGKILL"), graceMs);
  await child.gone;
  clearTimeout(killing);
};

const endOne = (
  child: Child,
  { kind, isFault }: Exclude<LifecycleAction, { readonly kind: "start" }>,
  nowMs: () => number,
): void => {
  if (child.phase !== "stopping") child.isAsked = !isFault;
  stopChild(child, nowMs());
  if (kind === "kill") child.process.kill("SIGKILL");
};

/** Makes the back end whose processes are children of this one. */
export const createChildren = (options: ChildOptions): Children => {
  const children = new Map<string, Child>();
  let exits: Exit[] = [];
  let newest = 0;
  const onGone = (child: Child): void => {
    const { name } = child.wanted;
    if (children.get(name) === child) children.delete(name);
    exits.push(exitOf(child, options.nowMs()));
    options.wake();
  };
  const carryOut = (action: LifecycleAction, token: number): Promise<Carried> => {
    if (token < newest) return Promise.resolve({ kind: "stale", newest });
    newest = token;
    if (action.kind !== "start") {
      const child = children.get(action.name);
      if (child?.id === action.id) endOne(child, action, options.nowMs);
    } else if (!children.has(action.process.name)) {
      const child = startChild(options, action.process, onGone);
      if (child !== undefined) children.set(action.process.name, child);
    }
    return Promise.resolve({ kind: "done" });
  };
  return {
    observe: () => {
      const told = exits;
      exits = [];
      return Promise.resolve({ instances: [...children.values()].map(instanceOf), exits: told });
    },
    carryOut,
    endAll: async () => void (await Promise.all([...children.values()].map((child) => endChild(child, options)))),
    pids: () =>
      new Map(
        [...children].flatMap(([name, child]) => {
          const { pid } = child.process;
          return pid === undefined || !isRunning(child) ? [] : [[name, pid] as const];
        }),
      ),
  };
};
