import { expect } from "chai";
import { USDC, loadFixture, time } from "../../../support/chain.ts";
import { JOB, PRICE, deliveredFixture, disputedFixture, netOf, performanceFixture } from "../../../support/jobs.ts";
import { FUNDS, balanceOf } from "../../../support/money.ts";

describe("Escrow.arbitrate", () => {
  describe("when the caller is not the arbiter", () => {
    it("reverts with NotJobParty", async () => {
      const f = await loadFixture(disputedFixture);
      await expect(f.escrow.connect(f.depositor).arbitrate(f.terms, 0n))
        .to.be.revertedWithCustomError(f.escrow, "NotJobParty")
        .withArgs(f.jobId, f.depositor.address);
    });
  });

  describe("given nobody disputes it", () => {
    it("reverts with WrongJobStatus", async () => {
      const f = await loadFixture(deliveredFixture);
      await expect(f.escrow.connect(f.operatorA).arbitrate(f.terms, 0n))
        .to.be.revertedWithCustomError(f.escrow, "WrongJobStatus")
        .withArgs(f.jobId, JOB.delivered);
    });
  });

  describe("when the arbiter's window is over", () => {
    it("reverts with JobTermOver", async () => {
      const f = await loadFixture(disputedFixture);
      await time.setNextBlockTimestamp(f.decideBy + 1n);
      await expect(f.escrow.connect(f.operatorA).arbitrate(f.terms, 0n))
        .to.be.revertedWithCustomError(f.escrow, "JobTermOver")
        .withArgs(f.jobId, f.decideBy);
    });
  });

  describe("when the award is above the cap", () => {
    it("reverts with AwardAboveCap, though the evaluator's pay is reserved too [NX-ESC-01]", async () => {
      const f = await loadFixture(performanceFixture);
      await f.escrow.connect(f.depositor).dispute(f.terms);
      await expect(f.escrow.connect(f.operatorA).arbitrate(f.terms, f.terms.cap + 1n))
        .to.be.revertedWithCustomError(f.escrow, "AwardAboveCap")
        .withArgs(f.jobId, f.terms.cap + 1n, f.terms.cap);
    });
  });

  describe("when the arbiter decides", () => {
    it("pays the worker what it says and the client the rest, from nothing to all [NX-ESC-01]", async () => {
      for (const earned of [0n, 30n * USDC, PRICE]) {
        const f = await loadFixture(disputedFixture);
        await expect(f.escrow.connect(f.operatorA).arbitrate(f.terms, earned))
          .to.emit(f.escrow, "JobEnded")
          .withArgs(f.jobId, JOB.arbitrated);
        expect(await balanceOf(f, f.payee)).to.equal(netOf(earned));
        expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - earned);
      }
    });

    it("returns the pay of an evaluator that said nothing", async () => {
      const f = await loadFixture(performanceFixture);
      await f.escrow.connect(f.depositor).dispute(f.terms);
      await f.escrow.connect(f.operatorA).arbitrate(f.terms, 0n);
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS);
    });
  });
});
