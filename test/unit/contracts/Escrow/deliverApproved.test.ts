import { expect } from "chai";
import { USDC, ethers, loadFixture } from "../../../support/chain.ts";
import {
  JOB,
  PRICE,
  RESULT,
  deliveredFixture,
  feeOf,
  fundedFixture,
  netOf,
  performanceTerms,
  signApproval,
} from "../../../support/jobs.ts";
import { FUNDS, balanceOf, moneyFixture } from "../../../support/money.ts";

const approval = { result: RESULT, outcome: 0n };

describe("Escrow.deliverApproved", () => {
  describe("when the caller is not the worker", () => {
    it("reverts with NotJobParty", async () => {
      const f = await loadFixture(fundedFixture);
      const signature = await signApproval(f, f.terms, approval, f.depositor);
      await expect(f.escrow.connect(f.attacker).deliverApproved(f.terms, RESULT, 0n, signature))
        .to.be.revertedWithCustomError(f.escrow, "NotJobParty")
        .withArgs(f.jobId, f.attacker.address);
    });
  });

  describe("when the result is missing", () => {
    it("reverts with NoResult", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(f.escrow.connect(f.payee).deliverApproved(f.terms, ethers.ZeroHash, 0n, "0x"))
        .to.be.revertedWithCustomError(f.escrow, "NoResult")
        .withArgs(f.jobId);
    });
  });

  describe("given it is delivered already", () => {
    it("reverts with WrongJobStatus", async () => {
      const f = await loadFixture(deliveredFixture);
      const signature = await signApproval(f, f.terms, approval, f.depositor);
      await expect(f.escrow.connect(f.payee).deliverApproved(f.terms, RESULT, 0n, signature))
        .to.be.revertedWithCustomError(f.escrow, "WrongJobStatus")
        .withArgs(f.jobId, JOB.delivered);
    });
  });

  describe("when somebody else approved, or something else was approved", () => {
    it("reverts with InvalidApproval", async () => {
      const f = await loadFixture(fundedFixture);
      const worker = f.escrow.connect(f.payee);
      const own = await signApproval(f, f.terms, approval, f.payee);
      const other = await signApproval(f, f.terms, { ...approval, result: ethers.id("other work") }, f.depositor);
      const outcome = await signApproval(f, f.terms, { ...approval, outcome: 1n }, f.depositor);
      const job = await signApproval(f, { ...f.terms, reviewPeriod: 99n }, approval, f.depositor);
      for (const signature of [own, other, outcome, job, "0x"]) {
        await expect(worker.deliverApproved(f.terms, RESULT, 0n, signature))
          .to.be.revertedWithCustomError(f.escrow, "InvalidApproval")
          .withArgs(f.jobId, f.depositor.address);
      }
    });
  });

  describe("when the client approved, and there is no evaluator", () => {
    it("delivers and pays in one transaction [NX-ESC-01]", async () => {
      const f = await loadFixture(fundedFixture);
      const signature = await signApproval(f, f.terms, approval, f.depositor);
      const delivering = f.escrow.connect(f.payee).deliverApproved(f.terms, RESULT, 0n, signature);
      await expect(delivering).to.emit(f.escrow, "JobDelivered").withArgs(f.jobId, RESULT);
      await expect(delivering).to.emit(f.escrow, "JobEnded").withArgs(f.jobId, JOB.paid);
      expect(await balanceOf(f, f.payee)).to.equal(netOf(PRICE));
      expect(await f.accounts.feesOf(f.addresses.usdc, f.payee.address)).to.equal(feeOf(PRICE));
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - PRICE);
    });
  });

  describe("when the evaluator approved an outcome", () => {
    it("pays worker and evaluator, and returns the rest", async () => {
      const f = await loadFixture(moneyFixture);
      const terms = await performanceTerms(f);
      await f.escrow.connect(f.depositor).fund(terms);
      const outcome = 300n * USDC;
      const signature = await signApproval(f, terms, { result: RESULT, outcome }, f.operatorB);
      await f.escrow.connect(f.payee).deliverApproved(terms, RESULT, outcome, signature);
      const earned = 80n * USDC;
      expect(await balanceOf(f, f.payee)).to.equal(netOf(earned));
      expect(await balanceOf(f, f.operatorB)).to.equal(terms.evaluatorPay);
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - earned - terms.evaluatorPay);
    });
  });
});
