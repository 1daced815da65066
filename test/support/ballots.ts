import { expect } from "chai";
import type { MandateLeaf } from "../../deployments/mandateTree.ts";
import type { Grant } from "./calls.ts";
import { transferCall } from "./calls.ts";
import { type Signer, USDC } from "./chain.ts";
import { type RefusalName, refusal } from "./enums.ts";
import { type Nexus, ballotOf, fundedFixture, grantsOf, proposalOf } from "./nexus.ts";
import { type Call, type Proposal, type Voter, proposalDigest } from "./votes.ts";

/** All that one `enact` carries, and who sends it. */
export type Ballot = {
  readonly proposal: Proposal;
  readonly grants: Grant[];
  readonly votes: string;
  readonly sender: Signer;
};

/** What the unit tests enact: the treasury pays 5 USDC. */
export const PAYMENT = 5n * USDC;

/** A ballot of all voters for calls with the leaves that permit them. */
export const ballotFor = async (
  f: Nexus,
  steps: readonly (readonly [Call, MandateLeaf])[],
  change: { readonly proposal?: Partial<Proposal>; readonly voters?: readonly Voter[] } = {},
): Promise<Ballot> => {
  const proposal = await proposalOf(
    steps.map(([call]) => call),
    change.proposal,
  );
  return {
    proposal,
    grants: grantsOf(
      f,
      steps.map(([, leaf]) => leaf),
    ),
    votes: ballotOf(f, proposal, change.voters).votes,
    sender: f.anyone,
  };
};

/** The treasury pays 5 USDC, all five agents vote for it. */
export const paymentBallot = (
  f: Nexus,
  change: { readonly proposal?: Partial<Proposal>; readonly voters?: readonly Voter[] } = {},
): Promise<Ballot> =>
  ballotFor(f, [[transferCall(f.addresses.usdc, f.payee.address, PAYMENT), f.leaves.payUsdc]], change);

/** No estimate: pools need more when the clock moves, and the oracle hub wants to see that nothing is cut short. */
const ENACT_GAS = { gasLimit: 6_000_000n } as const;

export const enact = (f: Nexus, ballot: Ballot) =>
  f.consensus.connect(ballot.sender).enact(ballot.votes, ballot.proposal, ballot.grants, ENACT_GAS);

export const preview = (f: Nexus, ballot: Ballot) =>
  f.consensus.connect(ballot.sender).previewEnact(ballot.votes, ballot.proposal, ballot.grants);

/** Balances and nonces that a refused ballot must leave alone. */
const stateOf = async (f: Nexus) => ({
  usdc: await f.usdc.balanceOf(f.addresses.treasury),
  wsei: await f.wsei.balanceOf(f.addresses.treasury),
  seats: await Promise.all(f.voters.map(({ key }) => f.registry.seatOf(key.address))),
});

/**
 * `enact` and `previewEnact` must refuse for the same reason at the same index, and nothing may change. Refusals that the
 * executor finds come as its `ActionRefused`, the others as `ProposalRefused`.
 */
export const expectRefused = async (f: Nexus, ballot: Ballot, why: RefusalName, index = 0n): Promise<void> => {
  const before = await stateOf(f);
  const answer = await preview(f, ballot);
  expect([answer.refusal, answer.index], "previewEnact").to.deep.equal([refusal(why), index]);
  const attempt = expect(enact(f, ballot)).to.be;
  if (refusal(why) >= refusal("BadCallCount")) {
    await attempt.revertedWithCustomError(f.treasury, "ActionRefused").withArgs(refusal(why), index);
  } else {
    await attempt
      .revertedWithCustomError(f.consensus, "ProposalRefused")
      .withArgs(proposalDigest(f.domain, ballot.proposal), refusal(why), index);
  }
  expect(await stateOf(f), "state").to.deep.equal(before);
};

/** A funded treasury whose first payment was enacted; the ballot is the one that was used. */
export const enactedFixture = async () => {
  const f = await fundedFixture();
  const ballot = await paymentBallot(f);
  await enact(f, ballot);
  return { ...f, ballot };
};
