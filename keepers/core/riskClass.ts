/** The classes of risk; the index of each is its number in `RiskClass` of the contracts. */
export const CLASSES = ["Routine", "Elevated", "Critical"] as const;
export type ClassName = (typeof CLASSES)[number];

/** What a class demands; see `IConsensus.Policy`. */
export type ClassDemands = {
  readonly threshold: bigint;
  readonly minVoters: number;
  readonly minOperators: number;
  /** In seconds. */
  readonly maxDeadline: number;
  /** In seconds; none for `Routine`. */
  readonly delay: number;
};
