import { id as hashOf } from "ethers";
import { type DaoProposalStatus, PROPOSAL_STATES } from "../../views/daoStatus.ts";
import type { DaoCall } from "./daoCalls.ts";
import type { Dao } from "./contracts.ts";
import { type LogSource, readSince } from "./logs.ts";

/** A proposal as it was made. `number` counts from one in the order of their making. */
export type DaoProposal = {
  readonly number: number;
  readonly id: bigint;
  readonly proposer: string;
  readonly calls: readonly DaoCall[];
  readonly description: string;
};

/** What the governor's functions are told a proposal by: targets, values, calldatas, hash of the description. */
export type Action = readonly [targets: string[], values: bigint[], calldatas: string[], descriptionHash: string];

export const actionOf = ({ calls, description }: Pick<DaoProposal, "calls" | "description">): Action => [
  calls.map(({ target }) => target),
  calls.map(({ value }) => value),
  calls.map(({ data }) => data),
  hashOf(description),
];

const SUFFIX = "#proposer=";
/** The suffix where the governor looks for it: at the very end. The same letters elsewhere are part of the text. */
const SUFFIX_AT_END = new RegExp(`${SUFFIX}0x[0-9a-fA-F]{40}$`);

/**
 * The description that goes on chain: only `proposer` can make a proposal that ends so, and nobody can make the same one
 * first only to cancel it.
 */
export const protectedDescription = (text: string, proposer: string): string =>
  `${text.trim()}\n\n${SUFFIX}${proposer}`;

/** What a description says to its reader: all of it but the suffix. [NX-FAC-01] */
export const titleOf = (description: string): string => description.replace(SUFFIX_AT_END, "").trim();

/** All proposals ever made. @throws Error when the node gives no logs */
export const readProposals = async ({ governor }: Dao, source: LogSource): Promise<readonly DaoProposal[]> => {
  const events = await readSince(source, "NexusGovernor", (span) =>
    governor.queryFilter(governor.filters.ProposalCreated(), span.from, span.to),
  );
  return events.map(({ args }, index) => ({
    number: index + 1,
    id: args.proposalId,
    proposer: args.proposer,
    description: args.description,
    calls: args.targets.map((target, i) => ({
      target,
      value: args[3][i] ?? 0n,
      data: args.calldatas[i] ?? "0x",
    })),
  }));
};

/** How a proposal stands in the newest block. */
export const statusOf = async (
  { governor }: Dao,
  { id }: Pick<DaoProposal, "id">,
  now: bigint,
): Promise<DaoProposalStatus> => {
  const state = PROPOSAL_STATES[Number(await governor.state(id))];
  if (state === undefined) throw new Error(`the governor answers a state that it does not have for ${id}`);
  const [voteStart, voteEnd, eta, grace] = await Promise.all([
    governor.proposalSnapshot(id),
    governor.proposalDeadline(id),
    governor.proposalEta(id),
    governor.GRACE_PERIOD(),
  ]);
  const votes = await governor.proposalVotes(id);
  return {
    state,
    voteStart,
    voteEnd,
    eta,
    expiry: state === "Succeeded" ? voteEnd + grace : state === "Queued" ? eta + grace : 0n,
    against: votes.againstVotes,
    inFavour: votes.forVotes,
    abstain: votes.abstainVotes,
    // The share of a supply that is counted in the snapshot's second, which must have passed.
    quorum: voteStart < now ? await governor.quorum(voteStart) : undefined,
  };
};
