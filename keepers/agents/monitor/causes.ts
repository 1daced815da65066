/** Mirrors `EvidenceStatus` of the contract. */
export const EVIDENCE_STATUSES = [
  "Complete",
  "Absent",
  "NotObserved",
  "TooSoon",
  "TooOld",
  "Spent",
  "NotTripped",
  "Disabled",
] as const;
export type EvidenceStatus = (typeof EVIDENCE_STATUSES)[number];

/**
 * What evidence there is of one cause: for a trip, and for the end of one. `shownAt`, `goneAt`: the second of the observation
 * that each of them uses up, zero for none.
 */
export type CauseEvidence = {
  readonly trip: EvidenceStatus;
  readonly restore: EvidenceStatus;
  readonly shownAt: bigint;
  readonly goneAt: bigint;
};
