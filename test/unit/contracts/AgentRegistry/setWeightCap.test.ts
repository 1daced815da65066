import { expect } from "chai";
import { at, loadFixture } from "../../../support/chain.ts";
import { OPERATOR_CAP, WEIGHT, nexusFixture } from "../../../support/nexus.ts";

describe("AgentRegistry.setWeightCap", () => {
  describe("when the caller is not the administrator", () => {
    it("reverts with NotAdmin", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.registry.connect(f.deployer).setWeightCap(1n))
        .to.be.revertedWithCustomError(f.registry, "NotAdmin")
        .withArgs(f.deployer.address);
    });
  });

  describe("when the cap is above that of an operator", () => {
    it("reverts with CapsOutOfOrder", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.registry.connect(f.admin).setWeightCap(OPERATOR_CAP + 1n))
        .to.be.revertedWithCustomError(f.registry, "CapsOutOfOrder")
        .withArgs(OPERATOR_CAP + 1n, OPERATOR_CAP);
    });
  });

  describe("when 128 agents of that weight would not fit a tally", () => {
    it("reverts with CapsOutOfOrder [NX-CON-02]", async () => {
      const f = await loadFixture(nexusFixture);
      const most = 2n ** 23n - 1n;
      await f.registry.connect(f.admin).setOperatorCap(2n ** 32n - 1n);
      await expect(f.registry.connect(f.admin).setWeightCap(most + 1n))
        .to.be.revertedWithCustomError(f.registry, "CapsOutOfOrder")
        .withArgs(most + 1n, 2n ** 32n - 1n);
      await f.registry.connect(f.admin).setWeightCap(most);
      expect(128n * most).to.be.lessThan(2n ** 30n);
    });
  });

  describe("when the administrator calls", () => {
    it("sets the cap and leaves weights to refreshWeight", async () => {
      const f = await loadFixture(nexusFixture);
      await f.registry.connect(f.admin).setWeightCap(400n);
      expect(await f.registry.weightCap()).to.equal(400n);
      expect((await f.registry.signerRecordOf(at(f.voters, 0).key.address)).weight).to.equal(WEIGHT);
    });

    it("emits WeightCapChanged", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.registry.connect(f.admin).setWeightCap(400n))
        .to.emit(f.registry, "WeightCapChanged")
        .withArgs(400n);
    });
  });
});
