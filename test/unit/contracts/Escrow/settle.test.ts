import { expect } from "chai";
import { USDC, loadFixture, now, time } from "../../../support/chain.ts";
import {
  JOB,
  PRICE,
  acceptedFixture,
  deliveredFixture,
  disputedFixture,
  fundedFixture,
  netOf,
  paidFixture,
  signSettlement,
} from "../../../support/jobs.ts";
import { FUNDS, balanceOf } from "../../../support/money.ts";

const EARNED = 40n * USDC;

describe("Escrow.settle", () => {
  describe("when the caller is neither client nor worker", () => {
    it("reverts with NotJobParty", async () => {
      const f = await loadFixture(disputedFixture);
      await expect(f.escrow.connect(f.operatorA).settle(f.terms, EARNED, 0n, "0x"))
        .to.be.revertedWithCustomError(f.escrow, "NotJobParty")
        .withArgs(f.jobId, f.operatorA.address);
    });
  });

  describe("given the job is over", () => {
    it("reverts with WrongJobStatus [NX-ESC-01]", async () => {
      const f = await loadFixture(paidFixture);
      await expect(f.escrow.connect(f.payee).settle(f.terms, EARNED, 0n, "0x"))
        .to.be.revertedWithCustomError(f.escrow, "WrongJobStatus")
        .withArgs(f.jobId, JOB.paid);
    });
  });

  describe("when the agreement has expired", () => {
    it("reverts with SettlementExpired", async () => {
      const f = await loadFixture(disputedFixture);
      const deadline = (await now()) + 10n;
      const signature = await signSettlement(f, f.terms, { earned: EARNED, deadline }, f.depositor);
      await time.setNextBlockTimestamp(deadline + 1n);
      await expect(f.escrow.connect(f.payee).settle(f.terms, EARNED, deadline, signature))
        .to.be.revertedWithCustomError(f.escrow, "SettlementExpired")
        .withArgs(f.jobId, deadline);
    });
  });

  describe("when the signature is not the other party's over this job, amount and deadline", () => {
    it("reverts with InvalidSettlement", async () => {
      const f = await loadFixture(disputedFixture);
      const deadline = (await now()) + 100n;
      const other = await signSettlement(f, f.terms, { earned: EARNED - 1n, deadline }, f.depositor);
      const own = await signSettlement(f, f.terms, { earned: EARNED, deadline }, f.payee);
      for (const signature of [other, own, "0x"]) {
        await expect(f.escrow.connect(f.payee).settle(f.terms, EARNED, deadline, signature))
          .to.be.revertedWithCustomError(f.escrow, "InvalidSettlement")
          .withArgs(f.jobId, f.depositor.address);
      }
    });
  });

  describe("when they agree on more than the cap", () => {
    it("reverts with AwardAboveCap", async () => {
      const f = await loadFixture(disputedFixture);
      const agreed = { earned: PRICE + 1n, deadline: (await now()) + 100n };
      const signature = await signSettlement(f, f.terms, agreed, f.depositor);
      await expect(f.escrow.connect(f.payee).settle(f.terms, agreed.earned, agreed.deadline, signature))
        .to.be.revertedWithCustomError(f.escrow, "AwardAboveCap")
        .withArgs(f.jobId, PRICE + 1n, PRICE);
    });
  });

  describe("when both agree", () => {
    it("ends the job as they say, from every open status, whichever of the two calls", async () => {
      for (const fixture of [fundedFixture, acceptedFixture, deliveredFixture, disputedFixture]) {
        for (const [caller, other] of [
          ["payee", "depositor"],
          ["depositor", "payee"],
        ] as const) {
          const f = await loadFixture<Awaited<ReturnType<typeof fundedFixture>>>(fixture);
          const agreed = { earned: EARNED, deadline: (await now()) + 100n };
          const signature = await signSettlement(f, f.terms, agreed, f[other]);
          await expect(f.escrow.connect(f[caller]).settle(f.terms, EARNED, agreed.deadline, signature))
            .to.emit(f.escrow, "JobEnded")
            .withArgs(f.jobId, JOB.settled);
          expect(await balanceOf(f, f.payee)).to.equal(netOf(EARNED));
          expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - EARNED);
        }
      }
    });
  });
});
