import type { EmitEvent } from "../../core/events.ts";

/** Whether a process can do what it is for. */
export type Readiness = {
  readonly hear: EmitEvent;
  /** What is missing, in words; empty for a process that is ready. */
  readonly lacks: () => readonly string[];
};

const SILENT_MS = 10_000;

/**
 * Whether a fleet is ready: each of its agents is connected, and an agent has told of a block or a decision within ten seconds. A
 * fleet in which nobody tells of blocks is ready once it is connected.
 */
export const createReadiness = (agents: readonly string[], nowMs: () => number): Readiness => {
  const up = new Set<string>();
  let seenMs: number | undefined;
  const hear: EmitEvent = (event) => {
    if (event.kind === "connection" && event.up) up.add(event.agent);
    if (event.kind === "connection" && !event.up) up.delete(event.agent);
    if (event.kind === "snapshot" || event.kind === "decision") seenMs = nowMs();
  };
  const lacks = (): readonly string[] => {
    const missing = agents.filter((name) => !up.has(name));
    const isSilent = seenMs !== undefined && nowMs() - seenMs > SILENT_MS;
    return [
      ...(missing.length === 0 ? [] : [`${missing.join(", ")}: not connected`]),
      ...(isSilent ? [`no block for ${SILENT_MS / 1_000} s`] : []),
    ];
  };
  return { hear, lacks };
};
