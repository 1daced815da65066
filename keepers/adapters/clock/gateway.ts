import { systemClock } from "./system.ts";
import { every, within } from "./timers.ts";

/** The machine's time and timers, as the gateway takes them. */
export const gatewayClock = () => ({ ...systemClock(), isoTime: () => new Date().toISOString(), every, within });
