import { expect } from "chai";
import { ZERO, loadFixture, now, time } from "../../../support/chain.ts";
import {
  BUDGET,
  STATUS,
  TERM,
  as,
  commerceFixture,
  fundedFixture,
  hostileFixture,
  leftInside,
  openFixture,
  termsIn,
  CREATE,
} from "../../../support/commerce.ts";
import { BALANCES, TRANSFERS } from "../../../support/enums.ts";
import { JOB } from "../../../support/jobs.ts";

describe("Erc8183Adapter.fund", () => {
  describe("when the caller is not the client", () => {
    it("reverts with NotCommerceParty", async () => {
      const f = await loadFixture(openFixture);
      await expect(as(f, f.provider).fund(f.jobId, BUDGET))
        .to.be.revertedWithCustomError(f.adapter, "NotCommerceParty")
        .withArgs(f.jobId, f.provider.address);
    });
  });

  describe("given the job is not open", () => {
    it("reverts with WrongCommerceStatus", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(as(f, f.client).fund(f.jobId, BUDGET))
        .to.be.revertedWithCustomError(f.adapter, "WrongCommerceStatus")
        .withArgs(f.jobId, STATUS.funded);
    });
  });

  describe("given it has no provider", () => {
    it("reverts with ProviderMissing", async () => {
      const f = await loadFixture(commerceFixture);
      await f.adapter.connect(f.client)[CREATE](ZERO, f.evaluator.address, (await now()) + TERM, "", ZERO, 0n);
      await as(f, f.client).setBudget(1n, BUDGET);
      await expect(as(f, f.client).fund(1n, BUDGET))
        .to.be.revertedWithCustomError(f.adapter, "ProviderMissing")
        .withArgs(1n);
    });
  });

  describe("when the budget is zero, or another than expected", () => {
    it("reverts with BudgetMismatch: a provider cannot raise it in front of the client", async () => {
      const f = await loadFixture(openFixture);
      for (const [budget, expected] of [
        [BUDGET + 1n, BUDGET],
        [0n, 0n],
      ] as const) {
        await as(f, f.provider).setBudget(f.jobId, budget);
        await expect(as(f, f.client).fund(f.jobId, expected))
          .to.be.revertedWithCustomError(f.adapter, "BudgetMismatch")
          .withArgs(f.jobId, budget, expected);
      }
    });
  });

  describe("given it has expired", () => {
    it("reverts with CommerceJobExpired", async () => {
      const f = await loadFixture(openFixture);
      await time.setNextBlockTimestamp(f.expiredAt);
      await expect(as(f, f.client).fund(f.jobId, BUDGET))
        .to.be.revertedWithCustomError(f.adapter, "CommerceJobExpired")
        .withArgs(f.jobId, f.expiredAt);
    });
  });

  describe("when the client did not approve the tokens, or the token keeps some", () => {
    it("reverts with the token's error", async () => {
      const f = await loadFixture(openFixture);
      await f.usdc.connect(f.client).approve(f.adapterAt, BUDGET - 1n);
      await expect(as(f, f.client).fund(f.jobId, BUDGET))
        .to.be.revertedWithCustomError(f.usdc, "ERC20InsufficientAllowance")
        .withArgs(f.adapterAt, BUDGET - 1n, BUDGET);

      const kept = BUDGET / 10n;
      const other = await loadFixture(hostileFixture);
      const own = other.hostileAdapter.connect(other.client);
      await own[CREATE](other.provider.address, other.evaluator.address, (await now()) + TERM, "", ZERO, 0n);
      await own["setBudget(uint256,uint256,bytes)"](2n, BUDGET, "0x");
      await other.hostile.behave(TRANSFERS.takingFee, BALANCES.honest);
      await expect(own.fund(2n, BUDGET, "0x"))
        .to.be.revertedWithCustomError(other.accounts, "TokenNotExact")
        .withArgs(other.addresses.hostile, BUDGET, BUDGET - kept);
    });
  });

  describe("when all is well", () => {
    it("reserves the budget in the escrow, and keeps none", async () => {
      const f = await loadFixture(openFixture);
      const before = await f.usdc.balanceOf(f.client.address);
      await expect(as(f, f.client).fund(f.jobId, BUDGET))
        .to.emit(f.adapter, "JobFunded")
        .withArgs(f.jobId, f.client.address, BUDGET);
      expect(before - (await f.usdc.balanceOf(f.client.address))).to.equal(BUDGET);
      const job = await f.escrow.jobOf(await termsIn(f, f.jobId));
      expect([job.status, job.reserved]).to.deep.equal([JOB.funded, BUDGET]);
      expect((await f.adapter.getJob(f.jobId)).status).to.equal(STATUS.funded);
      expect(await leftInside(f)).to.equal(0n);
    });

    it("gives the evaluator as much time as the provider has, and a minute at least", async () => {
      for (const [left, reviewPeriod] of [
        [TERM / 2n, TERM / 2n],
        [5n, 60n],
      ] as const) {
        const f = await loadFixture(openFixture);
        await time.setNextBlockTimestamp(f.expiredAt - left);
        await as(f, f.client).fund(f.jobId, BUDGET);
        await as(f, f.provider).submit(f.jobId);
        expect(await f.adapter.judgedBy(f.jobId)).to.equal((await now()) + reviewPeriod);
      }
    });
  });
});
