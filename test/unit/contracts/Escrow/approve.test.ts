import { expect } from "chai";
import { USDC, loadFixture, time } from "../../../support/chain.ts";
import {
  JOB,
  PRICE,
  acceptedFixture,
  deliveredFixture,
  disputedFixture,
  feeOf,
  netOf,
  paidFixture,
  performanceFixture,
} from "../../../support/jobs.ts";
import { FUNDS, balanceOf } from "../../../support/money.ts";

describe("Escrow.approve", () => {
  describe("when the caller is not the one who judges", () => {
    it("reverts with NotJobParty: the client judges only where there is no evaluator", async () => {
      const fixed = await loadFixture(deliveredFixture);
      await expect(fixed.escrow.connect(fixed.payee).approve(fixed.terms, 0n))
        .to.be.revertedWithCustomError(fixed.escrow, "NotJobParty")
        .withArgs(fixed.jobId, fixed.payee.address);
      const f = await loadFixture(performanceFixture);
      await expect(f.escrow.connect(f.depositor).approve(f.terms, 0n))
        .to.be.revertedWithCustomError(f.escrow, "NotJobParty")
        .withArgs(f.jobId, f.depositor.address);
    });
  });

  describe("given nothing is delivered, it is disputed, or it is over", () => {
    it("reverts with WrongJobStatus [NX-ESC-01]", async () => {
      const cases = [
        [acceptedFixture, JOB.accepted],
        [disputedFixture, JOB.disputed],
        [paidFixture, JOB.paid],
      ] as const;
      for (const [fixture, status] of cases) {
        const f = await loadFixture<Awaited<ReturnType<typeof acceptedFixture>>>(fixture);
        await expect(f.escrow.connect(f.depositor).approve(f.terms, 0n))
          .to.be.revertedWithCustomError(f.escrow, "WrongJobStatus")
          .withArgs(f.jobId, status);
      }
    });
  });

  describe("when the window is over", () => {
    it("reverts with JobTermOver (evaluator replies after the timeout) [NX-ESC-02]", async () => {
      const f = await loadFixture(performanceFixture);
      await time.setNextBlockTimestamp(f.judgeBy + 1n);
      await expect(f.escrow.connect(f.operatorB).approve(f.terms, 0n))
        .to.be.revertedWithCustomError(f.escrow, "JobTermOver")
        .withArgs(f.jobId, f.judgeBy);
    });
  });

  describe("when the outcome would earn more than the cap", () => {
    it("reverts with OutcomeAboveCap, and takes the largest that counts", async () => {
      const f = await loadFixture(performanceFixture);
      const most = await f.escrow.maxOutcomeOf(f.terms);
      await expect(f.escrow.connect(f.operatorB).approve(f.terms, most + 1n))
        .to.be.revertedWithCustomError(f.escrow, "OutcomeAboveCap")
        .withArgs(f.jobId, f.terms.cap + 1n, f.terms.cap);
      await f.escrow.connect(f.operatorB).approve(f.terms, most);
      expect(await balanceOf(f, f.payee)).to.equal(netOf(f.terms.cap));
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - f.terms.cap - f.terms.evaluatorPay);
    });
  });

  describe("given a fixed price", () => {
    it("pays it in the window's last second, the fee accrued in the worker's slot [NX-ESC-01]", async () => {
      const f = await loadFixture(deliveredFixture);
      await time.setNextBlockTimestamp(f.judgeBy);
      const approving = f.escrow.connect(f.depositor).approve(f.terms, 12_345n);
      await expect(approving).to.emit(f.escrow, "JobEnded").withArgs(f.jobId, JOB.paid);
      expect(await balanceOf(f, f.payee)).to.equal(netOf(PRICE));
      expect(await f.accounts.feesOf(f.addresses.usdc, f.payee.address)).to.equal(feeOf(PRICE));
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - PRICE);
      expect((await f.escrow.jobOf(f.terms)).reserved).to.equal(0n);
      expect(await f.escrow.maxOutcomeOf(f.terms)).to.equal(2n ** 128n - 1n);
    });
  });

  describe("given a price by outcome", () => {
    it("pays the floor for no outcome, and a part of any other one", async () => {
      for (const [outcome, earned] of [
        [0n, 50n * USDC],
        [9n, 50n * USDC],
        [400n * USDC, 90n * USDC],
      ] as const) {
        const f = await loadFixture(performanceFixture);
        await f.escrow.connect(f.operatorB).approve(f.terms, outcome);
        expect(await balanceOf(f, f.payee)).to.equal(netOf(earned));
        expect(await balanceOf(f, f.operatorB)).to.equal(f.terms.evaluatorPay);
        expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - earned - f.terms.evaluatorPay);
      }
    });
  });
});
