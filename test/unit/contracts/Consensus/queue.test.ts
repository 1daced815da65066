import { expect } from "chai";
import { ethers, loadFixture, now, takeSnapshot, time } from "../../../support/chain.ts";
import { RISK, type RefusalName, refusal } from "../../../support/enums.ts";
import { SLOW_POLICY } from "../../../support/nexus.ts";
import { TALLY, DELAY, SUPPORT, castBy, openFixture, queuedFixture } from "../../../support/slowPath.ts";

describe("Consensus.queue", () => {
  it("starts the delay of what has all that its class demands, for anyone", async () => {
    const f = await loadFixture(openFixture);
    const { since } = await f.consensus.tallyOf(f.hash);
    await f.consensus.castVotes(f.hash, SUPPORT.for, castBy(f, f.proposal, f.voters.slice(1, 3)));
    expect((await f.consensus.previewQueue(f.hash)).refusal).to.equal(refusal("None"));
    const queued = f.consensus.connect(f.anyone).queue(f.hash);
    await queued;
    await expect(queued)
      .to.emit(f.consensus, "ProposalQueued")
      .withArgs(f.hash, (await now()) + DELAY);
    const tally = await f.consensus.tallyOf(f.hash);
    expect([tally.state, tally.since]).to.deep.equal([TALLY.queued, since]);
    expect(tally.votesUntil).to.equal((await now()) + DELAY - 1n);
  });

  it("refuses what lacks weight, voters or operators, and what has as much against [NX-CON-02]", async () => {
    const f = await loadFixture(openFixture);
    const refused = async (why: RefusalName): Promise<void> => {
      expect((await f.consensus.previewQueue(f.hash)).refusal, "previewQueue").to.equal(refusal(why));
      await expect(f.consensus.queue(f.hash))
        .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
        .withArgs(f.hash, refusal(why), 0n);
    };
    await refused("BelowThreshold");
    const against = castBy(f, f.proposal, f.voters.slice(4), { support: SUPPORT.against });
    await f.consensus.castVotes(f.hash, SUPPORT.against, against);
    await refused("MoreAgainst");
    await f.consensus.castVotes(f.hash, SUPPORT.for, castBy(f, f.proposal, f.voters.slice(1, 3)));
    const consensus = f.consensus.connect(f.admin);
    await consensus.setPolicy(RISK.elevated, { ...SLOW_POLICY, minVoters: 4n });
    await refused("TooFewVoters");
    await consensus.setPolicy(RISK.elevated, { ...SLOW_POLICY, minOperators: 3n });
    await refused("TooFewOperators");
  });

  it("takes what was voted in time in the last second of voting, and nothing later [NX-CON-05]", async () => {
    const f = await loadFixture(openFixture);
    await f.consensus.castVotes(f.hash, SUPPORT.for, castBy(f, f.proposal, f.voters.slice(1, 3)));
    const { votesUntil } = await f.consensus.tallyOf(f.hash);
    const last = await takeSnapshot();
    await time.setNextBlockTimestamp(votesUntil + 1n);
    await expect(f.consensus.queue(f.hash))
      .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
      .withArgs(f.hash, refusal("VotingClosed"), votesUntil);
    await last.restore();
    await time.setNextBlockTimestamp(votesUntil);
    await f.consensus.queue(f.hash);
    expect((await f.consensus.tallyOf(f.hash)).state).to.equal(TALLY.queued);
  });

  it("refuses an unknown proposal and one that is queued already", async () => {
    const f = await loadFixture(queuedFixture);
    for (const [hash, state] of [
      [ethers.id("unknown"), TALLY.none],
      [f.hash, TALLY.queued],
    ] as const) {
      await expect(f.consensus.queue(hash))
        .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
        .withArgs(hash, refusal("WrongProposalState"), state);
    }
  });
});
