/** Time as a parameter. For latencies and deadlines of our own work only: what is true on the chain has the chain's time. */
export type Clock = {
  /** Milliseconds since the Unix epoch, possibly with a fraction; never goes back. */
  readonly nowMs: () => number;
};
