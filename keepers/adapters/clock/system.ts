import type { Clock } from "../../core/clock.ts";

/** The machine's clock, made monotonic: a correction of the wall clock never makes a latency negative. */
export const systemClock = (): Clock => ({ nowMs: () => performance.timeOrigin + performance.now() });
