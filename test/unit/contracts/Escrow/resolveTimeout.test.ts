import { expect } from "chai";
import { loadFixture, time } from "../../../support/chain.ts";
import {
  JOB,
  PRICE,
  acceptedFixture,
  deliveredFixture,
  disputedFixture,
  fundedFixture,
  netOf,
  paidFixture,
  performanceFixture,
} from "../../../support/jobs.ts";
import { FUNDS, balanceOf } from "../../../support/money.ts";

describe("Escrow.resolveTimeout", () => {
  describe("given it is over", () => {
    it("reverts with WrongJobStatus [NX-ESC-01]", async () => {
      const f = await loadFixture(paidFixture);
      await expect(f.escrow.resolveTimeout(f.terms))
        .to.be.revertedWithCustomError(f.escrow, "WrongJobStatus")
        .withArgs(f.jobId, JOB.paid);
    });
  });

  describe("when the term that it waits for is not over", () => {
    it("reverts with JobTermRunning, in its last second too", async () => {
      const undelivered = await loadFixture(acceptedFixture);
      await time.setNextBlockTimestamp(undelivered.terms.deliverBy);
      await expect(undelivered.escrow.resolveTimeout(undelivered.terms))
        .to.be.revertedWithCustomError(undelivered.escrow, "JobTermRunning")
        .withArgs(undelivered.jobId, undelivered.terms.deliverBy);
      const delivered = await loadFixture(deliveredFixture);
      await time.setNextBlockTimestamp(delivered.judgeBy);
      await expect(delivered.escrow.resolveTimeout(delivered.terms))
        .to.be.revertedWithCustomError(delivered.escrow, "JobTermRunning")
        .withArgs(delivered.jobId, delivered.judgeBy);
    });
  });

  describe("given nothing was delivered", () => {
    it("returns all to the client, by anyone: a silent worker keeps nothing [NX-ESC-02]", async () => {
      for (const [fixture, status] of [
        [fundedFixture, JOB.cancelled],
        [acceptedFixture, JOB.failed],
      ] as const) {
        const f = await loadFixture(fixture);
        await time.setNextBlockTimestamp(f.terms.deliverBy + 1n);
        await expect(f.escrow.connect(f.anyone).resolveTimeout(f.terms))
          .to.emit(f.escrow, "JobEnded")
          .withArgs(f.jobId, status);
        expect(await balanceOf(f, f.depositor)).to.equal(FUNDS);
        expect(await balanceOf(f, f.payee)).to.equal(0n);
      }
    });
  });

  describe("given a delivery that the client did not judge", () => {
    it("pays the price: a silent client keeps nothing [NX-ESC-02]", async () => {
      const f = await loadFixture(deliveredFixture);
      await time.setNextBlockTimestamp(f.judgeBy + 1n);
      await expect(f.escrow.connect(f.anyone).resolveTimeout(f.terms))
        .to.emit(f.escrow, "JobEnded")
        .withArgs(f.jobId, JOB.paid);
      expect(await balanceOf(f, f.payee)).to.equal(netOf(PRICE));
    });
  });

  describe("given a delivery that the evaluator did not judge", () => {
    it("pays by schedule, and the evaluator nothing [NX-ESC-02]", async () => {
      const f = await loadFixture(performanceFixture);
      await time.setNextBlockTimestamp(f.judgeBy + 1n);
      await f.escrow.connect(f.anyone).resolveTimeout(f.terms);
      expect(await balanceOf(f, f.payee)).to.equal(netOf(f.terms.timeoutPayment));
      expect(await balanceOf(f, f.operatorB)).to.equal(0n);
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - f.terms.timeoutPayment);
    });
  });

  describe("given a dispute that the arbiter did not decide", () => {
    it("pays by schedule [NX-ESC-02]", async () => {
      const f = await loadFixture(disputedFixture);
      await time.setNextBlockTimestamp(f.decideBy + 1n);
      await f.escrow.connect(f.anyone).resolveTimeout(f.terms);
      expect(await balanceOf(f, f.payee)).to.equal(netOf(PRICE));
    });
  });
});
