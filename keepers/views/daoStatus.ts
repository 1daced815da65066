import { spanWords } from "./spans.ts";

/** `IGovernor.ProposalState`, in its order. */
export const PROPOSAL_STATES = [
  "Pending",
  "Active",
  "Canceled",
  "Defeated",
  "Succeeded",
  "Queued",
  "Expired",
  "Executed",
] as const;
export type ProposalState = (typeof PROPOSAL_STATES)[number];

/** How a proposal stands. Times in seconds since the epoch, votes in the token's units. */
export type DaoProposalStatus = {
  readonly state: ProposalState;
  readonly voteStart: bigint;
  readonly voteEnd: bigint;
  /** Zero while it is not queued. */
  readonly eta: bigint;
  /** When it expires, if it waits for somebody; otherwise zero. */
  readonly expiry: bigint;
  readonly against: bigint;
  readonly inFavour: bigint;
  readonly abstain: bigint;
  readonly quorum: bigint | undefined;
};

const left = (until: bigint, now: bigint): string => spanWords(until > now ? until - now : 0n);

type Words = (status: DaoProposalStatus, now: bigint) => string;

const WORDS: Readonly<Record<ProposalState, Words>> = {
  Pending: ({ voteStart }, now) => `its vote begins in ${left(voteStart + 1n, now)}`,
  Active: ({ voteEnd }, now) => `its vote goes on for ${left(voteEnd + 1n, now)}`,
  Succeeded: ({ expiry }, now) => `it passed and waits for queue; it expires in ${left(expiry, now)}`,
  Queued: ({ eta, expiry }, now) =>
    eta > now
      ? `it can be executed in ${left(eta, now)}; until then everybody can leave`
      : `it can be executed; it expires in ${left(expiry, now)}`,
  Defeated: () => "it found no majority or no quorum",
  Canceled: () => "it was cancelled",
  Expired: () => "nobody took it further in time",
  Executed: () => "it took effect",
};

/** What a proposal waits for, or how it ended. `now` in seconds since the epoch. */
export const daoStatusWords: Words = (status, now) => WORDS[status.state](status, now);
