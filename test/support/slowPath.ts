import { expect } from "chai";
import { CONDITION_KIND } from "../../keepers/core/proposal.ts";
import { BALLOT_TYPES } from "../../scripts/bench/nexusFlows.ts";
import { transferCall } from "./calls.ts";
import { type Signer, USDC, WAD, ethers, now, time, voteKey } from "./chain.ts";
import { RISK, type RefusalName, refusal } from "./enums.ts";
import { type Nexus, SLOW_POLICY, fundedFixture, callProofsOf, proposalOf } from "./nexus.ts";
import { type Proposal, type Voter, type VotingDomain, proposalDigest } from "./votes.ts";

export const SUPPORT = { against: 0n, for: 1n, abstain: 2n } as const;
export const TALLY = { none: 0n, voting: 1n, queued: 2n, vetoed: 3n } as const;
export const DELAY = SLOW_POLICY.delay;

const CO_SIGNATURE_TYPES = { CoSignature: [{ name: "proposalHash", type: "bytes32" }] };

/** The digest of a vote on the slow path, computed by ethers and not by our contracts. */
export const ballotDigest = (domain: VotingDomain, proposalHash: string, riskClass: bigint, support: bigint): string =>
  ethers.TypedDataEncoder.hash(domain, BALLOT_TYPES, { proposalHash, riskClass, support });

/** What the co-signer signs. */
export const coSignatureDigest = (domain: VotingDomain, proposalHash: string): string =>
  ethers.TypedDataEncoder.hash(domain, CO_SIGNATURE_TYPES, { proposalHash });

/** A funded NEXUS with demands for each class, larger limits above `Routine`, and a contract that co-signs. */
export const slowFixture = async () => {
  const f = await fundedFixture();
  const coKey = voteKey(70);
  const coSigner = await ethers.deployContract("MockAccount", [coKey.address]);
  const consensus = f.consensus.connect(f.admin);
  await consensus.setPolicy(RISK.elevated, SLOW_POLICY);
  await consensus.setPolicy(RISK.critical, { ...SLOW_POLICY, threshold: 4_000n, minVoters: 4n, minOperators: 3n });
  await consensus.setCoSigner(coSigner);
  await f.mandate.connect(f.admin).setClassMultiples({ elevated: 2n, critical: 4n });
  // Weight must be older than a ballot to the second, and blocks may share one.
  await time.increase(1n);
  return { ...f, coKey, coSigner };
};
export type Slow = Awaited<ReturnType<typeof slowFixture>>;

/** The treasury pays USDC, on condition that it arrives; it may be executed for an hour. */
export const slowPayment = async (f: Nexus, amount = 5n * USDC, change: Partial<Proposal> = {}): Promise<Proposal> =>
  proposalOf([transferCall(f.addresses.usdc, f.payee.address, amount)], {
    deadline: (await now()) + 3_600n,
    conditions: [
      {
        kind: CONDITION_KIND.balanceIncreasesAtLeast,
        subject: f.addresses.usdc,
        holder: f.payee.address,
        amount,
      },
    ],
    maxLoss: 1_000_000n * WAD,
    ...change,
  });

export const hashOf = (f: Pick<Nexus, "domain">, proposal: Proposal): string => proposalDigest(f.domain, proposal);

/** Signatures of one kind of vote, in the order given. */
export const castBy = (
  f: Pick<Nexus, "domain">,
  proposal: Proposal,
  voters: readonly Voter[],
  { riskClass = RISK.elevated, support = SUPPORT.for }: { readonly riskClass?: bigint; readonly support?: bigint } = {},
): string => {
  const digest = ballotDigest(f.domain, hashOf(f, proposal), riskClass, support);
  return ethers.concat(voters.map(({ key }) => key.signingKey.sign(digest).compactSerialized));
};

/** Proposes with the votes of `voters`. */
export const propose = (f: Nexus, proposal: Proposal, voters: readonly Voter[], riskClass: bigint = RISK.elevated) =>
  f.consensus.connect(f.anyone).propose(riskClass, castBy(f, proposal, voters, { riskClass }), proposal);

const EXECUTE_GAS = { gasLimit: 6_000_000n } as const;

/** Executes; with a co-signature if one is given. */
export const execute = (f: Nexus, proposal: Proposal, coSignature = "0x", sender: Signer = f.anyone) => {
  const [consensus, callProofs] = [f.consensus.connect(sender), callProofsOf(f, [f.leaves.payUsdc])];
  return coSignature === "0x"
    ? consensus.execute(proposal, callProofs, EXECUTE_GAS)
    : consensus.executeCoSigned(proposal, callProofs, coSignature, EXECUTE_GAS);
};

export const previewExecute = (f: Nexus, proposal: Proposal, coSignature = "0x", sender: Signer = f.anyone) =>
  f.consensus.connect(sender).previewExecute(proposal, callProofsOf(f, [f.leaves.payUsdc]), coSignature);

/** Lets the delay pass. */
export const waitDelay = (): Promise<unknown> => time.increase(DELAY);

/** An account that sends as a vote signer. */
export const asSigner = async (f: Nexus, voter: Voter) => {
  await f.deployer.sendTransaction({ to: voter.key.address, value: 10n ** 18n });
  return f.consensus.connect(voter.key.connect(ethers.provider));
};

/** A payment that three of five voted for, waiting out its delay. */
export const queuedFixture = async () => {
  const f = await slowFixture();
  const proposal = await slowPayment(f);
  await propose(f, proposal, f.voters.slice(0, 3));
  return { ...f, proposal, hash: hashOf(f, proposal) };
};

/** A payment that only its proposer voted for so far. */
export const openFixture = async () => {
  const f = await slowFixture();
  const proposal = await slowPayment(f);
  await propose(f, proposal, f.voters.slice(0, 1));
  return { ...f, proposal, hash: hashOf(f, proposal) };
};

/** `execute` and `previewExecute` refuse alike, and nothing is paid. */
export const expectNotExecuted = async (
  f: Slow,
  proposal: Proposal,
  why: RefusalName,
  { index = 0n, coSignature = "0x" }: { readonly index?: bigint; readonly coSignature?: string } = {},
): Promise<void> => {
  const before = await f.usdc.balanceOf(f.payee);
  const answer = await previewExecute(f, proposal, coSignature);
  expect(answer.refusal, "previewExecute").to.equal(refusal(why));
  await expect(execute(f, proposal, coSignature))
    .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
    .withArgs(hashOf(f, proposal), refusal(why), index);
  expect(await f.usdc.balanceOf(f.payee)).to.equal(before);
};
