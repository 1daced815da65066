/** What an agent's process shall be. A paused or terminated one has no process; a terminated one is never resumed. */
export type DesiredState = "running" | "paused" | "terminated";

/** A process of a fleet as its operator wants it. */
export type DesiredProcess = {
  readonly name: string;
  /** A hash of its configuration: a process with another revision is replaced. */
  readonly revision: string;
  readonly state: DesiredState;
  /** Rises with each command to restart it; a process that was started for a lower one is replaced. */
  readonly restarts: number;
};

/** What is known of a process that runs. Times in milliseconds of the observer's clock. */
export type Instance = {
  readonly name: string;
  /** Names this life of the process. */
  readonly id: string;
  readonly revision: string;
  readonly restarts: number;
  readonly phase: "starting" | "running" | "stopping";
  /** When the phase began. */
  readonly sinceMs: number;
  /** The last sign of life. */
  readonly lastSignMs: number;
  /** When the slowest of its agents last began a round; undefined before each of them has. */
  readonly lastRoundMs: number | undefined;
};

/** A process that has ended. `isAsked`: by a stop of ours that was no fault of its own. */
export type Exit = {
  readonly name: string;
  readonly id: string;
  readonly atMs: number;
  readonly isAsked: boolean;
  /** Whether trying again at once cannot help: a wrong configuration, a key that another process has. */
  readonly isFatal: boolean;
  readonly reason: string;
};

/** What the back end sees: what runs, and what ended since it was last asked. */
export type Observed = { readonly instances: readonly Instance[]; readonly exits: readonly Exit[] };

/** Something to be done about a process. */
export type LifecycleAction =
  | { readonly kind: "start"; readonly process: DesiredProcess; readonly why: string }
  /** `stop` lets it finish what it is at, `kill` ends it at once. */
  | {
      readonly kind: "stop" | "kill";
      readonly name: string;
      readonly id: string;
      /** Whether the process did something wrong, so that its next start waits a while. */
      readonly isFault: boolean;
      readonly why: string;
    };

/** `stale`: a leader with the token `newest` has acted before, so nothing was done. */
export type Carried = { readonly kind: "done" } | { readonly kind: "stale"; readonly newest: number };

/**
 * Where processes run. An action carries the leader's fencing token; one that is lower than a token that was seen before is
 * refused. Both functions return without waiting for a process to start or to end.
 */
export type BackEnd = {
  /** @throws RetryableError when it cannot be asked now */
  readonly observe: () => Promise<Observed>;
  /** Doing it twice does no more than once: `start` of a name that runs, and `stop` of an id that is gone, do nothing. */
  readonly carryOut: (action: LifecycleAction, token: number) => Promise<Carried>;
};

/** How long what may take, in milliseconds, and how starts are spread. */
export type LifecyclePolicy = {
  /** From the start of a process until its agents are ready. */
  readonly startMs: number;
  /** From the request to stop until it is killed. */
  readonly graceMs: number;
  /** Without a sign of life for so long it counts as dead. */
  readonly silenceMs: number;
  /** So long behind the fleet's newest round it counts as stuck. */
  readonly stallMs: number;
  /** A process that ran for so long has no failures on its account. */
  readonly healthyMs: number;
  /** The first pause after a failure; each further one doubles it. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
};

export const USUAL_POLICY: LifecyclePolicy = {
  startMs: 60_000,
  graceMs: 10_000,
  silenceMs: 15_000,
  stallMs: 60_000,
  healthyMs: 60_000,
  firstPauseMs: 500,
  longestPauseMs: 30_000,
};
