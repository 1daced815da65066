import { expect } from "chai";
import { ZERO, loadFixture, now, time } from "../../../support/chain.ts";
import { STATUS, TERM, commerceFixture } from "../../../support/commerce.ts";

const MAX_TERM = 30n * 86_400n;

describe("Erc8183Adapter.createJob", () => {
  describe("when there is no evaluator", () => {
    it("reverts with EvaluatorMissing", async () => {
      const f = await loadFixture(commerceFixture);
      const creating = f.adapter.createJob(f.provider.address, ZERO, (await now()) + TERM, "", ZERO);
      await expect(creating).to.be.revertedWithCustomError(f.adapter, "EvaluatorMissing").withArgs();
    });
  });

  describe("when it names a hook", () => {
    it("reverts with HookNotSupported", async () => {
      const f = await loadFixture(commerceFixture);
      const { address: hook } = f.anyone;
      const creating = f.adapter.createJob(f.provider.address, f.evaluator.address, (await now()) + TERM, "", hook);
      await expect(creating).to.be.revertedWithCustomError(f.adapter, "HookNotSupported").withArgs(hook);
    });
  });

  describe("when it would expire now, or later than jobs may last", () => {
    it("reverts with ExpiryOutOfBounds", async () => {
      const f = await loadFixture(commerceFixture);
      expect(await f.adapter.MAX_TERM()).to.equal(MAX_TERM);
      for (const ahead of [0n, MAX_TERM + 1n]) {
        const at = (await now()) + 10n;
        await time.setNextBlockTimestamp(at);
        await expect(f.adapter.createJob(f.provider.address, f.evaluator.address, at + ahead, "", ZERO))
          .to.be.revertedWithCustomError(f.adapter, "ExpiryOutOfBounds")
          .withArgs(at + ahead, at + 1n, at + MAX_TERM);
      }
    });
  });

  describe("when all is well", () => {
    it("keeps the job, open, with or without a provider, under the next id", async () => {
      const f = await loadFixture(commerceFixture);
      const adapter = f.adapter.connect(f.client);
      const expiredAt = (await now()) + TERM;
      for (const [jobId, provider] of [
        [1n, f.provider.address],
        [2n, ZERO],
      ] as const) {
        await adapter.createJob(provider, f.evaluator.address, expiredAt, "Find the bug", ZERO);
        const parties = [f.client.address, provider, f.evaluator.address];
        expect(await adapter.getJob(jobId)).to.deep.equal([
          jobId,
          ...parties,
          "Find the bug",
          0n,
          expiredAt,
          STATUS.open,
          ZERO,
        ]);
        expect(await adapter.jobCounter()).to.equal(jobId);
        expect(await adapter.judgedBy(jobId)).to.equal(0n);
      }
      await expect(adapter.getJob(3n)).to.be.revertedWithCustomError(adapter, "UnknownCommerceJob").withArgs(3n);
      expect(await adapter.paymentToken()).to.equal(f.addresses.usdc);
    });

    it("emits JobCreated", async () => {
      const f = await loadFixture(commerceFixture);
      const expiredAt = (await now()) + TERM;
      const { adapter, client, provider, evaluator } = f;
      await expect(adapter.connect(client).createJob(provider.address, evaluator.address, expiredAt, "", ZERO))
        .to.emit(adapter, "JobCreated")
        .withArgs(1n, client.address, provider.address, evaluator.address, expiredAt, ZERO);
    });
  });
});
