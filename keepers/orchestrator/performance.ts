import { assertNever } from "../core/assertNever.ts";
import type { KeeperEvent } from "../core/events.ts";
import type { Exit } from "./fleet.ts";

/** Votes and rounds whose times are kept, of each process: the newest. */
const KEPT = 512;

/** What an orchestrator saw of one agent's process since it began to watch. Times in milliseconds. */
export type ProcessPerformance = {
  readonly name: string;
  readonly sinceMs: number;
  readonly starts: number;
  /** Ends that nobody asked for. */
  readonly crashes: number;
  /** The longest time between two signs of life of one process, and from an end to the next readiness. */
  readonly longestSilenceMs: number;
  readonly longestOutageMs: number;
  readonly proposals: number;
  readonly votes: number;
  readonly refusals: number;
  readonly troubles: number;
  /** What its votes took from the sight of a proposal, the newest last. */
  readonly voteMs: readonly number[];
};

/** What is added to it. `atMs`: the observer's clock. */
export type Sign =
  | { readonly kind: "event"; readonly event: KeeperEvent; readonly atMs: number }
  | { readonly kind: "sign"; readonly atMs: number }
  | { readonly kind: "started"; readonly atMs: number }
  | { readonly kind: "ready"; readonly atMs: number }
  | { readonly kind: "exit"; readonly exit: Exit; readonly atMs: number };

/** A process under observation; the last two fields serve the next sign. */
export type Watched = ProcessPerformance & {
  readonly lastSignMs: number | undefined;
  readonly downSinceMs: number | undefined;
};

export const watched = (name: string, sinceMs: number): Watched => ({
  name,
  sinceMs,
  starts: 0,
  crashes: 0,
  longestSilenceMs: 0,
  longestOutageMs: 0,
  proposals: 0,
  votes: 0,
  refusals: 0,
  troubles: 0,
  voteMs: [],
  lastSignMs: undefined,
  downSinceMs: undefined,
});

const counted = (before: Watched, event: KeeperEvent): Watched => {
  if (event.kind === "proposal" || event.kind === "slowProposal") return { ...before, proposals: before.proposals + 1 };
  if (event.kind === "refusal") return { ...before, refusals: before.refusals + 1 };
  if (event.kind === "trouble") return { ...before, troubles: before.troubles + 1 };
  if (event.kind !== "vote" && event.kind !== "ballot") return before;
  return { ...before, votes: before.votes + 1, voteMs: [...before.voteMs, event.tookMs].slice(-KEPT) };
};

const alive = (before: Watched, atMs: number): Watched => {
  const silence = before.lastSignMs === undefined ? 0 : atMs - before.lastSignMs;
  return { ...before, lastSignMs: atMs, longestSilenceMs: Math.max(before.longestSilenceMs, silence) };
};

const ended = (before: Watched, { isAsked }: Exit, atMs: number): Watched => ({
  ...before,
  crashes: before.crashes + (isAsked ? 0 : 1),
  lastSignMs: undefined,
  // An end that was asked for, and what follows it, is no outage.
  downSinceMs: isAsked ? undefined : (before.downSinceMs ?? atMs),
});

const isReady = (before: Watched, atMs: number): Watched => {
  const outage = before.downSinceMs === undefined ? 0 : atMs - before.downSinceMs;
  const longestOutageMs = Math.max(before.longestOutageMs, outage);
  return { ...alive(before, atMs), longestOutageMs, downSinceMs: undefined };
};

/** A process after one more sign of it. Pure. */
export const watchedAfter = (before: Watched, sign: Sign): Watched => {
  switch (sign.kind) {
    case "event":
      return counted(alive(before, sign.atMs), sign.event);
    case "sign":
      return alive(before, sign.atMs);
    case "started":
      return { ...before, starts: before.starts + 1 };
    case "ready":
      return isReady(before, sign.atMs);
    case "exit":
      return ended(before, sign.exit, sign.atMs);
    default:
      return assertNever(sign);
  }
};
