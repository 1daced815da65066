import { expect } from "chai";
import { ZERO, loadFixture } from "../../../support/chain.ts";
import { walletFixture } from "../../../support/wallets.ts";

describe("AgentRegistry.unsetAgentWallet", () => {
  it("reverts with NotAgentOperator for a stranger, the wallet included [NX-AGT-01]", async () => {
    const f = await loadFixture(walletFixture);
    await expect(f.registry.connect(f.attacker).unsetAgentWallet(1n))
      .to.be.revertedWithCustomError(f.registry, "NotAgentOperator")
      .withArgs(1n, f.attacker.address);
  });

  it("leaves nobody, tells it once, and harms not when called twice", async () => {
    const f = await loadFixture(walletFixture);
    const registry = f.registry.connect(f.operatorA);
    await expect(registry.unsetAgentWallet(1n)).to.emit(f.registry, "MetadataSet");
    expect(await f.registry.getAgentWallet(1n)).to.equal(ZERO);
    await expect(registry.unsetAgentWallet(1n)).not.to.emit(f.registry, "MetadataSet");
  });
});
