import type { Refusal } from "./refusal.ts";
import type { Address, UnixSeconds } from "./units.ts";

/** Mirrors `AgentStatus`. */
export const AGENT_STATUSES = ["None", "Active", "Paused", "Terminated"] as const;
export type AgentStatus = (typeof AGENT_STATUSES)[number];

/** What the registry keeps for a vote signer; mirrors `SignerRecord`. Zero `agentId`: no seat; zero `validUntil`: no end. */
export type SignerRecord = {
  readonly signer: Address;
  readonly agentId: bigint;
  readonly operatorId: bigint;
  readonly weight: bigint;
  readonly status: AgentStatus;
  readonly validUntil: UnixSeconds;
  readonly highestNonce: bigint;
  readonly nonceWindow: bigint;
  /** Its bit in a tally of the slow path. */
  readonly votingSeat: number;
  /** When the agent last gained weight; a tally that is older does not count it. */
  readonly weightSince: UnixSeconds;
};

/** What the `Routine` class demands; mirrors `Policy`. */
export type ConsensusPolicy = {
  readonly threshold: bigint;
  readonly minVoters: bigint;
  readonly minOperators: bigint;
  readonly maxDeadline: bigint;
};

const WINDOW_SIZE = 48n;
const MAX_AHEAD = 65_536n;

/** Whether a proposal nonce can still be used; mirrors `NonceWindow.use`. */
export const nonceRefusal = (
  signerRecord: Pick<SignerRecord, "highestNonce" | "nonceWindow">,
  nonce: bigint,
): Refusal => {
  if (nonce > signerRecord.highestNonce)
    return nonce - signerRecord.highestNonce > MAX_AHEAD ? "NonceTooFarAhead" : "None";
  const behind = signerRecord.highestNonce - nonce;
  if (behind >= WINDOW_SIZE) return "NonceTooOld";
  return (signerRecord.nonceWindow >> behind) & 1n ? "NonceUsed" : "None";
};
