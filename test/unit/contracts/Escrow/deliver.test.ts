import { expect } from "chai";
import { ethers, loadFixture, now, time } from "../../../support/chain.ts";
import { JOB, PRICE, RESULT, acceptedFixture, deliveredFixture, fundedFixture } from "../../../support/jobs.ts";
import { JOB_FEE_BPS } from "../../../support/money.ts";

describe("Escrow.deliver", () => {
  describe("when the caller is not the worker", () => {
    it("reverts with NotJobParty", async () => {
      const f = await loadFixture(acceptedFixture);
      await expect(f.escrow.connect(f.attacker).deliver(f.terms, RESULT))
        .to.be.revertedWithCustomError(f.escrow, "NotJobParty")
        .withArgs(f.jobId, f.attacker.address);
    });
  });

  describe("when the result is missing", () => {
    it("reverts with NoResult", async () => {
      const f = await loadFixture(acceptedFixture);
      await expect(f.escrow.connect(f.payee).deliver(f.terms, ethers.ZeroHash))
        .to.be.revertedWithCustomError(f.escrow, "NoResult")
        .withArgs(f.jobId);
    });
  });

  describe("when its last second has passed", () => {
    it("reverts with JobTermOver", async () => {
      const f = await loadFixture(acceptedFixture);
      await time.setNextBlockTimestamp(f.terms.deliverBy + 1n);
      await expect(f.escrow.connect(f.payee).deliver(f.terms, RESULT))
        .to.be.revertedWithCustomError(f.escrow, "JobTermOver")
        .withArgs(f.jobId, f.terms.deliverBy);
    });
  });

  describe("given it is delivered already", () => {
    it("reverts with WrongJobStatus, so that no window begins again", async () => {
      const f = await loadFixture(deliveredFixture);
      await expect(f.escrow.connect(f.payee).deliver(f.terms, RESULT))
        .to.be.revertedWithCustomError(f.escrow, "WrongJobStatus")
        .withArgs(f.jobId, JOB.delivered);
    });
  });

  describe("when the worker delivers in its last second", () => {
    it("starts the window and emits JobDelivered, accepted before or not", async () => {
      for (const fixture of [acceptedFixture, fundedFixture]) {
        const f = await loadFixture(fixture);
        await time.setNextBlockTimestamp(f.terms.deliverBy);
        await expect(f.escrow.connect(f.payee).deliver(f.terms, RESULT))
          .to.emit(f.escrow, "JobDelivered")
          .withArgs(f.jobId, RESULT);
        expect(await f.escrow.jobOf(f.terms)).to.deep.equal([JOB.delivered, await now(), JOB_FEE_BPS, PRICE]);
      }
    });
  });
});
