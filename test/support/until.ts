import { setTimeout as sleep } from "node:timers/promises";

const STEP_MS = 10;

/** Waits until `find` finds something. @throws Error when it does not within `timeoutMs` */
export const until = async <T>(what: string, find: () => T | undefined, timeoutMs = 30_000): Promise<T> => {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = find();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await sleep(STEP_MS);
  }
};
