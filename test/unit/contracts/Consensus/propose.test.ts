import { expect } from "chai";
import { ethers, loadFixture, now, time, voteKey } from "../../../support/chain.ts";
import { RISK, type RefusalName, refusal } from "../../../support/enums.ts";
import { fundedFixture } from "../../../support/nexus.ts";
import {
  TALLY,
  DELAY,
  SUPPORT,
  ballotDigest,
  castBy,
  coSignatureDigest,
  hashOf,
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
  const answer = await consensus.previewPropose(proposal, riskClass, votes);
  expect([answer.refusal, answer.index], "previewPropose").to.deep.equal([refusal(why), index]);
  await expect(consensus.propose(riskClass, votes, proposal))
    .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
    .withArgs(hashOf(f, proposal), refusal(why), index);
};

describe("Consensus.propose", () => {
  it("opens a tally with the first votes, uses up the nonce, and tells both [NX-CON-01] [NX-CON-04]", async () => {
    const f = await loadFixture(slowFixture);
    const proposal = await slowPayment(f);
    const hash = hashOf(f, proposal);
    const votes = castBy(f, proposal, f.voters.slice(0, 2));
    const { refusal: none } = await f.consensus.previewPropose(proposal, RISK.elevated, votes);
    expect(none).to.equal(refusal("None"));
    await expect(f.consensus.connect(f.anyone).propose(RISK.elevated, votes, proposal))
      .to.emit(f.consensus, "Proposed")
      .withArgs(hash, 1n, RISK.elevated, proposal.deadline, 3n, 2_000n, 0n);
    expect([...(await f.consensus.tallyOf(hash))]).to.deep.equal([
      TALLY.voting,
      RISK.elevated,
      await now(),
      proposal.deadline,
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
      .withArgs(hashOf(f, proposal), 1n, RISK.elevated, proposal.deadline, 31n, 5_000n, (await now()) + DELAY);
    const { state, since, votesUntil } = await f.consensus.tallyOf(hashOf(f, proposal));
    expect([state, since, votesUntil]).to.deep.equal([TALLY.queued, await now(), (await now()) + DELAY - 1n]);
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
    await expectRefused(f, proposal, { votes, riskClass: RISK.routine }, "WrongProposalState", TALLY.none);
  });

  it("refuses a proposal that has a tally, whatever became of it [NX-CON-05]", async () => {
    const f = await loadFixture(queuedFixture);
    const votes = castBy(f, f.proposal, f.voters);
    await expectRefused(f, f.proposal, { votes }, "WrongProposalState", TALLY.queued);
    await f.consensus.connect(f.guardian).veto(f.hash, "no");
    await expectRefused(f, f.proposal, { votes }, "WrongProposalState", TALLY.vetoed);
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

  it("queues nothing of a class without demands, be the deadline this very second [NX-CON-02]", async () => {
    const f = await loadFixture(fundedFixture);
    const deadline = (await now()) + 10n;
    const proposal = await slowPayment(f, undefined, { deadline });
    await time.setNextBlockTimestamp(deadline);
    await propose(f, proposal, f.voters, RISK.critical);
    expect((await f.consensus.tallyOf(hashOf(f, proposal))).state).to.equal(TALLY.voting);
    expect((await f.consensus.previewQueue(hashOf(f, proposal))).refusal).to.equal(refusal("BelowThreshold"));
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
