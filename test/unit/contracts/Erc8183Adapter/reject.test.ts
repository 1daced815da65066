import { expect } from "chai";
import { loadFixture, time } from "../../../support/chain.ts";
import {
  BUDGET,
  REASON,
  STATUS,
  as,
  completedFixture,
  fundedFixture,
  leftInside,
  openFixture,
  submittedFixture,
  termsIn,
} from "../../../support/commerce.ts";

describe("Erc8183Adapter.reject", () => {
  describe("given the job is open", () => {
    it("reverts with NotCommerceParty for all but the client", async () => {
      const f = await loadFixture(openFixture);
      for (const who of [f.provider, f.evaluator]) {
        await expect(as(f, who).reject(f.jobId))
          .to.be.revertedWithCustomError(f.adapter, "NotCommerceParty")
          .withArgs(f.jobId, who.address);
      }
    });

    it("ends the job for the client, and moves nothing", async () => {
      const f = await loadFixture(openFixture);
      const rejecting = as(f, f.client).reject(f.jobId);
      await expect(rejecting).to.emit(f.adapter, "JobRejected").withArgs(f.jobId, f.client.address, REASON);
      await expect(rejecting).to.not.emit(f.adapter, "Refunded");
      expect((await f.adapter.getJob(f.jobId)).status).to.equal(STATUS.rejected);
    });
  });

  describe("given it is funded", () => {
    it("reverts with NotCommerceParty for all but the evaluator", async () => {
      const f = await loadFixture(fundedFixture);
      for (const who of [f.client, f.provider]) {
        await expect(as(f, who).reject(f.jobId))
          .to.be.revertedWithCustomError(f.adapter, "NotCommerceParty")
          .withArgs(f.jobId, who.address);
      }
    });

    it("returns all for the evaluator, though anyone timed the escrow out before", async () => {
      for (const isTimedOut of [false, true]) {
        const f = await loadFixture(fundedFixture);
        const before = await f.usdc.balanceOf(f.client.address);
        if (isTimedOut) {
          await time.increaseTo(f.expiredAt);
          await f.escrow.connect(f.attacker).resolveTimeout(await termsIn(f, f.jobId));
        }
        await as(f, f.evaluator).reject(f.jobId);
        expect((await f.usdc.balanceOf(f.client.address)) - before).to.equal(BUDGET);
        expect(await leftInside(f)).to.equal(0n);
      }
    });
  });

  describe("given the work is there", () => {
    it("returns all for the evaluator, in its last second too, without a fee [NX-ESC-01]", async () => {
      const f = await loadFixture(submittedFixture);
      const before = await f.usdc.balanceOf(f.client.address);
      await time.setNextBlockTimestamp(f.judgedBy);
      await expect(as(f, f.evaluator).reject(f.jobId))
        .to.emit(f.adapter, "JobRejected")
        .withArgs(f.jobId, f.evaluator.address, REASON)
        .and.to.emit(f.adapter, "Refunded")
        .withArgs(f.jobId, f.client.address, BUDGET);
      expect((await f.usdc.balanceOf(f.client.address)) - before).to.equal(BUDGET);
      expect(await f.accounts.feesOf(f.addresses.usdc, f.worker)).to.equal(0n);
      expect(await leftInside(f)).to.equal(0n);
    });

    it("reverts with EvaluationOver after that [NX-ESC-02]", async () => {
      const f = await loadFixture(submittedFixture);
      await time.setNextBlockTimestamp(f.judgedBy + 1n);
      await expect(as(f, f.evaluator).reject(f.jobId))
        .to.be.revertedWithCustomError(f.adapter, "EvaluationOver")
        .withArgs(f.jobId, f.judgedBy);
    });
  });

  describe("given it is over", () => {
    it("reverts with WrongCommerceStatus", async () => {
      const f = await loadFixture(completedFixture);
      await expect(as(f, f.evaluator).reject(f.jobId))
        .to.be.revertedWithCustomError(f.adapter, "WrongCommerceStatus")
        .withArgs(f.jobId, STATUS.completed);
    });
  });
});
