import { expect } from "chai";
import { loadFixture } from "../../../support/chain.ts";
import { STATUS, as, fundedFixture, openFixture } from "../../../support/commerce.ts";

const MOST = 2n ** 96n - 1n;

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
      await expect(as(f, f.client).setBudget(f.jobId, MOST + 1n))
        .to.be.revertedWithCustomError(f.adapter, "BudgetTooLarge")
        .withArgs(MOST + 1n, MOST);
    });
  });

  describe("when client or provider sets it", () => {
    it("is the budget, and emits BudgetSet", async () => {
      const f = await loadFixture(openFixture);
      for (const [who, amount] of [
        [f.client, MOST],
        [f.provider, 7n],
      ] as const) {
        await expect(as(f, who).setBudget(f.jobId, amount)).to.emit(f.adapter, "BudgetSet").withArgs(f.jobId, amount);
        expect((await f.adapter.getJob(f.jobId)).budget).to.equal(amount);
      }
    });
  });
});
