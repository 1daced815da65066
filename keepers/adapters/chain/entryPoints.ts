import { type Proposal, ZERO_ADDRESS } from "../../core/proposal.ts";
import type { Address } from "../../core/units.ts";

/** Where proposals that passed are sent: the recorder, so that gains count for their agents, or Consensus itself. */
export type EntryPoints = { readonly consensus: Address; readonly recorder: Address | undefined };

/** Who names its executor is executed by that account, and not by a contract in between. */
export const entryPointFor = (
  { submitter }: Pick<Proposal, "submitter">,
  { consensus, recorder }: EntryPoints,
): Address => (submitter === ZERO_ADDRESS ? (recorder ?? consensus) : consensus);

/** All that a proposal can be sent to, the preferred one first: where the recorder refuses, Consensus may not. */
export const entryPointsFor = (proposal: Pick<Proposal, "submitter">, points: EntryPoints): readonly Address[] => [
  ...new Set([entryPointFor(proposal, points), points.consensus]),
];
