import { expect } from "chai";
import { contractOf, seatContract, spareKey } from "../../../support/agents.ts";
import { at, ethers, loadFixture, now, takeSnapshot, time } from "../../../support/chain.ts";
import { RISK, type RefusalName, refusal } from "../../../support/enums.ts";
import { SLOW_POLICY } from "../../../support/nexus.ts";
import {
  TALLY,
  DELAY,
  SUPPORT,
  ballotDigest,
  castBy,
  hashOf,
  openFixture,
  propose,
  queuedFixture,
  slowFixture,
  slowPayment,
} from "../../../support/slowPath.ts";

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
    const tally = await f.consensus.tallyOf(f.hash);
    expect([tally.weightFor, tally.weightAgainst, tally.votersFor, tally.seats]).to.deep.equal([
      2_000n,
      1_000n,
      2n,
      15n,
    ]);
  });

  it("count an operator once, also in later votes [NX-CON-02]", async () => {
    const f = await loadFixture(openFixture);
    await cast(f, 1, 3, SUPPORT.for);
    expect((await f.consensus.tallyOf(f.hash)).operatorsFor).to.equal(2n);
    await cast(f, 3, 5, SUPPORT.for);
    const tally = await f.consensus.tallyOf(f.hash);
    expect([tally.votersFor, tally.operatorsFor, tally.weightFor]).to.deep.equal([5n, 3n, 5_000n]);
  });

  it("refuse a row that is none, is cut off, or has a signature by nobody or by a stranger", async () => {
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
    await refused(ethers.concat([row, castBy(f, f.proposal, [{ agentId: 9n, key: spareKey() }])]), "UnknownSigner", 2n);
  });

  it("pass over votes in a row that are counted already, by whomever, and count the others [NX-CON-07]", async () => {
    const f = await loadFixture(openFixture);
    await cast(f, 1, 2, SUPPORT.for);
    await expect(cast(f, 0, 3, SUPPORT.for))
      .to.emit(f.consensus, "VotesCast")
      .withArgs(f.hash, SUPPORT.for, 4n, 1_000n);
    const twice = castBy(f, f.proposal, [at(f.voters, 3), at(f.voters, 3)]);
    await f.consensus.castVotes(f.hash, SUPPORT.for, twice);
    const tally = await f.consensus.tallyOf(f.hash);
    expect([tally.weightFor, tally.votersFor, tally.operatorsFor]).to.deep.equal([4_000n, 4n, 2n]);
  });

  it("take a row as long as there are voting seats, the same vote again and again", async () => {
    const f = await loadFixture(openFixture);
    const row = castBy(f, f.proposal, Array<(typeof f.voters)[number]>(128).fill(at(f.voters, 1)));
    await f.consensus.castVotes(f.hash, SUPPORT.for, row);
    const tally = await f.consensus.tallyOf(f.hash);
    expect([tally.weightFor, tally.votersFor, tally.seats]).to.deep.equal([2_000n, 2n, 3n]);
  });

  it("pass over votes in a row that their agents spoilt meanwhile, each in its way [NX-CON-07]", async () => {
    const f = await loadFixture(openFixture);
    const registry = f.registry.connect(f.operatorB);
    const ways = [
      () => registry.pause(3n),
      () => registry.revokeKeys(3n),
      () => registry.terminate(3n),
      async () => {
        await registry.pause(3n);
        await registry.resume(3n);
      },
      async () => {
        await f.registry.connect(f.admin).setWeightCap(0n);
        await f.registry.refreshWeight(3n);
      },
    ];
    for (const spoil of ways) {
      const snapshot = await takeSnapshot();
      await spoil();
      await cast(f, 1, 4, SUPPORT.for);
      const { weightFor, seats } = await f.consensus.tallyOf(f.hash);
      expect([weightFor, seats]).to.deep.equal([3_000n, 0b1011n]);
      await snapshot.restore();
    }
  });

  it("refuse a row of which none counts, with the reason of the first", async () => {
    const f = await loadFixture(openFixture);
    await f.registry.connect(f.admin).setWeightCap(0n);
    for (const agentId of [2n, 3n]) await f.registry.refreshWeight(agentId);
    await expect(cast(f, 1, 3, SUPPORT.for))
      .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
      .withArgs(f.hash, refusal("NoWeight"), 0n);
  });

  it("refuse a second vote of an agent, however it comes, and say of whom [NX-CON-04]", async () => {
    const f = await loadFixture(openFixture);
    const refused = { reverted: "ProposalRefused", args: [f.hash, refusal("AlreadyVoted")] } as const;
    await expect(cast(f, 0, 1, SUPPORT.against))
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
    expect((await f.consensus.tallyOf(f.hash)).weightAgainst).to.equal(1_000n);
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
    expect((await f.consensus.tallyOf(f.hash)).weightAgainst).to.equal(1_000n);
  });

  it("take what a contract that has a seat accepts by ERC-1271, once, and no row of its key's [NX-CON-04] [NX-CON-07]", async () => {
    const f = await loadFixture(slowFixture);
    const key = spareKey();
    const contract = await contractOf(key);
    await seatContract(f, contract, key);
    await time.increase(1n);
    const proposal = await slowPayment(f);
    const hash = hashOf(f, proposal);
    await propose(f, proposal, f.voters.slice(0, 1));
    const signature = key.signingKey.sign(ballotDigest(f.domain, hash, RISK.elevated, SUPPORT.for));
    const refused = (sent: Promise<unknown>, why: RefusalName) =>
      expect(sent).to.be.revertedWithCustomError(f.consensus, "ProposalRefused").withArgs(hash, refusal(why), 0n);
    await refused(f.consensus.castVotes(hash, SUPPORT.for, signature.compactSerialized), "UnknownSigner");
    await refused(f.consensus.castVoteBySig(hash, SUPPORT.against, contract, signature.serialized), "InvalidSignature");
    await f.consensus.castVoteBySig(hash, SUPPORT.for, contract, signature.serialized);
    const tally = await f.consensus.tallyOf(hash);
    expect([tally.weightFor, tally.votersFor, tally.operatorsFor]).to.deep.equal([2_000n, 2n, 2n]);
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
      .withArgs(unknown, refusal("WrongProposalState"), TALLY.none);
    await time.increaseTo(f.proposal.deadline + 1n);
    await expect(cast(f, 1, 2, SUPPORT.for))
      .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
      .withArgs(f.hash, refusal("VotingClosed"), f.proposal.deadline);
    expect((await f.consensus.previewQueue(f.hash)).refusal).to.equal(refusal("VotingClosed"));
  });

  it("count in the last second of voting [NX-CON-05]", async () => {
    const f = await loadFixture(openFixture);
    await time.setNextBlockTimestamp(f.proposal.deadline);
    await cast(f, 1, 2, SUPPORT.for);
    expect((await f.consensus.tallyOf(f.hash)).weightFor).to.equal(2_000n);
  });

  it("count as long as was promised when the tally opened, whatever is set meanwhile [NX-CON-05]", async () => {
    const f = await loadFixture(openFixture);
    const consensus = f.consensus.connect(f.admin);
    await consensus.setPolicy(RISK.elevated, { ...SLOW_POLICY, maxDeadline: 61n });
    await time.setNextBlockTimestamp(f.proposal.deadline);
    await cast(f, 1, 2, SUPPORT.for);
    await consensus.setPolicy(RISK.elevated, { ...SLOW_POLICY, maxDeadline: 518_400n });
    await time.setNextBlockTimestamp(f.proposal.deadline + 10n);
    await expect(cast(f, 2, 3, SUPPORT.for))
      .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
      .withArgs(f.hash, refusal("VotingClosed"), f.proposal.deadline);
  });

  it("count, for and against alike, until the delay of a queued proposal has passed [NX-CON-07]", async () => {
    const f = await loadFixture(queuedFixture);
    const { votesUntil } = await f.consensus.tallyOf(f.hash);
    await cast(f, 3, 4, SUPPORT.for);
    await time.setNextBlockTimestamp(votesUntil);
    await cast(f, 4, 5, SUPPORT.against);
    const { weightFor, weightAgainst } = await f.consensus.tallyOf(f.hash);
    expect([weightFor, weightAgainst]).to.deep.equal([4_000n, 1_000n]);
  });

  it("are refused for weight that is as new as the proposal, before and after it is queued [NX-CON-10]", async () => {
    const f = await loadFixture(slowFixture);
    const registry = f.registry.connect(f.operatorB);
    await registry.pause(3n);
    const proposal = await slowPayment(f);
    const hash = hashOf(f, proposal);
    const second = (await now()) + 10n;
    await time.setNextBlockTimestamp(second);
    await registry.resume(3n);
    await time.setNextBlockTimestamp(second);
    await propose(f, proposal, f.voters.slice(0, 1));
    const tooNew = (support: bigint) =>
      expect(f.consensus.castVotes(hash, support, castBy(f, proposal, [at(f.voters, 2)], { support })))
        .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
        .withArgs(hash, refusal("WeightTooNew"), 0n);
    for (const support of Object.values(SUPPORT)) await tooNew(support);
    await time.setNextBlockTimestamp(second + DELAY);
    await f.consensus.castVotes(hash, SUPPORT.for, castBy(f, proposal, [at(f.voters, 1), at(f.voters, 3)]));
    await f.consensus.queue(hash);
    for (const support of Object.values(SUPPORT)) await tooNew(support);
  });
});
