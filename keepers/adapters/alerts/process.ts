import type { ProcessReadings } from "../../agents/alerts/facts.ts";
import { every } from "../clock/timers.ts";

const ROUND_MS = 1_000;

/** A process that looks at itself: a round each second, also while no block comes, and what it reads of itself. */
export type ProcessWatch = {
  readonly read: () => Pick<ProcessReadings, "residentBytes" | "lagMs">;
  readonly close: () => void;
};

/** Starts the rounds. `lagMs` is by how much the newest one was late, and how long the next one is overdue. */
export const watchProcess = (nowMs: () => number, onRound: () => void): ProcessWatch => {
  let [lastMs, lagMs] = [nowMs(), 0];
  const close = every(ROUND_MS, () => {
    lagMs = Math.max(0, nowMs() - lastMs - ROUND_MS);
    lastMs = nowMs();
    onRound();
  });
  return { read: () => ({ residentBytes: process.memoryUsage.rss(), lagMs }), close };
};
