import { expect } from "chai";
import { loadFixture } from "../../../support/chain.ts";
import { JOB, acceptedFixture, deliveredFixture, fundedFixture, paidFixture } from "../../../support/jobs.ts";
import { FUNDS, balanceOf } from "../../../support/money.ts";

describe("Escrow.cancel", () => {
  describe("when the caller is neither client nor worker", () => {
    it("reverts with NotJobParty", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(f.escrow.connect(f.attacker).cancel(f.terms))
        .to.be.revertedWithCustomError(f.escrow, "NotJobParty")
        .withArgs(f.jobId, f.attacker.address);
    });
  });

  describe("given nobody accepted it", () => {
    it("returns all to the client, by either of the two [NX-ESC-01]", async () => {
      for (const who of ["depositor", "payee"] as const) {
        const f = await loadFixture(fundedFixture);
        await expect(f.escrow.connect(f[who]).cancel(f.terms))
          .to.emit(f.escrow, "JobEnded")
          .withArgs(f.jobId, JOB.cancelled);
        expect(await balanceOf(f, f.depositor)).to.equal(FUNDS);
      }
    });
  });

  describe("given the worker accepted it", () => {
    it("reverts with WrongJobStatus for the client", async () => {
      const f = await loadFixture(acceptedFixture);
      await expect(f.escrow.connect(f.depositor).cancel(f.terms))
        .to.be.revertedWithCustomError(f.escrow, "WrongJobStatus")
        .withArgs(f.jobId, JOB.accepted);
    });

    it("returns all to the client by the worker, who failed", async () => {
      const f = await loadFixture(acceptedFixture);
      await expect(f.escrow.connect(f.payee).cancel(f.terms))
        .to.emit(f.escrow, "JobEnded")
        .withArgs(f.jobId, JOB.failed);
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS);
    });
  });

  describe("given it is delivered, or over", () => {
    it("reverts with WrongJobStatus [NX-ESC-02]", async () => {
      const delivered = await loadFixture(deliveredFixture);
      for (const who of ["depositor", "payee"] as const) {
        await expect(delivered.escrow.connect(delivered[who]).cancel(delivered.terms))
          .to.be.revertedWithCustomError(delivered.escrow, "WrongJobStatus")
          .withArgs(delivered.jobId, JOB.delivered);
      }
      const paid = await loadFixture(paidFixture);
      await expect(paid.escrow.connect(paid.payee).cancel(paid.terms))
        .to.be.revertedWithCustomError(paid.escrow, "WrongJobStatus")
        .withArgs(paid.jobId, JOB.paid);
    });
  });
});
