import { expect } from "chai";
import { loadFixture } from "../../../support/chain.ts";
import { STATUS, as, fundedFixture, openFixture } from "../../../support/commerce.ts";

const MAX = 2n ** 96n - 1n;

describe("Erc8183Adapter.setBudget", () => {
  describe("when the caller is neither client nor provider", () => {
    it("reverts with NotCommerceParty", async () => {
      const f = await loadFixture(openFixture);
      await expect(as(f, f.evaluator).setBudget(f.jobId, 1n))
        .to.be.revertedWithCustomError(f.adapter, "NotCommerceParty")
        .withArgs(f.jobId, f.evaluator.address);
    });
  });

  describe("given the job is no longer open", () => {
    it("reverts with WrongCommerceStatus", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(as(f, f.provider).setBudget(f.jobId, 1n))
        .to.be.revertedWithCustomError(f.adapter, "WrongCommerceStatus")
        .withArgs(f.jobId, STATUS.funded);
    });
  });

  describe("when the budget is larger than a job can hold", () => {
    it("reverts with BudgetTooLarge", async () => {
      const f = await loadFixture(openFixture);
      await expect(as(f, f.client).setBudget(f.jobId, MAX + 1n))
        .to.be.revertedWithCustomError(f.adapter, "BudgetTooLarge")
        .withArgs(MAX + 1n, MAX);
    });
  });

  describe("when the budget is in another token", () => {
    it("reverts with PaymentTokenNotSupported", async () => {
      const f = await loadFixture(openFixture);
      const adapter = f.adapter.connect(f.client);
      await expect(adapter["setBudget(uint256,address,uint256,bytes)"](f.jobId, f.addresses.hostile, 1n, "0x"))
        .to.be.revertedWithCustomError(f.adapter, "PaymentTokenNotSupported")
        .withArgs(f.addresses.hostile, f.addresses.usdc);
    });
  });

  describe("when client or provider sets it", () => {
    it("is the budget, and emits BudgetSet", async () => {
      const f = await loadFixture(openFixture);
      for (const [who, amount] of [
        [f.client, MAX],
        [f.provider, 7n],
      ] as const) {
        await expect(as(f, who).setBudget(f.jobId, amount))
          .to.emit(f.adapter, "BudgetSet")
          .withArgs(f.jobId, f.addresses.usdc, amount);
        expect((await f.adapter.getJob(f.jobId)).budget).to.equal(amount);
      }
    });

    it("is the same by the call of the older text", async () => {
      const f = await loadFixture(openFixture);
      await expect(f.adapter.connect(f.provider)["setBudget(uint256,uint256,bytes)"](f.jobId, 8n, "0x"))
        .to.emit(f.adapter, "BudgetSet")
        .withArgs(f.jobId, f.addresses.usdc, 8n);
    });
  });
});
