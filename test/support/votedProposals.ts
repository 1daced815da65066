import { expect } from "chai";
import type { LeafFields } from "../../deployments/mandateTree.ts";
import type { CallProof } from "./calls.ts";
import { transferCall } from "./calls.ts";
import { type Signer, USDC } from "./chain.ts";
import { type RefusalName, refusal } from "./enums.ts";
import { type Nexus, votedProposalOf, fundedFixture, callProofsOf, proposalOf } from "./nexus.ts";
import { type Call, type Proposal, type Voter, proposalDigest } from "./votes.ts";

/** All that one `enact` carries, and who sends it. */
export type VotedProposal = {
  readonly proposal: Proposal;
  readonly callProofs: CallProof[];
  readonly votes: string;
  readonly sender: Signer;
};

/** What the unit tests enact: the treasury pays 5 USDC. */
export const PAYMENT = 5n * USDC;

/** A ballot of all voters for calls with the leaves that permit them. */
export const votedCalls = async (
  f: Nexus,
  steps: readonly (readonly [Call, LeafFields])[],
  change: { readonly proposal?: Partial<Proposal>; readonly voters?: readonly Voter[] } = {},
): Promise<VotedProposal> => {
  const proposal = await proposalOf(
    steps.map(([call]) => call),
    change.proposal,
  );
  return {
    proposal,
    callProofs: callProofsOf(
      f,
      steps.map(([, leaf]) => leaf),
    ),
    votes: votedProposalOf(f, proposal, change.voters).votes,
    sender: f.anyone,
  };
};

/** The treasury pays 5 USDC, all five agents vote for it. */
export const votedPayment = (
  f: Nexus,
  change: { readonly proposal?: Partial<Proposal>; readonly voters?: readonly Voter[] } = {},
): Promise<VotedProposal> =>
  votedCalls(f, [[transferCall(f.addresses.usdc, f.payee.address, PAYMENT), f.leaves.payUsdc]], change);

/** No estimate: pools need more when the clock moves, and the oracle hub wants to see that nothing is cut short. */
const ENACT_GAS = { gasLimit: 6_000_000n } as const;

export const enact = (f: Nexus, voted: VotedProposal) =>
  f.consensus.connect(voted.sender).enact(voted.votes, voted.proposal, voted.callProofs, ENACT_GAS);

export const preview = (f: Nexus, voted: VotedProposal) =>
  f.consensus.connect(voted.sender).previewEnact(voted.proposal, voted.callProofs, voted.votes);

/** Balances and nonces that a refused ballot must leave alone. */
const stateOf = async (f: Nexus) => ({
  usdc: await f.usdc.balanceOf(f.addresses.treasury),
  wsei: await f.wsei.balanceOf(f.addresses.treasury),
  seats: await Promise.all(f.voters.map(({ key }) => f.registry.signerRecordOf(key.address))),
});

/**
 * `enact` and `previewEnact` must refuse for the same reason at the same index, and nothing may change. Refusals that the
 * executor finds come as its `ActionRefused`, the others as `ProposalRefused`.
 */
export const expectRefused = async (f: Nexus, voted: VotedProposal, why: RefusalName, index = 0n): Promise<void> => {
  const before = await stateOf(f);
  const answer = await preview(f, voted);
  expect([answer.refusal, answer.index], "previewEnact").to.deep.equal([refusal(why), index]);
  const attempt = expect(enact(f, voted)).to.be;
  if (refusal(why) >= refusal("BadCallCount")) {
    await attempt.revertedWithCustomError(f.treasury, "ActionRefused").withArgs(refusal(why), index);
  } else {
    await attempt
      .revertedWithCustomError(f.consensus, "ProposalRefused")
      .withArgs(proposalDigest(f.domain, voted.proposal), refusal(why), index);
  }
  expect(await stateOf(f), "state").to.deep.equal(before);
};

/** A funded treasury whose first payment was enacted; the ballot is the one that was used. */
export const enactedFixture = async () => {
  const f = await fundedFixture();
  const voted = await votedPayment(f);
  await enact(f, voted);
  return { ...f, voted };
};
