import type { Address, BlockNumber } from "../../core/units.ts";
import type { CauseEvidence } from "./causes.ts";

/** Causes about the treasury's shares, as the contract names them. */
export const SHARE_CAUSES = ["SharePriceFell", "SharesLeft"] as const;
export type ShareCause = (typeof SHARE_CAUSES)[number];

/** What the chain shows of one cause about shares. */
export type ShareEvidence = CauseEvidence & {
  readonly cause: ShareCause;
  /** Whose shares are named, in the order of addresses; none where the cause is not about holders. */
  readonly holders: readonly Address[];
  /** What there was at least at the mark, and what there is at least now, in the cause's own unit. */
  readonly marked: bigint;
  readonly present: bigint;
};

/** Something about shares that the monitor sends to the chain. */
export type ShareOperation = Pick<ShareEvidence, "cause" | "holders"> &
  (
    | { readonly kind: "observeShares" }
    /** `since`: the second of the observation that it uses up. */
    | { readonly kind: "tripShares" | "restoreShares"; readonly since: bigint }
  );

const observe = ({ cause, holders }: ShareEvidence): ShareOperation => ({ kind: "observeShares", cause, holders });

/** The trips whose evidence is complete. Pure. */
export const shareTrips = (shares: readonly ShareEvidence[]): readonly ShareOperation[] =>
  shares
    .filter(({ trip }) => trip === "Complete")
    .map(({ cause, holders, shownAt }) => ({ kind: "tripShares", cause, holders, since: shownAt }));

/** What was tripped and is over. Pure. */
export const shareEnds = (shares: readonly ShareEvidence[]): readonly ShareOperation[] =>
  shares
    .filter(({ restore }) => restore === "Complete")
    .map(({ cause, holders, goneAt }) => ({ kind: "restoreShares", cause, holders, since: goneAt }));

/** What must be noted so that what tripped can end. Pure. */
export const shareLooks = (shares: readonly ShareEvidence[]): readonly ShareOperation[] =>
  shares.filter(({ restore }) => restore === "NotObserved").map(observe);

/** Whoever observes first in a window may name too few holders. So much more than the mark, in basis points, is marked again. */
const RAISE_BPS = 1000n;
const BPS = 10_000n;

const isTooLow = ({ trip, marked, present }: ShareEvidence): boolean =>
  ["Absent", "TooSoon"].includes(trip) && present * BPS > marked * (BPS + RAISE_BPS);

/**
 * Marks that are lacking, older than their window or too low: a fall can be shown only from where somebody noted it, and by no
 * more than was noted. Pure.
 */
export const shareMarks = (shares: readonly ShareEvidence[]): readonly ShareOperation[] =>
  shares.filter((one) => one.trip === "NotObserved" || one.trip === "TooOld" || isTooLow(one)).map(observe);

/** How an operation about shares is told. */
export const shareName = ({ kind, cause }: ShareOperation): string => `${kind} ${cause}`;

/** What it is asked for by: see `evidenceIdentity`. */
export const shareIdentity = (operation: ShareOperation, block: BlockNumber): string =>
  operation.kind === "observeShares"
    ? `${shareName(operation)} at block ${block}`
    : `${shareName(operation)} since ${operation.since}`;
