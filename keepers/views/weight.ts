/** What an agent's bond and score make, and what of it counts. Weights in whole stake tokens. */
export type Weight = {
  readonly agentId: bigint;
  readonly operator: string;
  /** What counts. */
  readonly weight: bigint;
  /** Bond × score, without caps. */
  readonly earned: bigint;
  /** In basis points; 10,000 is neutral. */
  readonly score: bigint;
  readonly weightCap: bigint;
  readonly operatorCap: bigint;
  readonly operatorWeight: bigint;
};

/** What of a weight counts, and what holds the rest back. */
export const weightWords = ({ weight, earned, score, weightCap, operatorCap, operatorWeight }: Weight): string => {
  const made = `${weight} of ${earned} that its bond makes at a score of ${score}`;
  const bounds = `at most ${weightCap} for an agent, ${operatorCap} for its operator, whose agents weigh ${operatorWeight}`;
  if (weight === earned) return `${made}; ${bounds}`;
  if (weight > earned) return `${made}, until it is refreshed; ${bounds}`;
  if (weight === weightCap) return `${made}: its own cap holds the rest back; ${bounds}`;
  if (operatorWeight >= operatorCap) return `${made}: its operator's cap holds the rest back; ${bounds}`;
  return `${made}, since it is not active or was not refreshed; ${bounds}`;
};
