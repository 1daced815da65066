import { expect } from "chai";
import { contractOf, seatContract, spareKey } from "../../../support/agents.ts";
import { ethers, loadFixture, now, time, voteKey } from "../../../support/chain.ts";
import { RISK, type RefusalName, refusal } from "../../../support/enums.ts";
import {
  BALLOT,
  DELAY,
  SUPPORT,
  ballotDigest,
  castBy,
  coSignatureDigest,
  hashOf,
  openFixture,
  propose,
  queuedFixture,
  slowFixture,
  slowPayment,
  type Slow,
} from "../../../support/slowPath.ts";
import type { Proposal } from "../../../support/votes.ts";

/** `propose` and `previewPropose` refuse alike, and the nonce is not used. */
const expectRefused = async (
  f: Slow,
  proposal: Proposal,
  { votes, riskClass = RISK.elevated }: { readonly votes: string; readonly riskClass?: bigint },
  why: RefusalName,
  index = 0n,
): Promise<void> => {
  const consensus = f.consensus.connect(f.anyone);
  const answer = await consensus.previewPropose(riskClass, votes, proposal);
  expect([answer.refusal, answer.index], "previewPropose").to.deep.equal([refusal(why), index]);
  await expect(consensus.propose(riskClass, votes, proposal))
    .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
    .withArgs(hashOf(f, proposal), refusal(why), index);
};

