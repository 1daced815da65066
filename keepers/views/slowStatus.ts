import { assertNever } from "../core/assertNever.ts";
import { type TallyState, TALLY_STATES } from "../core/ballot.ts";
import { type Condition, CONDITION_KIND } from "../core/proposal.ts";
import type { Address } from "../core/units.ts";
import { decimal, exactText } from "./amounts.ts";
import { refusalWords } from "./refusals.ts";
import type { Refusal } from "../core/refusal.ts";
import type { ClassName, ClassDemands } from "../core/riskClass.ts";
import { spanWords } from "./spans.ts";

/** Names for what the chain knows by address only. `amount`: so many of a token's units, with its symbol. */
export type Naming = {
  readonly account: (account: Address) => string;
  readonly amount: (token: Address, units: bigint) => string;
};

const WAD_DECIMALS = 18;
const BPS_DECIMALS = 2;

/** An amount of 18 decimals in dollars. */
export const dollars = (units: bigint): string => `${exactText(units, WAD_DECIMALS)} USD`;

/** What must be true once a proposal's calls are made, or nothing of it remains. */
export const conditionWords = ({ kind, subject, holder, amount }: Condition, naming: Naming): string => {
  const [who, what] = [naming.account(holder), naming.amount(subject, amount)];
  switch (kind) {
    case CONDITION_KIND.balanceAtLeast:
      return `${who} holds at least ${what} afterwards`;
    case CONDITION_KIND.balanceAtMost:
      return `${who} holds at most ${what} afterwards`;
    case CONDITION_KIND.balanceIncreasesAtLeast:
      return `${who} gains at least ${what}`;
    case CONDITION_KIND.balanceDecreasesAtMost:
      return `${who} loses at most ${what}`;
    case CONDITION_KIND.positionAtMost:
      return `what ${who} holds of ${naming.account(subject)} is worth at most ${dollars(amount)} afterwards`;
    case CONDITION_KIND.healthFactorAtLeast:
      return `the health factor of ${who} in ${naming.account(subject)} is at least ${decimal(amount, WAD_DECIMALS)} afterwards`;
    case CONDITION_KIND.valueDecreasesAtMostBps:
      return `the treasury's value falls by at most ${decimal(amount, BPS_DECIMALS)} %`;
    case CONDITION_KIND.onlyMoves:
      return `of the treasury's assets only those named so change: ${naming.account(subject)}`;
    default:
      return assertNever(kind);
  }
};

/** The state of a proposal that was made: the chain forgets the tally of what was executed, and of nothing else. */
export const stateAt = (state: bigint): Exclude<TallyState, "None"> => {
  const name = TALLY_STATES[Number(state)] ?? "None";
  return name === "None" ? "Executed" : name;
};

/** Votes as they are counted, weights in whole stake tokens. */
export type Tally = {
  readonly weightFor: bigint;
  readonly weightAgainst: bigint;
  readonly votersFor: bigint;
  readonly operatorsFor: bigint;
};

/** How a proposal on the slow path stands. Times in seconds since the epoch, weights in whole stake tokens. */
export type SlowProposalStatus = {
  readonly state: Exclude<TallyState, "None">;
  readonly riskClass: ClassName;
  /** When it was made; zero once executed. */
  readonly since: bigint;
  /** The last second in which votes count; once queued, it may be executed from the next one on. Zero once executed. */
  readonly votesUntil: bigint;
  readonly deadline: bigint;
  /** Missing once it is executed: only who voted how is still told, by events. */
  readonly tally?: Tally;
  readonly policy: ClassDemands;
  /** What it lacks of what its class demands now, or "None". */
  readonly shortfall: Refusal;
  readonly veto?: { readonly by: string; readonly reason: string };
};

/** A status with its tally beside the rest, as JSON has it. */
export const flatStatus = ({ tally, ...rest }: SlowProposalStatus) => ({ ...rest, ...tally });

/** What a proposal lacks of its class's demands by the same rule as `Consensus`, or "None". */
export const shortfallOf = (tally: Tally, policy: ClassDemands): Refusal => {
  if (tally.weightAgainst >= tally.weightFor) return "MoreAgainst";
  if (policy.threshold === 0n || tally.weightFor < policy.threshold) return "BelowThreshold";
  if (tally.votersFor < BigInt(policy.minVoters)) return "TooFewVoters";
  return tally.operatorsFor < BigInt(policy.minOperators) ? "TooFewOperators" : "None";
};

/** The votes beside what the class demands. */
export const tallyWords = (
  { weightFor, weightAgainst, votersFor, operatorsFor }: Tally,
  policy: ClassDemands,
): string =>
  `weight ${weightFor} of ${policy.threshold} for, ${weightAgainst} against; ` +
  `${votersFor} of ${policy.minVoters} agents, ${operatorsFor} of ${policy.minOperators} operators for`;

const votingWords = ({ votesUntil, shortfall }: SlowProposalStatus, now: bigint): string => {
  if (now > votesUntil) return "it expired: it did not have what its class demands in time, or nobody queued it";
  const left = spanWords(votesUntil - now);
  if (shortfall === "None") return `it has what its class demands: anyone may queue it within ${left}`;
  return `it waits for votes, for another ${left}: ${refusalWords(shortfall)}`;
};

const queuedWords = (status: SlowProposalStatus, now: bigint): string => {
  const { votesUntil, deadline, shortfall, riskClass } = status;
  if (now > deadline) return "it expired: nobody executed it in time";
  const from = votesUntil + 1n;
  const stopped = shortfall === "None" ? "" : `; as it stands it will not pass: ${refusalWords(shortfall)}`;
  if (now < from) {
    const wait = spanWords(from - now);
    return `it can be executed in ${wait}; until then agents can vote on it, until it is executed guardians and the DAO can veto it${stopped}`;
  }
  if (stopped !== "") return `it cannot be executed: ${refusalWords(shortfall)}`;
  const how = riskClass === "Critical" ? "with the co-signer's signature it can be executed" : "it can be executed";
  return `${how} for another ${spanWords(deadline - now)}`;
};

/** What a proposal waits for, until when, or how it ended. `now` in seconds since the epoch. */
export const slowStatusWords = (status: SlowProposalStatus, now: bigint): string => {
  switch (status.state) {
    case "Voting":
      return votingWords(status, now);
    case "Queued":
      return queuedWords(status, now);
    case "Executed":
      return "it was executed";
    case "Vetoed": {
      const { by, reason } = status.veto ?? { by: "somebody", reason: "" };
      return `${by} vetoed it${reason === "" ? "" : `: “${reason}”`}`;
    }
    default:
      return assertNever(status.state);
  }
};
