import { expect } from "chai";
import { ZERO, loadFixture, now, time } from "../../../support/chain.ts";
import { CREATE, PROVIDER_AGENT, STATUS, TERM, commerceFixture } from "../../../support/commerce.ts";

const MIN_TERM = 300n;
const MAX_TERM = 30n * 86_400n;

describe("Erc8183Adapter.createJob", () => {
  describe("when there is no evaluator", () => {
    it("reverts with EvaluatorMissing", async () => {
      const f = await loadFixture(commerceFixture);
      const creating = f.adapter[CREATE](f.provider.address, ZERO, (await now()) + TERM, "", ZERO, 0n);
      await expect(creating).to.be.revertedWithCustomError(f.adapter, "EvaluatorMissing").withArgs();
    });
  });

  describe("when it names a hook", () => {
    it("reverts with HookNotSupported", async () => {
      const f = await loadFixture(commerceFixture);
      const { address: hook } = f.anyone;
      const creating = f.adapter[CREATE](f.provider.address, f.evaluator.address, (await now()) + TERM, "", hook, 0n);
      await expect(creating).to.be.revertedWithCustomError(f.adapter, "HookNotSupported").withArgs(hook);
    });
  });

  describe("when it would expire within five minutes, or later than jobs may last", () => {
    it("reverts with ExpiryOutOfBounds", async () => {
      const f = await loadFixture(commerceFixture);
      expect(await f.adapter.MAX_TERM()).to.equal(MAX_TERM);
      expect(await f.adapter.MIN_TERM()).to.equal(MIN_TERM);
      for (const ahead of [0n, MIN_TERM, MAX_TERM + 1n]) {
        const at = (await now()) + 10n;
        await time.setNextBlockTimestamp(at);
        await expect(f.adapter[CREATE](f.provider.address, f.evaluator.address, at + ahead, "", ZERO, 0n))
          .to.be.revertedWithCustomError(f.adapter, "ExpiryOutOfBounds")
          .withArgs(at + ahead, at + MIN_TERM + 1n, at + MAX_TERM);
      }
    });
  });

  describe("when the provider's id is larger than a job can hold", () => {
    it("reverts with AgentIdTooLarge", async () => {
      const f = await loadFixture(commerceFixture);
      const most = 2n ** 56n - 1n;
      const expiredAt = (await now()) + TERM;
      const create = (agentId: bigint) =>
        f.adapter[CREATE](f.provider.address, f.evaluator.address, expiredAt, "", ZERO, agentId);
      await expect(create(most + 1n))
        .to.be.revertedWithCustomError(f.adapter, "AgentIdTooLarge")
        .withArgs(most + 1n, most);
      await create(most);
      expect((await f.adapter.getJob(1n)).providerAgentId).to.equal(most);
    });
  });

  describe("when all is well", () => {
    it("keeps the job, open, with or without a provider, under the next id", async () => {
      const f = await loadFixture(commerceFixture);
      const adapter = f.adapter.connect(f.client);
      const expiredAt = (await now()) + TERM;
      for (const [jobId, provider, agentId] of [
        [1n, f.provider.address, PROVIDER_AGENT],
        [2n, ZERO, 0n],
      ] as const) {
        await adapter[CREATE](provider, f.evaluator.address, expiredAt, "Find the bug", ZERO, PROVIDER_AGENT);
        const parties = [f.client.address, provider, f.evaluator.address];
        expect(await adapter.getJob(jobId)).to.deep.equal([
          jobId,
          ...parties,
          "Find the bug",
          0n,
          expiredAt,
          STATUS.open,
          ZERO,
          f.addresses.usdc,
          agentId,
        ]);
        expect(await adapter.jobCounter()).to.equal(jobId);
        expect(await adapter.judgedBy(jobId)).to.equal(0n);
      }
      await expect(adapter.getJob(3n)).to.be.revertedWithCustomError(adapter, "UnknownCommerceJob").withArgs(3n);
      expect(await adapter.paymentToken()).to.equal(f.addresses.usdc);
    });

    it("emits JobCreated, by the call of either version of the standard", async () => {
      const f = await loadFixture(commerceFixture);
      const expiredAt = (await now()) + TERM;
      const { client, provider, evaluator } = f;
      const adapter = f.adapter.connect(client);
      const given = [provider.address, evaluator.address, expiredAt, "", ZERO] as const;
      await expect(adapter[CREATE](...given, PROVIDER_AGENT))
        .to.emit(adapter, "JobCreated")
        .withArgs(1n, client.address, provider.address, evaluator.address, expiredAt, ZERO);
      await expect(adapter["createJob(address,address,uint256,string,address)"](...given))
        .to.emit(adapter, "JobCreated")
        .withArgs(2n, client.address, provider.address, evaluator.address, expiredAt, ZERO);
      expect((await adapter.getJob(2n)).providerAgentId).to.equal(0n);
    });
  });
});
