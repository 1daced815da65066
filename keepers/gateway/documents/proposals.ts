import type { ProposalSummary } from "../schema/proposals.ts";
import type { GatewayState } from "./state.ts";
import { fastSummary } from "./fastProposals.ts";
import { chainSummary, daoSummary, storySummary } from "./slowProposals.ts";
import type { ChainDaoProposal, ChainProposal } from "../reading/readings.ts";

/** What the chain was read to hold; empty before the first reading. */
export type ChainProposals = { readonly slow: readonly ChainProposal[]; readonly dao: readonly ChainDaoProposal[] };

/** Newest first, and by id within a block, so that a page begins where the last one ended. */
const byAge = (a: ProposalSummary, b: ProposalSummary): number =>
  b.block === a.block ? (a.id < b.id ? 1 : -1) : b.block - a.block;

/** The fast path, as the fleet of this process tells it. */
export const fastSummaries = ({ display, names }: GatewayState): readonly ProposalSummary[] =>
  display.stories.map((story, index) => fastSummary(story, names, index === display.stories.length - 1));

/** The slow path: what the fleet tells of a proposal is newer than what was read of the chain, and has the reasons. */
const slowSummaries = (state: GatewayState, chain: ChainProposals): readonly ProposalSummary[] => {
  const { display, names, now } = state;
  const told = display.slow.stories.map((story) => storySummary(story, now, names));
  const known = new Set(told.map(({ id }) => id.toLowerCase()));
  const read = chain.slow.filter(({ proposed }) => !known.has(proposed.hash.toLowerCase()));
  return [...told, ...read.map((one) => chainSummary(one, now, names))];
};

/** All proposals, newest first. */
export const allProposals = (state: GatewayState, chain: ChainProposals): readonly ProposalSummary[] =>
  [
    ...fastSummaries(state),
    ...slowSummaries(state, chain),
    ...chain.dao.map((one) => daoSummary(one, state.now, state.book)),
  ].sort(byAge);

/** Those that somebody may still vote on, veto or execute: none of the fast path, which is over within seconds. */
export const waitingOf = (all: readonly ProposalSummary[]): readonly ProposalSummary[] =>
  all.filter(({ path, state }) => path !== "fast" && state.isOpen);
