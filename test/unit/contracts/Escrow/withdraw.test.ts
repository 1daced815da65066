import { expect } from "chai";
import { loadFixture } from "../../../support/chain.ts";
import { JOB, acceptedFixture, deliveredFixture, fundedFixture, paidFixture } from "../../../support/jobs.ts";
import { PURSE, balanceOf } from "../../../support/money.ts";

describe("Escrow.withdraw", () => {
  describe("when the caller is neither client nor worker", () => {
    it("reverts with NotJobParty", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(f.escrow.connect(f.attacker).withdraw(f.terms))
        .to.be.revertedWithCustomError(f.escrow, "NotJobParty")
        .withArgs(f.key, f.attacker.address);
    });
  });

  describe("given nobody accepted it", () => {
    it("returns all to the client, by either of the two [NX-ESC-01]", async () => {
      for (const who of ["depositor", "payee"] as const) {
        const f = await loadFixture(fundedFixture);
        await expect(f.escrow.connect(f[who]).withdraw(f.terms))
          .to.emit(f.escrow, "JobEnded")
          .withArgs(f.key, JOB.withdrawn);
        expect(await balanceOf(f, f.depositor)).to.equal(PURSE);
      }
    });
  });

  describe("given the worker accepted it", () => {
    it("reverts with WrongJobStatus for the client", async () => {
      const f = await loadFixture(acceptedFixture);
      await expect(f.escrow.connect(f.depositor).withdraw(f.terms))
        .to.be.revertedWithCustomError(f.escrow, "WrongJobStatus")
        .withArgs(f.key, JOB.accepted);
    });

    it("returns all to the client by the worker, who failed", async () => {
      const f = await loadFixture(acceptedFixture);
      await expect(f.escrow.connect(f.payee).withdraw(f.terms))
        .to.emit(f.escrow, "JobEnded")
        .withArgs(f.key, JOB.failed);
      expect(await balanceOf(f, f.depositor)).to.equal(PURSE);
    });
  });

  describe("given it is delivered, or over", () => {
    it("reverts with WrongJobStatus [NX-ESC-02]", async () => {
      const delivered = await loadFixture(deliveredFixture);
      for (const who of ["depositor", "payee"] as const) {
        await expect(delivered.escrow.connect(delivered[who]).withdraw(delivered.terms))
          .to.be.revertedWithCustomError(delivered.escrow, "WrongJobStatus")
          .withArgs(delivered.key, JOB.delivered);
      }
      const paid = await loadFixture(paidFixture);
      await expect(paid.escrow.connect(paid.payee).withdraw(paid.terms))
        .to.be.revertedWithCustomError(paid.escrow, "WrongJobStatus")
        .withArgs(paid.key, JOB.paid);
    });
  });
});
