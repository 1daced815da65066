import { expect } from "chai";
import { ethers, loadFixture, time } from "../../../support/chain.ts";
import {
  BUDGET,
  DELIVERABLE,
  STATUS,
  as,
  completedFixture,
  fundedFixture,
  leftInside,
  submittedFixture,
  termsIn,
} from "../../../support/commerce.ts";
import { netOf } from "../../../support/jobs.ts";

describe("Erc8183Adapter.claimPayment", () => {
  describe("given the work is not there, or it is over", () => {
    it("reverts with WrongCommerceStatus", async () => {
      for (const [fixture, status] of [
        [fundedFixture, STATUS.funded],
        [completedFixture, STATUS.completed],
      ] as const) {
        const f = await loadFixture<Awaited<ReturnType<typeof fundedFixture>>>(fixture);
        await expect(as(f, f.provider).claimPayment(f.jobId))
          .to.be.revertedWithCustomError(f.adapter, "WrongCommerceStatus")
          .withArgs(f.jobId, status);
      }
    });
  });

  describe("given the evaluator still has time", () => {
    it("reverts with EvaluationRunning, in its last second too", async () => {
      const f = await loadFixture(submittedFixture);
      await time.setNextBlockTimestamp(f.judgedBy);
      await expect(as(f, f.provider).claimPayment(f.jobId))
        .to.be.revertedWithCustomError(f.adapter, "EvaluationRunning")
        .withArgs(f.jobId, f.judgedBy);
    });
  });

  describe("given nobody judged it in time", () => {
    it("pays the provider, whoever calls, though anyone timed the escrow out before [NX-ESC-02]", async () => {
      for (const isTimedOut of [false, true]) {
        const f = await loadFixture(submittedFixture);
        const before = await f.usdc.balanceOf(f.provider.address);
        await time.increaseTo(f.judgedBy + 1n);
        if (isTimedOut) await f.escrow.connect(f.attacker).resolveTimeout(await termsIn(f, f.jobId));
        await expect(as(f, f.anyone).claimPayment(f.jobId))
          .to.emit(f.adapter, "JobCompleted")
          .withArgs(f.jobId, f.evaluator.address, ethers.ZeroHash)
          .and.to.emit(f.adapter, "PaymentReleased")
          .withArgs(f.jobId, f.provider.address, netOf(BUDGET));
        expect((await f.usdc.balanceOf(f.provider.address)) - before).to.equal(netOf(BUDGET));
        expect((await f.adapter.getJob(f.jobId)).status).to.equal(STATUS.completed);
        expect(await leftInside(f)).to.equal(0n);
      }
    });
  });

  describe("when anyone but the adapter orders its worker, or asks it for a signature", () => {
    it("reverts with NotAdapter, and signs nothing", async () => {
      const f = await loadFixture(fundedFixture);
      const worker = (await ethers.getContractAt("Erc8183Worker", f.worker)).connect(f.attacker);
      const terms = await termsIn(f, f.jobId);
      await expect(worker.deliver(terms, DELIVERABLE))
        .to.be.revertedWithCustomError(worker, "NotAdapter")
        .withArgs(f.attacker.address);
      await expect(worker.handOver(f.addresses.usdc, 1n))
        .to.be.revertedWithCustomError(worker, "NotAdapter")
        .withArgs(f.attacker.address);
      expect(await worker.isValidSignature(DELIVERABLE, "0x")).to.equal("0xffffffff");
    });
  });
});
