import { expect } from "chai";
import { terminatedFixture } from "../../../support/agents.ts";
import { at, loadFixture } from "../../../support/chain.ts";
import { BOND, WEIGHT, nexusFixture } from "../../../support/nexus.ts";

const loweredCapFixture = async () => {
  const f = await nexusFixture();
  await f.registry.connect(f.admin).setWeightCap(400n);
  return f;
};

describe("AgentRegistry.refreshWeight", () => {
  describe("when the id is unknown", () => {
    it("reverts with ERC721NonexistentToken", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.registry.refreshWeight(6n))
        .to.be.revertedWithCustomError(f.registry, "ERC721NonexistentToken")
        .withArgs(6n);
    });
  });

  describe("given the cap was lowered", () => {
    it("applies it, whoever calls", async () => {
      const f = await loadFixture(loweredCapFixture);
      await expect(f.registry.connect(f.anyone).refreshWeight(1n))
        .to.emit(f.registry, "BondChanged")
        .withArgs(1n, BOND, 400n);
      expect((await f.registry.seatOf(at(f.voters, 0).key.address)).weight).to.equal(400n);
      expect(await f.registry.totalWeight()).to.equal(4n * WEIGHT + 400n);
    });

    it("gives the weight back when the cap is raised again", async () => {
      const f = await loadFixture(loweredCapFixture);
      await f.registry.refreshWeight(1n);
      await f.registry.connect(f.admin).setWeightCap(700n);
      await f.registry.refreshWeight(1n);
      expect(await f.registry.totalWeight()).to.equal(4n * WEIGHT + 700n);
    });
  });

  describe("given the agent is terminated", () => {
    it("leaves it without weight [NX-AGT-04]", async () => {
      const f = await loadFixture(terminatedFixture);
      await f.registry.refreshWeight(1n);
      expect(await f.registry.totalWeight()).to.equal(4n * WEIGHT);
    });
  });
});
