/** Leadership as its holder knows it. */
export type Held = {
  /** The fencing token: higher than that of each earlier leader. */
  readonly token: number;
  /**
   * Nothing is done before, by the holder's own clock: whoever gave the lead knows of no leader before, and one that it has
   * forgotten may still run.
   */
  readonly fromMs: number;
  /** By the holder's own clock, counted from before it was asked for: nobody else leads before. */
  readonly untilMs: number;
};

/** `unknown`: nobody could be asked, so what was held before is held until its end. */
export type HoldAnswer =
  { readonly kind: "held"; readonly held: Held } | { readonly kind: "other" } | { readonly kind: "unknown" };

/** No lead, and none before. */
export const NEVER_HELD: Held = { token: 0, fromMs: 0, untilMs: 0 };

/** What a server with the lease said. `token` is zero while another one leads; `isFirst`: it knew of no token before. */
export type LeaseAnswer = { readonly token: number; readonly isFirst: boolean };

/** When a holder asked and had the answer, by its own clock, and for how long it asked; milliseconds. */
export type LeaseQuestion = { readonly askedMs: number; readonly answeredMs: number; readonly leaseMs: number };

/**
 * What a holder knows after the server's answer. Of the moment at which the server decided it knows no more than that it lay
 * between question and answer.
 * @param last the holder's knowledge before the question
 */
export const heldAfter = (
  last: Held,
  { token, isFirst }: LeaseAnswer,
  { askedMs, answeredMs, leaseMs }: LeaseQuestion,
): Held => {
  if (token === 0) return { ...last, fromMs: 0, untilMs: 0 };
  const untilMs = askedMs + leaseMs;
  // Whoever has led without a break knows that nobody else runs, also when the server has forgotten it.
  if (answeredMs < last.untilMs) return { token, fromMs: last.fromMs, untilMs };
  return { token, fromMs: isFirst ? answeredMs + leaseMs : answeredMs, untilMs };
};

/** Who leads a fleet: nobody else at all, a lease in Redis, a Lease of Kubernetes. */
export type Leadership = {
  /** Takes or renews the lead, with a token above `least`. Never throws. */
  readonly hold: (least: number) => Promise<HoldAnswer>;
  /** Whether a token is the newest that anybody was given. Asked right before each action. Never throws. */
  readonly isNewest: (token: number) => Promise<"yes" | "no" | "unknown">;
  /** Gives the lead up, so that the next one need not wait. Never throws. */
  readonly release: () => Promise<void>;
};

/** The only orchestrator of its fleet always leads. */
export const alone: Leadership = {
  hold: () => Promise.resolve({ kind: "held", held: { token: 1, fromMs: 0, untilMs: Number.POSITIVE_INFINITY } }),
  isNewest: () => Promise.resolve("yes"),
  release: () => Promise.resolve(),
};
