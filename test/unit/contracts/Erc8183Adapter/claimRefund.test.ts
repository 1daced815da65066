import { expect } from "chai";
import { loadFixture, time } from "../../../support/chain.ts";
import {
  BUDGET,
  STATUS,
  as,
  completedFixture,
  fundedFixture,
  leftInside,
  openFixture,
  submittedFixture,
  termsIn,
} from "../../../support/commerce.ts";

describe("Erc8183Adapter.claimRefund", () => {
  describe("given the job is open, or over", () => {
    it("reverts with WrongCommerceStatus", async () => {
      for (const [fixture, status] of [
        [openFixture, STATUS.open],
        [completedFixture, STATUS.completed],
      ] as const) {
        const f = await loadFixture<Awaited<ReturnType<typeof openFixture>>>(fixture);
        await expect(as(f, f.client).claimRefund(f.jobId))
          .to.be.revertedWithCustomError(f.adapter, "WrongCommerceStatus")
          .withArgs(f.jobId, status);
      }
    });
  });

  describe("given it has not expired", () => {
    it("reverts with CommerceJobNotExpired", async () => {
      const f = await loadFixture(fundedFixture);
      await time.setNextBlockTimestamp(f.expiredAt - 1n);
      await expect(as(f, f.client).claimRefund(f.jobId))
        .to.be.revertedWithCustomError(f.adapter, "CommerceJobNotExpired")
        .withArgs(f.jobId, f.expiredAt);
    });
  });

  describe("given the work is there", () => {
    it("reverts with WorkSubmitted, whenever: silence pays the provider here [NX-ESC-02]", async () => {
      const f = await loadFixture(submittedFixture);
      for (const at of [f.expiredAt, f.judgedBy + 1n]) {
        await time.increaseTo(at);
        await expect(as(f, f.client).claimRefund(f.jobId))
          .to.be.revertedWithCustomError(f.adapter, "WorkSubmitted")
          .withArgs(f.jobId, f.judgedBy);
      }
    });
  });

  describe("given it expired without work", () => {
    it("returns all to the client, whoever calls, though anyone timed the escrow out before", async () => {
      for (const isTimedOut of [false, true]) {
        const f = await loadFixture(fundedFixture);
        const before = await f.usdc.balanceOf(f.client.address);
        await time.increaseTo(f.expiredAt);
        if (isTimedOut) await f.escrow.connect(f.attacker).resolveTimeout(await termsIn(f, f.jobId));
        await expect(as(f, f.anyone).claimRefund(f.jobId))
          .to.emit(f.adapter, "JobExpired")
          .withArgs(f.jobId)
          .and.to.emit(f.adapter, "Refunded")
          .withArgs(f.jobId, f.client.address, BUDGET);
        expect((await f.usdc.balanceOf(f.client.address)) - before).to.equal(BUDGET);
        expect((await f.adapter.getJob(f.jobId)).status).to.equal(STATUS.expired);
        expect(await leftInside(f)).to.equal(0n);
      }
    });
  });
});
