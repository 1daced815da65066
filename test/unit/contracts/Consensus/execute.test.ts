import { expect } from "chai";
import { USDC, WAD, ZERO, ethers, loadFixture, takeSnapshot, time } from "../../../support/chain.ts";
import { RISK, type RefusalName, refusal } from "../../../support/enums.ts";
import { SLOW_POLICY, USDC_LIMIT } from "../../../support/nexus.ts";
import {
  TALLY,
  SUPPORT,
  castBy,
  coSignatureDigest,
  execute,
  expectNotExecuted,
  hashOf,
  openFixture,
  previewExecute,
  propose,
  queuedFixture,
  slowFixture,
  slowPayment,
  waitDelay,
  type Slow,
} from "../../../support/slowPath.ts";
import type { Proposal } from "../../../support/votes.ts";

describe("Consensus.execute", () => {
  it("makes the calls once the delay has passed, and never again [NX-CON-01]", async () => {
    const f = await loadFixture(queuedFixture);
    await waitDelay();
    expect((await previewExecute(f, f.proposal)).refusal).to.equal(refusal("None"));
    await expect(execute(f, f.proposal))
      .to.emit(f.consensus, "ProposalExecuted")
      .withArgs(f.hash, 1n, 5n * WAD, f.proposal.evidence);
    expect(await f.usdc.balanceOf(f.payee)).to.equal(5n * USDC);
    await expectNotExecuted(f, f.proposal, "WrongProposalState", { index: TALLY.none });
  });

  it("erases the tally, and the used nonce keeps it from another [NX-CON-01] [NX-CON-05]", async () => {
    const f = await loadFixture(queuedFixture);
    await waitDelay();
    await execute(f, f.proposal);
    const tally = await f.consensus.tallyOf(f.hash);
    expect([...tally].map(Number)).to.deep.equal([0, 0, 0, 0, 0, 0, 0, 0, 0]);
    const { operatorA, registry } = f;
    const again = async (why: RefusalName): Promise<void> => {
      const votes = castBy(f, f.proposal, f.voters);
      const answer = await f.consensus.previewPropose(f.proposal, RISK.elevated, votes);
      expect([answer.refusal, answer.index]).to.deep.equal([refusal(why), 0n]);
      await expect(f.consensus.propose(RISK.elevated, votes, f.proposal))
        .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
        .withArgs(f.hash, refusal(why), 0n);
      await expect(f.consensus.queue(f.hash))
        .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
        .withArgs(f.hash, refusal("WrongProposalState"), TALLY.none);
    };
    await again("NonceUsed");
    await registry.connect(operatorA).pause(1n);
    await registry.connect(operatorA).resume(1n);
    await again("NonceUsed");
  });

  it("refuses before the delay has passed, and says when it will have [NX-CON-01]", async () => {
    const f = await loadFixture(queuedFixture);
    const { votesUntil } = await f.consensus.tallyOf(f.hash);
    await expectNotExecuted(f, f.proposal, "DelayNotPassed", { index: votesUntil + 1n });
  });

  it("refuses after the deadline, whatever the settings are by then [NX-CON-01] [NX-CON-05]", async () => {
    const f = await loadFixture(queuedFixture);
    await time.increaseTo(f.proposal.deadline + 1n);
    await expectNotExecuted(f, f.proposal, "DeadlinePassed");
    await f.consensus.connect(f.admin).setPolicy(RISK.elevated, { ...SLOW_POLICY, maxDeadline: 518_400n });
    await expectNotExecuted(f, f.proposal, "DeadlinePassed");
  });

  it("makes the calls in the deadline's last second [NX-CON-01]", async () => {
    const f = await loadFixture(queuedFixture);
    await time.setNextBlockTimestamp(f.proposal.deadline);
    await execute(f, f.proposal);
    expect(await f.usdc.balanceOf(f.payee)).to.equal(5n * USDC);
  });

  it("refuses what was not queued, and what was altered by one unit [NX-CON-04]", async () => {
    const f = await loadFixture(openFixture);
    await expectNotExecuted(f, f.proposal, "WrongProposalState", { index: TALLY.voting });
    await expectNotExecuted(f, { ...f.proposal, maxLoss: f.proposal.maxLoss + 1n }, "WrongProposalState");
  });

  it("refuses another submitter than the one that the proposal names", async () => {
    const f = await loadFixture(slowFixture);
    const proposal = await slowPayment(f, undefined, { submitter: f.payee.address });
    await propose(f, proposal, f.voters);
    await waitDelay();
    await expectNotExecuted(f, proposal, "WrongSubmitter");
    await execute(f, proposal, "0x", f.payee);
  });

  it("looks at the votes again: votes against that came while it waited stop it [NX-CON-07]", async () => {
    const f = await loadFixture(slowFixture);
    const proposal = await slowPayment(f);
    await f.consensus.connect(f.admin).setPolicy(RISK.elevated, { ...SLOW_POLICY, threshold: 2_501n });
    await propose(f, proposal, f.voters.slice(0, 3));
    const against = castBy(f, proposal, f.voters.slice(3), { support: SUPPORT.against });
    await f.consensus.castVotes(hashOf(f, proposal), SUPPORT.against, against);
    await waitDelay();
    // Two of five are not enough to stop three; what counts is that they were counted.
    expect((await f.consensus.tallyOf(hashOf(f, proposal))).weightAgainst).to.equal(2_000n);
    await f.consensus.connect(f.admin).setPolicy(RISK.elevated, { ...SLOW_POLICY, threshold: 4_000n });
    await expectNotExecuted(f, proposal, "BelowThreshold");
  });

  it("may be executed when it was promised, whatever the delay is by then [NX-CON-05]", async () => {
    const f = await loadFixture(queuedFixture);
    const { votesUntil } = await f.consensus.tallyOf(f.hash);
    await f.consensus.connect(f.admin).setPolicy(RISK.elevated, { ...SLOW_POLICY, delay: 1n });
    await expectNotExecuted(f, f.proposal, "DelayNotPassed", { index: votesUntil + 1n });
    await f.consensus.connect(f.admin).setPolicy(RISK.elevated, { ...SLOW_POLICY, delay: 80_000n });
    await time.setNextBlockTimestamp(votesUntil + 1n);
    await execute(f, f.proposal);
    expect(await f.usdc.balanceOf(f.payee)).to.equal(5n * USDC);
  });

  it("leaves no second in which both a vote counts and it may be executed [NX-CON-05] [NX-CON-07]", async () => {
    const f = await loadFixture(queuedFixture);
    const { votesUntil } = await f.consensus.tallyOf(f.hash);
    const against = castBy(f, f.proposal, f.voters.slice(3), { support: SUPPORT.against });
    const last = await takeSnapshot();
    await time.setNextBlockTimestamp(votesUntil);
    await expect(execute(f, f.proposal))
      .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
      .withArgs(f.hash, refusal("DelayNotPassed"), votesUntil + 1n);
    await last.restore();
    const vote = await takeSnapshot();
    await time.setNextBlockTimestamp(votesUntil);
    await f.consensus.castVotes(f.hash, SUPPORT.against, against);
    await vote.restore();
    await time.setNextBlockTimestamp(votesUntil + 1n);
    await expect(f.consensus.castVotes(f.hash, SUPPORT.against, against))
      .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
      .withArgs(f.hash, refusal("VotingClosed"), votesUntil);
    await execute(f, f.proposal);
  });

  it("leaves nothing of a proposal whose condition fails [NX-CON-06]", async () => {
    const f = await loadFixture(slowFixture);
    const { conditions } = await slowPayment(f);
    const greedy = conditions.map((condition) => ({ ...condition, amount: condition.amount + 1n }));
    const proposal = await slowPayment(f, undefined, { conditions: greedy });
    await propose(f, proposal, f.voters);
    await waitDelay();
    await expect(execute(f, proposal)).to.be.revertedWithCustomError(f.consensus, "ConditionNotMet");
    expect((await f.consensus.tallyOf(hashOf(f, proposal))).state).to.equal(TALLY.queued);
    expect(await f.usdc.balanceOf(f.payee)).to.equal(0n);
  });

  describe("of a Critical proposal", () => {
    const criticalFixture = async () => {
      const f = await slowFixture();
      const proposal = await slowPayment(f);
      await propose(f, proposal, f.voters, RISK.critical);
      await waitDelay();
      return { ...f, proposal, hash: hashOf(f, proposal) };
    };

    it("wants the co-signer's signature of this proposal, chain and contract [NX-CON-02]", async () => {
      const f = await loadFixture(criticalFixture);
      const sign = (digest: string): string => f.coKey.signingKey.sign(digest).serialized;
      const foreign = { ...f.domain, chainId: 1n };
      const wrong = [
        "0x",
        sign(coSignatureDigest(f.domain, ethers.id("another"))),
        sign(coSignatureDigest(foreign, f.hash)),
        sign(coSignatureDigest({ ...f.domain, verifyingContract: f.addresses.treasury }, f.hash)),
        f.voters[0]?.key.signingKey.sign(coSignatureDigest(f.domain, f.hash)).serialized ?? "0x",
      ];
      for (const coSignature of wrong) await expectNotExecuted(f, f.proposal, "CoSignatureMissing", { coSignature });
      await execute(f, f.proposal, sign(coSignatureDigest(f.domain, f.hash)));
      expect(await f.usdc.balanceOf(f.payee)).to.equal(5n * USDC);
    });

    it("counts no co-signature of a guardian, though it became one afterwards [NX-CON-12]", async () => {
      const f = await loadFixture(criticalFixture);
      const coSignature = f.coKey.signingKey.sign(coSignatureDigest(f.domain, f.hash)).serialized;
      await f.breaker.connect(f.admin).setGuardian(f.coSigner, true);
      await expectNotExecuted(f, f.proposal, "CoSignatureMissing", { coSignature });
      await f.breaker.connect(f.admin).setGuardian(f.coSigner, false);
      await execute(f, f.proposal, coSignature);
      expect(await f.usdc.balanceOf(f.payee)).to.equal(5n * USDC);
    });

    it("passes for nobody while there is no co-signer", async () => {
      const f = await loadFixture(criticalFixture);
      await f.consensus.connect(f.admin).setCoSigner(ZERO);
      const coSignature = f.coKey.signingKey.sign(coSignatureDigest(f.domain, f.hash)).serialized;
      await expectNotExecuted(f, f.proposal, "CoSignatureMissing", { coSignature });
    });
  });

  describe("of calls of a higher class than was voted for", () => {
    const payment = async (f: Slow, amount: bigint, riskClass: bigint): Promise<Proposal> => {
      const proposal = await slowPayment(f, amount);
      await propose(f, proposal, f.voters, riskClass);
      await waitDelay();
      return proposal;
    };

    it("is refused by the mandate, and passes with the votes of that class [NX-CON-03]", async () => {
      const f = await loadFixture(slowFixture);
      await f.mandate.connect(f.admin).setLossLimit({ perAction: 1_000_000n * WAD, perDay: 4_000_000n * WAD });
      const more = 2n * USDC_LIMIT.perAction + 1n;
      const tooLow = await payment(f, more, RISK.elevated);
      await expect(execute(f, tooLow))
        .to.be.revertedWithCustomError(f.treasury, "ActionRefused")
        .withArgs(refusal("OverActionLimit"), 0n);
      expect((await previewExecute(f, tooLow)).refusal).to.equal(refusal("OverActionLimit"));
      const enough = await slowPayment(f, more, { nonce: 2n });
      await propose(f, enough, f.voters, RISK.critical);
      await waitDelay();
      const coSignature = f.coKey.signingKey.sign(coSignatureDigest(f.domain, hashOf(f, enough))).serialized;
      await execute(f, enough, coSignature);
      expect(await f.usdc.balanceOf(f.payee)).to.equal(more);
    });
  });
});
