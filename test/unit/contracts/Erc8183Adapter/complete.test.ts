import { expect } from "chai";
import { loadFixture, time } from "../../../support/chain.ts";
import {
  BUDGET,
  REASON,
  STATUS,
  as,
  completedFixture,
  fundedFixture,
  hostileFixture,
  leftInside,
  submittedFixture,
  termsIn,
} from "../../../support/commerce.ts";
import { BALANCES, TRANSFERS } from "../../../support/enums.ts";
import { feeOf, netOf } from "../../../support/jobs.ts";
import { balanceOf } from "../../../support/money.ts";

describe("Erc8183Adapter.complete", () => {
  describe("when the caller is not the evaluator", () => {
    it("reverts with NotCommerceParty", async () => {
      const f = await loadFixture(submittedFixture);
      for (const who of [f.client, f.provider]) {
        await expect(as(f, who).complete(f.jobId))
          .to.be.revertedWithCustomError(f.adapter, "NotCommerceParty")
          .withArgs(f.jobId, who.address);
      }
    });
  });

  describe("given the work is not there, or it is over", () => {
    it("reverts with WrongCommerceStatus", async () => {
      for (const [fixture, status] of [
        [fundedFixture, STATUS.funded],
        [completedFixture, STATUS.completed],
      ] as const) {
        const f = await loadFixture<Awaited<ReturnType<typeof fundedFixture>>>(fixture);
        await expect(as(f, f.evaluator).complete(f.jobId))
          .to.be.revertedWithCustomError(f.adapter, "WrongCommerceStatus")
          .withArgs(f.jobId, status);
      }
    });
  });

  describe("when the evaluator accepts", () => {
    it("pays the provider in tokens, less the escrow's fee, and keeps none [NX-ESC-01]", async () => {
      const f = await loadFixture(submittedFixture);
      const before = await f.usdc.balanceOf(f.provider.address);
      await expect(as(f, f.evaluator).complete(f.jobId))
        .to.emit(f.adapter, "JobCompleted")
        .withArgs(f.jobId, f.evaluator.address, REASON)
        .and.to.emit(f.adapter, "PaymentReleased")
        .withArgs(f.jobId, f.provider.address, netOf(BUDGET));
      expect((await f.usdc.balanceOf(f.provider.address)) - before).to.equal(netOf(BUDGET));
      expect((await f.adapter.getJob(f.jobId)).status).to.equal(STATUS.completed);
      expect(await leftInside(f)).to.equal(0n);
      await f.accounts.sweepFees(f.addresses.usdc, [f.worker]);
      expect(await balanceOf(f, f.collector)).to.equal(feeOf(BUDGET));
    });

    it("does so after its time as well, whether anyone timed the escrow out or not", async () => {
      for (const isTimedOut of [false, true]) {
        const f = await loadFixture(submittedFixture);
        const before = await f.usdc.balanceOf(f.provider.address);
        await time.increaseTo(f.judgedBy + 1n);
        if (isTimedOut) await f.escrow.connect(f.attacker).resolveTimeout(await termsIn(f, f.jobId));
        await as(f, f.evaluator).complete(f.jobId);
        expect((await f.usdc.balanceOf(f.provider.address)) - before).to.equal(netOf(BUDGET));
        expect(await leftInside(f)).to.equal(0n);
      }
    });
  });

  describe("when the token refuses the provider", () => {
    it("leaves the payment in its balance of the ledger", async () => {
      const f = await loadFixture(hostileFixture);
      await f.hostile.behave(TRANSFERS.reverting, BALANCES.honest);
      await f.hostileAdapter.connect(f.evaluator).complete(1n, REASON, "0x");
      expect(await f.accounts.balanceOf(f.addresses.hostile, f.provider.address)).to.equal(netOf(BUDGET));
      await f.hostile.behave(TRANSFERS.honest, BALANCES.honest);
      const before = await f.hostile.balanceOf(f.anyone.address);
      await f.accounts.connect(f.provider).withdraw(f.addresses.hostile, f.anyone.address, netOf(BUDGET));
      expect((await f.hostile.balanceOf(f.anyone.address)) - before).to.equal(netOf(BUDGET));
    });
  });
});
