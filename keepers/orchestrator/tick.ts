import type { Agent } from "../core/agent.ts";
import type { LifecycleAction, BackEnd, DesiredProcess, Exit, LifecyclePolicy } from "./fleet.ts";
import type { Held, Leadership } from "./lease.ts";
import { type FailureRecords, reconcile } from "./reconcile.ts";

/** Something that an orchestrator tells its operator. */
export type OrchestratorNote =
  /** The token of its lead; undefined when it no longer leads. */
  | { readonly kind: "lead"; readonly token: number | undefined }
  | { readonly kind: "action"; readonly action: LifecycleAction; readonly token: number }
  /** An action that was not done, because a leader with the token `newest` was there. */
  | { readonly kind: "stale"; readonly action: LifecycleAction; readonly token: number; readonly newest: number }
  | { readonly kind: "exit"; readonly exit: Exit };

/** All that an orchestrator may know of the world. */
export type OrchestratorPorts = {
  readonly leadership: Leadership;
  readonly backEnd: BackEnd;
  /** The fleet as its operators want it, commands included. */
  readonly desired: () => Promise<readonly DesiredProcess[]>;
  /** Ends every process that this orchestrator itself has started, because it no longer leads. Harmless when repeated. */
  readonly abandon: (why: string) => Promise<void>;
  readonly nowMs: () => number;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly tell: (note: OrchestratorNote) => void;
};

export type OrchestratorMemory = {
  records: FailureRecords;
  held: Held | undefined;
  /** The next token must be above it. */
  least: number;
};

export type OrchestratorConfig = {
  readonly policy: LifecyclePolicy;
  /** So long before the lease ends nothing more is done under it, and what was started is ended; milliseconds. */
  readonly marginMs: number;
};

export type Orchestrator = Agent<OrchestratorPorts, OrchestratorMemory, OrchestratorConfig>;

export const emptyOrchestratorMemory = (): OrchestratorMemory => ({ records: new Map(), held: undefined, least: 0 });

/** Whether a lease still covers an action. */
const covers = (held: Held | undefined, { ports, config }: Orchestrator): held is Held =>
  held !== undefined && ports.nowMs() < held.untilMs - config.marginMs;

/** Takes or renews the lead. */
const lead = async (orchestrator: Orchestrator): Promise<Held | undefined> => {
  const { ports, memory } = orchestrator;
  const before = memory.held;
  const answer = await ports.leadership.hold(memory.least);
  const kept = answer.kind === "unknown" && covers(before, orchestrator) ? before : undefined;
  memory.held = answer.kind === "held" ? answer.held : kept;
  if (memory.held?.token !== before?.token) ports.tell({ kind: "lead", token: memory.held?.token });
  return covers(memory.held, orchestrator) ? memory.held : undefined;
};

/** Another one has led with a higher token. */
const depose = ({ ports, memory }: Orchestrator, action: LifecycleAction, newest: number): "deposed" => {
  const token = memory.held?.token ?? 0;
  [memory.held, memory.least] = [undefined, Math.max(memory.least, newest)];
  ports.tell({ kind: "stale", action, token, newest });
  return "deposed";
};

/** Does one action as long as this is the leader. `paused`: nobody can say whether it is. */
const act = async (
  orchestrator: Orchestrator,
  action: LifecycleAction,
  held: Held,
): Promise<"done" | "paused" | "deposed"> => {
  const { ports } = orchestrator;
  const { token } = held;
  const isNewest = await ports.leadership.isNewest(token);
  if (isNewest === "no") return depose(orchestrator, action, token);
  if (isNewest === "unknown" || !covers(held, orchestrator)) return "paused";
  const carried = await ports.backEnd.carryOut(action, token);
  if (carried.kind === "stale") return depose(orchestrator, action, carried.newest);
  ports.tell({ kind: "action", action, token });
  return "done";
};

/** Does what a plan says, in its order, until this is no longer the leader. @returns whether it still is */
const carryOut = async (
  orchestrator: Orchestrator,
  actions: readonly LifecycleAction[],
  held: Held,
): Promise<boolean> => {
  for (const action of actions) {
    const end = await act(orchestrator, action, held);
    if (end !== "done") return end === "paused";
  }
  return true;
};

/**
 * One round: who leads looks at what runs and brings it nearer to what is desired; who does not lead runs nothing. A crash
 * between any two lines is harmless. [NX-ORC-01] [NX-ORC-02]
 * @throws RetryableError when the back end cannot be asked
 */
export const tick = async (orchestrator: Orchestrator): Promise<void> => {
  const { ports, memory, config } = orchestrator;
  const held = await lead(orchestrator);
  if (held === undefined) {
    await ports.abandon("another orchestrator may lead");
    return;
  }
  if (ports.nowMs() < held.fromMs) return;
  const [desired, observed] = [await ports.desired(), await ports.backEnd.observe()];
  for (const exit of observed.exits) ports.tell({ kind: "exit", exit });
  const { records } = memory;
  const { policy } = config;
  const plan = reconcile({ desired, observed, records, nowMs: ports.nowMs(), policy, random: ports.random });
  memory.records = plan.records;
  if (!(await carryOut(orchestrator, plan.actions, held))) await ports.abandon("another orchestrator leads");
};

/** Ends what runs once the lease is nearly over, also while a round waits for an answer. Asked often. [NX-ORC-02] */
export const keepWatch = async (orchestrator: Orchestrator): Promise<void> => {
  const { ports, memory } = orchestrator;
  if (memory.held === undefined || covers(memory.held, orchestrator)) return;
  memory.held = undefined;
  ports.tell({ kind: "lead", token: undefined });
  await ports.abandon("the lease is nearly over and could not be renewed");
};
