import { setImmediate as nextTask } from "node:timers/promises";

/** Time that passes only when everything that could be done now was done. */
export type VirtualTime = {
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Lets time pass until the end, whatever still sleeps then. */
  readonly runUntil: (endMs: number) => Promise<void>;
};

type Sleeper = { readonly atMs: number; readonly number: number; readonly wake: () => void };

/** Makes a clock at zero. */
export const createVirtualTime = (): VirtualTime => {
  const sleepers: Sleeper[] = [];
  let [now, number] = [0, 0];
  const sleep = (ms: number): Promise<void> =>
    new Promise((wake) => {
      number += 1;
      const one = { atMs: now + Math.max(0, ms), number, wake };
      const at = sleepers.findIndex((other) => other.atMs > one.atMs);
      sleepers.splice(at < 0 ? sleepers.length : at, 0, one);
    });
  const runUntil = async (endMs: number): Promise<void> => {
    await nextTask();
    for (;;) {
      const [first] = sleepers;
      if (first === undefined || first.atMs > endMs) break;
      sleepers.shift();
      now = first.atMs;
      first.wake();
      await nextTask();
    }
    now = endMs;
  };
  return { nowMs: () => now, sleep, runUntil };
};
