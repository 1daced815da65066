import { expect } from "chai";
import { loadFixture, now, time } from "../../../support/chain.ts";
import { JOB, acceptedFixture, deliveredFixture, disputedFixture, performanceFixture } from "../../../support/jobs.ts";
import { balanceOf } from "../../../support/money.ts";

describe("Escrow.dispute", () => {
  describe("when the caller is neither client nor evaluator", () => {
    it("reverts with NotJobParty", async () => {
      const f = await loadFixture(deliveredFixture);
      await expect(f.escrow.connect(f.payee).dispute(f.terms))
        .to.be.revertedWithCustomError(f.escrow, "NotJobParty")
        .withArgs(f.jobId, f.payee.address);
    });
  });

  describe("given nothing is delivered, or it is disputed already", () => {
    it("reverts with WrongJobStatus, so that no window begins again", async () => {
      const accepted = await loadFixture(acceptedFixture);
      await expect(accepted.escrow.connect(accepted.depositor).dispute(accepted.terms))
        .to.be.revertedWithCustomError(accepted.escrow, "WrongJobStatus")
        .withArgs(accepted.jobId, JOB.accepted);
      const disputed = await loadFixture(disputedFixture);
      await expect(disputed.escrow.connect(disputed.depositor).dispute(disputed.terms))
        .to.be.revertedWithCustomError(disputed.escrow, "WrongJobStatus")
        .withArgs(disputed.jobId, JOB.disputed);
    });
  });

  describe("when the window is over", () => {
    it("reverts with JobTermOver", async () => {
      const f = await loadFixture(deliveredFixture);
      await time.setNextBlockTimestamp(f.judgeBy + 1n);
      await expect(f.escrow.connect(f.depositor).dispute(f.terms))
        .to.be.revertedWithCustomError(f.escrow, "JobTermOver")
        .withArgs(f.jobId, f.judgeBy);
    });
  });

  describe("when the client disputes in the window's last second", () => {
    it("starts the arbiter's window and emits JobDisputed", async () => {
      const f = await loadFixture(deliveredFixture);
      await time.setNextBlockTimestamp(f.judgeBy);
      await expect(f.escrow.connect(f.depositor).dispute(f.terms))
        .to.emit(f.escrow, "JobDisputed")
        .withArgs(f.jobId, f.depositor.address);
      const job = await f.escrow.jobOf(f.terms);
      expect([job.status, job.reviewStartedAt]).to.deep.equal([JOB.disputed, await now()]);
    });
  });

  describe("given there is an evaluator", () => {
    it("pays it for disputing as it would for approving", async () => {
      const f = await loadFixture(performanceFixture);
      await f.escrow.connect(f.operatorB).dispute(f.terms);
      expect(await balanceOf(f, f.operatorB)).to.equal(f.terms.evaluatorPay);
      expect((await f.escrow.jobOf(f.terms)).reserved).to.equal(f.terms.cap);
    });

    it("pays it nothing when the client disputes", async () => {
      const f = await loadFixture(performanceFixture);
      await f.escrow.connect(f.depositor).dispute(f.terms);
      expect(await balanceOf(f, f.operatorB)).to.equal(0n);
      expect((await f.escrow.jobOf(f.terms)).reserved).to.equal(f.terms.cap + f.terms.evaluatorPay);
    });
  });
});
