import type { ClassPolicy, TallyView } from "./ballot.ts";
import { shortfall } from "./enactRule.ts";
import type { Refusal } from "./refusal.ts";
import type { SignerRecord } from "./signerRecord.ts";
import type { UnixSeconds } from "./units.ts";

/** Whether a seat has voted on a proposal, whatever it said and whoever brought its vote. */
export const hasVoted = (
  { votingSeat }: Pick<SignerRecord, "votingSeat">,
  { seats }: Pick<TallyView, "seats">,
): boolean => ((seats >> BigInt(votingSeat)) & 1n) === 1n;

/** Whether a vote by this seat's key would be counted now; mirrors `VoteCounting.withVote`. */
export const countsNow = (signerRecord: SignerRecord, tally: TallyView, time: UnixSeconds): boolean => {
  const hasEnded = signerRecord.validUntil !== 0n && time > signerRecord.validUntil;
  if (signerRecord.agentId === 0n || signerRecord.status !== "Active" || signerRecord.weight === 0n || hasEnded)
    return false;
  if (hasVoted(signerRecord, tally)) return false;
  return tally.state === "None" || signerRecord.weightSince < tally.since;
};

/** What a tally on the chain lacks of what its class demands. */
export const tallyShortfall = (tally: TallyView, policy: ClassPolicy): Refusal => {
  if (tally.weightAgainst >= tally.weightFor) return "MoreAgainst";
  const { weightFor: weight, votersFor: voters, operatorsFor: operators } = tally;
  return shortfall({ weight, voters, operators }, policy);
};
