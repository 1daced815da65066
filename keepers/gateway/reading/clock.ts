/** Time and timers of the gateway, so that tests can hold them. */
export type GatewayClock = {
  /** Unix milliseconds. */
  readonly nowMs: () => number;
  /** The same in RFC 3339. */
  readonly isoTime: () => string;
  /** Calls `run` every `ms` milliseconds until the returned function is called. Never keeps a process alive. */
  readonly every: (ms: number, run: () => void) => () => void;
  /** Rejects with `error` after `ms` milliseconds, unless `work` ends first. */
  readonly within: <T>(ms: number, work: Promise<T>, error: () => Error) => Promise<T>;
};
