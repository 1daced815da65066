import { expect } from "chai";
import { ethers, loadFixture, time } from "../../../support/chain.ts";
import { JOB, acceptedFixture, fundedFixture, jobIdOf } from "../../../support/jobs.ts";

describe("Escrow.accept", () => {
  describe("when the caller is not the worker", () => {
    it("reverts with NotJobParty", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(f.escrow.connect(f.depositor).accept(f.terms))
        .to.be.revertedWithCustomError(f.escrow, "NotJobParty")
        .withArgs(f.jobId, f.depositor.address);
    });
  });

  describe("given the terms are not those of a job", () => {
    it("reverts with WrongJobStatus: terms that do not match the key name no job", async () => {
      const f = await loadFixture(fundedFixture);
      const terms = { ...f.terms, reviewPeriod: f.terms.reviewPeriod + 1n };
      await expect(f.escrow.connect(f.payee).accept(terms))
        .to.be.revertedWithCustomError(f.escrow, "WrongJobStatus")
        .withArgs(jobIdOf(terms), JOB.none);
    });
  });

  describe("given it is accepted already", () => {
    it("reverts with WrongJobStatus", async () => {
      const f = await loadFixture(acceptedFixture);
      await expect(f.escrow.connect(f.payee).accept(f.terms))
        .to.be.revertedWithCustomError(f.escrow, "WrongJobStatus")
        .withArgs(f.jobId, JOB.accepted);
    });
  });

  describe("when the time to deliver is over", () => {
    it("reverts with JobTermOver", async () => {
      const f = await loadFixture(fundedFixture);
      await time.setNextBlockTimestamp(f.terms.deliverBy + 1n);
      await expect(f.escrow.connect(f.payee).accept(f.terms))
        .to.be.revertedWithCustomError(f.escrow, "JobTermOver")
        .withArgs(f.jobId, f.terms.deliverBy);
    });
  });

  describe("when the worker accepts in time", () => {
    it("binds both and emits JobAccepted", async () => {
      const f = await loadFixture(fundedFixture);
      await time.setNextBlockTimestamp(f.terms.deliverBy);
      await expect(f.escrow.connect(f.payee).accept(f.terms)).to.emit(f.escrow, "JobAccepted").withArgs(f.jobId);
      expect((await f.escrow.jobOf(f.terms)).status).to.equal(JOB.accepted);
    });
  });

  describe("when somebody sets bits that a member does not have", () => {
    it("reverts: dirty terms name no job", async () => {
      const f = await loadFixture(fundedFixture);
      const data = f.escrow.interface.encodeFunctionData("accept", [f.terms]);
      // The window is the last word: its lowest eight digits are its own, the next one is not.
      const dirty = `${data.slice(0, -9)}1${data.slice(-8)}`;
      await expect(f.payee.sendTransaction({ to: f.addresses.escrow, data: dirty })).to.be.revert(ethers);
      expect((await f.escrow.jobOf(f.terms)).status).to.equal(JOB.funded);
    });
  });
});
