import { type ChildOptions } from "../adapters/orchestrator/child.ts";
import { createChildren } from "../adapters/orchestrator/children.ts";
import type { BackEnd } from "../orchestrator/fleet.ts";

/** Where a fleet's processes run, as whoever runs an orchestrator knows it. */
export type Processes = BackEnd & {
  /** Ends what must not run on when this orchestrator does not lead. */
  readonly abandon: () => Promise<void>;
  /** Ends what ends with the orchestrator. */
  readonly close: () => Promise<void>;
  /** What runs, by name: the system's ids of children, the names of pods. */
  readonly pids: () => ReadonlyMap<string, number>;
  readonly pods: () => ReadonlyMap<string, string>;
};

/** Processes of this machine, which end with the orchestrator. */
export const ownProcesses = (options: ChildOptions): Processes => {
  const children = createChildren(options);
  return { ...children, abandon: children.endAll, close: children.endAll, pods: () => new Map() };
};
