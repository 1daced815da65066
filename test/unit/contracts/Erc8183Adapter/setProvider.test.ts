import { expect } from "chai";
import { ZERO, loadFixture, now } from "../../../support/chain.ts";
import {
  CREATE,
  PROVIDER_AGENT,
  STATUS,
  TERM,
  as,
  commerceFixture,
  fundedFixture,
  openFixture,
} from "../../../support/commerce.ts";

/** Job 1 is open and has no provider. */
const bareFixture = async () => {
  const f = await commerceFixture();
  await f.adapter.connect(f.client)[CREATE](ZERO, f.evaluator.address, (await now()) + TERM, "", ZERO, 0n);
  return f;
};

describe("Erc8183Adapter.setProvider", () => {
  describe("when the caller is not the client, or there is no such job", () => {
    it("reverts with NotCommerceParty or UnknownCommerceJob", async () => {
      const f = await loadFixture(bareFixture);
      await expect(as(f, f.attacker).setProvider(1n, f.attacker.address))
        .to.be.revertedWithCustomError(f.adapter, "NotCommerceParty")
        .withArgs(1n, f.attacker.address);
      await expect(as(f, f.client).setProvider(2n, f.provider.address))
        .to.be.revertedWithCustomError(f.adapter, "UnknownCommerceJob")
        .withArgs(2n);
    });
  });

  describe("given the job is no longer open", () => {
    it("reverts with WrongCommerceStatus", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(as(f, f.client).setProvider(f.jobId, f.provider.address))
        .to.be.revertedWithCustomError(f.adapter, "WrongCommerceStatus")
        .withArgs(f.jobId, STATUS.funded);
    });
  });

  describe("given it has a provider, or it would get none", () => {
    it("reverts with ProviderNotSettable", async () => {
      const f = await loadFixture(openFixture);
      await expect(as(f, f.client).setProvider(f.jobId, f.anyone.address))
        .to.be.revertedWithCustomError(f.adapter, "ProviderNotSettable")
        .withArgs(f.jobId, f.provider.address);
      const bare = await loadFixture(bareFixture);
      await expect(as(bare, bare.client).setProvider(1n, ZERO))
        .to.be.revertedWithCustomError(bare.adapter, "ProviderNotSettable")
        .withArgs(1n, ZERO);
    });
  });

  describe("given it was created without one", () => {
    it("names the provider and its agent, and emits ProviderSet", async () => {
      const f = await loadFixture(bareFixture);
      await expect(as(f, f.client).setProvider(1n, f.provider.address))
        .to.emit(f.adapter, "ProviderSet")
        .withArgs(1n, f.provider.address, PROVIDER_AGENT);
      const { provider, providerAgentId } = await f.adapter.getJob(1n);
      expect([provider, providerAgentId]).to.deep.equal([f.provider.address, PROVIDER_AGENT]);
    });

    it("names it without an agent by the call of the older text", async () => {
      const f = await loadFixture(bareFixture);
      await expect(f.adapter.connect(f.client)["setProvider(uint256,address)"](1n, f.provider.address))
        .to.emit(f.adapter, "ProviderSet")
        .withArgs(1n, f.provider.address, 0n);
    });
  });
});