describe("Consensus.propose", () => {
  it("opens a ballot with the first votes, uses up the nonce, and tells both [NX-CON-01] [NX-CON-04]", async () => {
    const f = await loadFixture(slowFixture);
    const proposal = await slowPayment(f);
    const hash = hashOf(f, proposal);
    const votes = castBy(f, proposal, f.voters.slice(0, 2));
    const { refusal: none } = await f.consensus.previewPropose(RISK.elevated, votes, proposal);
    expect(none).to.equal(refusal("None"));
    await expect(f.consensus.connect(f.anyone).propose(RISK.elevated, votes, proposal))
      .to.emit(f.consensus, "Proposed")
      .withArgs(hash, 1n, RISK.elevated, proposal.deadline, 3n, 2_000n, 0n);
    expect([...(await f.consensus.ballotOf(hash))]).to.deep.equal([
      BALLOT.voting,
      RISK.elevated,
      await now(),
      2_000n,
      0n,
      2n,
      1n,
      3n,
    ]);
    await expectRefused(
      f,
      { ...proposal, evidence: ethers.id("other") },
      {
        votes: castBy(f, { ...proposal, evidence: ethers.id("other") }, f.voters.slice(0, 1)),
      },
      "NonceUsed",
    );
  });

  it("queues at once what has all that its class demands, and wants the votes in order", async () => {
    const f = await loadFixture(slowFixture);
    const proposal = await slowPayment(f);
    const reversed = castBy(f, proposal, [...f.voters].reverse());
    await expectRefused(f, proposal, { votes: reversed }, "VotesNotAscending", 1n);
    await expect(propose(f, proposal, f.voters))
      .to.emit(f.consensus, "Proposed")
      .withArgs(hashOf(f, proposal), 1n, RISK.elevated, proposal.deadline, 31n, 5_000n, (await now()) + DELAY + 1n);
    expect((await f.consensus.ballotOf(hashOf(f, proposal))).state).to.equal(BALLOT.queued);
  });

  it("hashes ballots and co-signatures as wallets do", async () => {
    const f = await loadFixture(slowFixture);
    const hash = ethers.id("a proposal");
    for (const support of Object.values(SUPPORT)) {
      const digest = ballotDigest(f.domain, hash, RISK.critical, support);
      expect(await f.consensus.hashBallot(hash, RISK.critical, support)).to.equal(digest);
    }
    expect(await f.consensus.hashCoSignature(hash)).to.equal(coSignatureDigest(f.domain, hash));
  });

  it("refuses Routine, which is enacted at once or not at all", async () => {
    const f = await loadFixture(slowFixture);
    const proposal = await slowPayment(f);
    const votes = castBy(f, proposal, f.voters, { riskClass: RISK.routine });
    await expectRefused(f, proposal, { votes, riskClass: RISK.routine }, "WrongBallotState", BALLOT.none);
  });

  it("refuses a proposal that has a ballot, whatever became of it [NX-CON-05]", async () => {
    const f = await loadFixture(queuedFixture);
    const votes = castBy(f, f.proposal, f.voters);
    await expectRefused(f, f.proposal, { votes }, "WrongBallotState", BALLOT.queued);
    await f.consensus.connect(f.guardian).veto(f.hash, "no");
    await expectRefused(f, f.proposal, { votes }, "WrongBallotState", BALLOT.vetoed);
  });

  it("refuses an empty list of conditions: empty means unrestricted [NX-CON-06]", async () => {
    const f = await loadFixture(slowFixture);
    const proposal = await slowPayment(f, undefined, { conditions: [] });
    await expectRefused(f, proposal, { votes: castBy(f, proposal, f.voters) }, "NoConditions");
  });

  it("refuses a condition that demands nothing, and names it", async () => {
    const f = await loadFixture(slowFixture);
    const { conditions } = await slowPayment(f);
    const vacuous = conditions.map((condition) => ({ ...condition, amount: 0n }));
    const proposal = await slowPayment(f, undefined, { conditions: [...conditions, ...vacuous] });
    await expectRefused(f, proposal, { votes: castBy(f, proposal, f.voters) }, "InvalidCondition", 1n);
  });

  it("refuses a deadline that has passed, that is too far, and a class without demands", async () => {
    const f = await loadFixture(slowFixture);
    const late = await slowPayment(f, undefined, { deadline: (await now()) - 1n });
    await expectRefused(f, late, { votes: castBy(f, late, f.voters) }, "DeadlinePassed");
    const far = await slowPayment(f, undefined, { deadline: (await now()) + 90_000n });
    await expectRefused(f, far, { votes: castBy(f, far, f.voters) }, "DeadlineTooFar");
  });

  it("refuses no votes, halves of votes and too many", async () => {
    const f = await loadFixture(slowFixture);
    const proposal = await slowPayment(f);
    await expectRefused(f, proposal, { votes: "0x" }, "NoVotes");
    await expectRefused(f, proposal, { votes: `0x${"00".repeat(65)}` }, "MalformedVotes", 1n);
    await expectRefused(f, proposal, { votes: `0x${"00".repeat(64 * 129)}` }, "MalformedVotes", 129n);
  });

  it("refuses nobody's signature, a stranger's, and votes without the proposer's own [NX-CON-04]", async () => {
    const f = await loadFixture(slowFixture);
    const proposal = await slowPayment(f);
    const own = castBy(f, proposal, f.voters.slice(0, 1));
    await expectRefused(f, proposal, { votes: ethers.concat([own, `0x${"ff".repeat(64)}`]) }, "InvalidSignature", 1n);
    const stranger = castBy(f, proposal, [{ agentId: 9n, key: voteKey(99) }]);
    await expectRefused(f, proposal, { votes: ethers.concat([own, stranger]) }, "UnknownSigner", 1n);
    await expectRefused(f, proposal, { votes: castBy(f, proposal, f.voters.slice(1)) }, "ProposerDidNotVote");
  });

  it("refuses votes for another class, another chain or another contract [NX-CON-04]", async () => {
    const f = await loadFixture(slowFixture);
    const proposal = await slowPayment(f);
    const foreign = [
      castBy(f, proposal, f.voters.slice(0, 1), { riskClass: RISK.critical }),
      castBy({ domain: { ...f.domain, chainId: 1n } }, proposal, f.voters.slice(0, 1)),
      castBy({ domain: { ...f.domain, verifyingContract: f.addresses.registry } }, proposal, f.voters.slice(0, 1)),
    ];
    for (const votes of foreign) await expectRefused(f, proposal, { votes }, "UnknownSigner");
  });

  it("counts an agent once, whether with one key twice or with old and new key [NX-CON-04]", async () => {
    const f = await loadFixture(slowFixture);
    const proposal = await slowPayment(f);
    const [first] = f.voters;
    if (first === undefined) throw new Error("no voter");
    await expectRefused(f, proposal, { votes: castBy(f, proposal, [first, first]) }, "VotesNotAscending", 1n);
  });

  it("refuses an agent that is paused, and one without weight [NX-AGT-04]", async () => {
    const f = await loadFixture(slowFixture);
    const proposal = await slowPayment(f);
    await f.registry.connect(f.operatorB).pause(3n);
    await expectRefused(f, proposal, { votes: castBy(f, proposal, f.voters) }, "AgentNotActive", 2n);
    await f.registry.connect(f.operatorB).resume(3n);
    await f.registry.connect(f.admin).setWeightCap(0n);
    await f.registry.refreshWeight(2n);
    await expectRefused(f, proposal, { votes: castBy(f, proposal, f.voters.slice(0, 2)) }, "NoWeight", 1n);
  });
});

