import { expect } from "chai";
import { loadFixture } from "../../../support/chain.ts";
import { WEIGHT, WEIGHT_CAP, nexusFixture } from "../../../support/nexus.ts";

describe("AgentRegistry.setOperatorCap", () => {
  it("reverts with NotAdmin for everybody but the administrator", async () => {
    const f = await loadFixture(nexusFixture);
    await expect(f.registry.connect(f.operatorA).setOperatorCap(1n))
      .to.be.revertedWithCustomError(f.registry, "NotAdmin")
      .withArgs(f.operatorA.address);
  });

  it("reverts with CapsOutOfOrder below the cap of an agent", async () => {
    const f = await loadFixture(nexusFixture);
    await expect(f.registry.connect(f.admin).setOperatorCap(WEIGHT_CAP - 1n))
      .to.be.revertedWithCustomError(f.registry, "CapsOutOfOrder")
      .withArgs(WEIGHT_CAP, WEIGHT_CAP - 1n);
  });

  it("sets the cap, tells it, and leaves weights to refreshWeight", async () => {
    const f = await loadFixture(nexusFixture);
    await expect(f.registry.connect(f.admin).setOperatorCap(WEIGHT_CAP))
      .to.emit(f.registry, "OperatorCapChanged")
      .withArgs(WEIGHT_CAP);
    expect(await f.registry.operatorCap()).to.equal(WEIGHT_CAP);
    expect(await f.registry.operatorWeightOf(f.operatorA)).to.equal(2n * WEIGHT);
  });
});
