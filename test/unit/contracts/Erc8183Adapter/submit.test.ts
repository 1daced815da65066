import { expect } from "chai";
import { ethers, loadFixture, time } from "../../../support/chain.ts";
import {
  DELIVERABLE,
  STATUS,
  as,
  fundedFixture,
  openFixture,
  submittedFixture,
  termsIn,
} from "../../../support/commerce.ts";
import { JOB } from "../../../support/jobs.ts";

describe("Erc8183Adapter.submit", () => {
  describe("when the caller is not the provider", () => {
    it("reverts with NotCommerceParty", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(as(f, f.client).submit(f.jobId))
        .to.be.revertedWithCustomError(f.adapter, "NotCommerceParty")
        .withArgs(f.jobId, f.client.address);
    });
  });

  describe("given the job is not funded", () => {
    it("reverts with WrongCommerceStatus", async () => {
      for (const [fixture, status] of [
        [openFixture, STATUS.open],
        [submittedFixture, STATUS.submitted],
      ] as const) {
        const f = await loadFixture<Awaited<ReturnType<typeof openFixture>>>(fixture);
        await expect(as(f, f.provider).submit(f.jobId))
          .to.be.revertedWithCustomError(f.adapter, "WrongCommerceStatus")
          .withArgs(f.jobId, status);
      }
    });
  });

  describe("when nothing is submitted, or too late", () => {
    it("reverts with the escrow's NoResult or JobTermOver", async () => {
      const f = await loadFixture(fundedFixture);
      const key = await f.escrow.jobIdOf(await termsIn(f, f.jobId));
      await expect(as(f, f.provider).submit(f.jobId, ethers.ZeroHash))
        .to.be.revertedWithCustomError(f.escrow, "NoResult")
        .withArgs(key);
      await time.setNextBlockTimestamp(f.expiredAt);
      await expect(as(f, f.provider).submit(f.jobId))
        .to.be.revertedWithCustomError(f.escrow, "JobTermOver")
        .withArgs(key, f.expiredAt - 1n);
    });
  });

  describe("when it comes in time", () => {
    it("delivers in the escrow, in the last second too, and emits JobSubmitted", async () => {
      const f = await loadFixture(fundedFixture);
      await time.setNextBlockTimestamp(f.expiredAt - 1n);
      await expect(as(f, f.provider).submit(f.jobId))
        .to.emit(f.adapter, "JobSubmitted")
        .withArgs(f.jobId, f.provider.address, DELIVERABLE);
      expect((await f.adapter.getJob(f.jobId)).status).to.equal(STATUS.submitted);
      const job = await f.escrow.jobOf(await termsIn(f, f.jobId));
      expect([job.status, job.reviewStartedAt]).to.deep.equal([JOB.delivered, f.expiredAt - 1n]);
    });
  });
});