describe("Consensus.castVotes, castVote and castVoteBySig", () => {
  const cast = (f: Awaited<ReturnType<typeof openFixture>>, from: number, to: number, support: bigint) =>
    f.consensus
      .connect(f.anyone)
      .castVotes(f.hash, support, castBy(f, f.proposal, f.voters.slice(from, to), { support }));

  it("count votes for, against and abstentions, each in its own way [NX-CON-02]", async () => {
    const f = await loadFixture(openFixture);
    await expect(cast(f, 1, 2, SUPPORT.for))
      .to.emit(f.consensus, "VotesCast")
      .withArgs(f.hash, SUPPORT.for, 2n, 1_000n);
    await cast(f, 2, 3, SUPPORT.against);
    await cast(f, 3, 4, SUPPORT.abstain);
    const ballot = await f.consensus.ballotOf(f.hash);
    expect([ballot.weightFor, ballot.weightAgainst, ballot.votersFor, ballot.seats]).to.deep.equal([
      2_000n,
      1_000n,
      2n,
      15n,
    ]);
  });

  it("count an operator once, also in later votes [NX-CON-02]", async () => {
    const f = await loadFixture(openFixture);
    await cast(f, 1, 3, SUPPORT.for);
    expect((await f.consensus.ballotOf(f.hash)).operatorsFor).to.equal(2n);
    await cast(f, 3, 5, SUPPORT.for);
    const ballot = await f.consensus.ballotOf(f.hash);
    expect([ballot.votersFor, ballot.operatorsFor, ballot.weightFor]).to.deep.equal([5n, 3n, 5_000n]);
  });

  it("refuse a row that is none, is cut off or has a signature by nobody, and an agent without weight", async () => {
    const f = await loadFixture(openFixture);
    const refused = (votes: string, why: RefusalName, index: bigint) =>
      expect(f.consensus.castVotes(f.hash, SUPPORT.for, votes))
        .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
        .withArgs(f.hash, refusal(why), index);
    const row = castBy(f, f.proposal, f.voters.slice(1, 3));
    await refused("0x", "NoVotes", 0n);
    await refused(row.slice(0, -2), "MalformedVotes", 1n);
    await refused(`0x${"00".repeat(64 * 129)}`, "MalformedVotes", 129n);
    await refused(ethers.concat([row, `0x${"00".repeat(64)}`]), "InvalidSignature", 2n);
    await f.registry.connect(f.admin).setWeightCap(0n);
    await f.registry.refreshWeight(3n);
    await refused(row, "NoWeight", 1n);
  });

  it("refuse a second vote of an agent, however it comes, and say of whom [NX-CON-04]", async () => {
    const f = await loadFixture(openFixture);
    const refused = { reverted: "ProposalRefused", args: [f.hash, refusal("AlreadyVoted")] } as const;
    await expect(cast(f, 0, 2, SUPPORT.against))
      .to.be.revertedWithCustomError(f.consensus, refused.reverted)
      .withArgs(...refused.args, 0n);
    const [first] = f.voters;
    const signer = first?.key.address ?? "";
    const signature = first?.key.signingKey.sign(ballotDigest(f.domain, f.hash, RISK.elevated, SUPPORT.for)).serialized;
    await expect(f.consensus.castVoteBySig(f.hash, SUPPORT.for, signer, signature ?? "0x"))
      .to.be.revertedWithCustomError(f.consensus, refused.reverted)
      .withArgs(...refused.args, 0n);
  });

  it("let any voter vote on chain itself [NX-CON-07]", async () => {
    const f = await loadFixture(openFixture);
    const second = f.voters[1];
    if (second === undefined) throw new Error("no voter");
    await f.deployer.sendTransaction({ to: second.key.address, value: 10n ** 18n });
    const answer = await f.consensus.previewVote(f.hash, SUPPORT.against, second.key.address);
    expect(answer.refusal).to.equal(refusal("None"));
    await f.consensus.connect(second.key.connect(ethers.provider)).castVote(f.hash, SUPPORT.against);
    expect((await f.consensus.ballotOf(f.hash)).weightAgainst).to.equal(1_000n);
    expect((await f.consensus.previewVote(f.hash, SUPPORT.against, second.key.address)).refusal).to.equal(
      refusal("AlreadyVoted"),
    );
  });

  it("take an account's own signature, and refuse anybody else's", async () => {
    const f = await loadFixture(openFixture);
    const second = f.voters[1];
    if (second === undefined) throw new Error("no voter");
    const digest = ballotDigest(f.domain, f.hash, RISK.elevated, SUPPORT.against);
    const foreign = f.voters[2]?.key.signingKey.sign(digest).serialized ?? "0x";
    await expect(f.consensus.castVoteBySig(f.hash, SUPPORT.against, second.key.address, foreign))
      .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
      .withArgs(f.hash, refusal("InvalidSignature"), 0n);
    const own = second.key.signingKey.sign(digest).serialized;
    await f.consensus.castVoteBySig(f.hash, SUPPORT.against, second.key.address, own);
    expect((await f.consensus.ballotOf(f.hash)).weightAgainst).to.equal(1_000n);
  });

  it("take what a contract that has a seat accepts by ERC-1271, once, and no row of its key's [NX-CON-04] [NX-CON-07]", async () => {
    const f = await loadFixture(slowFixture);
    const key = spareKey();
    const contract = await contractOf(key);
    await seatContract(f, contract, key);
    const proposal = await slowPayment(f);
    const hash = hashOf(f, proposal);
    await propose(f, proposal, f.voters.slice(0, 1));
    const signature = key.signingKey.sign(ballotDigest(f.domain, hash, RISK.elevated, SUPPORT.for));
    const refused = (sent: Promise<unknown>, why: RefusalName) =>
      expect(sent).to.be.revertedWithCustomError(f.consensus, "ProposalRefused").withArgs(hash, refusal(why), 0n);
    await refused(f.consensus.castVotes(hash, SUPPORT.for, signature.compactSerialized), "UnknownSigner");
    await refused(f.consensus.castVoteBySig(hash, SUPPORT.against, contract, signature.serialized), "InvalidSignature");
    await f.consensus.castVoteBySig(hash, SUPPORT.for, contract, signature.serialized);
    const ballot = await f.consensus.ballotOf(hash);
    expect([ballot.weightFor, ballot.votersFor, ballot.operatorsFor]).to.deep.equal([2_000n, 2n, 2n]);
    await refused(f.consensus.castVoteBySig(hash, SUPPORT.for, contract, signature.serialized), "AlreadyVoted");
  });

  it("do not count weight that was gained after the proposal was made [NX-CON-10]", async () => {
    const f = await loadFixture(openFixture);
    await f.registry.connect(f.operatorB).pause(3n);
    await f.registry.connect(f.operatorB).resume(3n);
    await expect(cast(f, 2, 3, SUPPORT.for))
      .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
      .withArgs(f.hash, refusal("WeightTooNew"), 0n);
  });

  it("refuse an unknown proposal, and one whose time to vote is over", async () => {
    const f = await loadFixture(openFixture);
    const unknown = ethers.id("unknown");
    await expect(f.consensus.castVotes(unknown, SUPPORT.for, castBy(f, f.proposal, f.voters)))
      .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
      .withArgs(unknown, refusal("WrongBallotState"), BALLOT.none);
    const { since } = await f.consensus.ballotOf(f.hash);
    await time.increaseTo(since + 86_401n);
    await expect(cast(f, 1, 2, SUPPORT.for))
      .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
      .withArgs(f.hash, refusal("VotingClosed"), since + 86_400n);
    expect((await f.consensus.previewQueue(f.hash)).refusal).to.equal(refusal("VotingClosed"));
  });

  it("close for votes for once it is queued, and for votes against once the delay has passed [NX-CON-07]", async () => {
    const f = await loadFixture(queuedFixture);
    const queuedAt = (await f.consensus.ballotOf(f.hash)).since;
    await expect(cast(f, 3, 4, SUPPORT.for))
      .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
      .withArgs(f.hash, refusal("WrongBallotState"), BALLOT.queued);
    await cast(f, 3, 4, SUPPORT.against);
    await time.increaseTo(queuedAt + DELAY + 1n);
    await expect(cast(f, 4, 5, SUPPORT.against))
      .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
      .withArgs(f.hash, refusal("VotingClosed"), queuedAt + DELAY);
  });
});
