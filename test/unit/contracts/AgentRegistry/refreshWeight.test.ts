import { expect } from "chai";
import { terminatedFixture } from "../../../support/agents.ts";
import { at, loadFixture, now } from "../../../support/chain.ts";
import { BOND, WEIGHT, WEIGHT_CAP, nexusFixture } from "../../../support/nexus.ts";

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
      expect((await f.registry.signerRecordOf(at(f.voters, 0).key.address)).weight).to.equal(400n);
      expect(await f.registry.totalWeight()).to.equal(4n * WEIGHT + 400n);
    });

    it("gives the weight back when the cap is raised again", async () => {
      const f = await loadFixture(loweredCapFixture);
      await f.registry.refreshWeight(1n);
      await f.registry.connect(f.admin).setWeightCap(700n);
      await f.registry.connect(f.operatorA).refreshWeight(1n);
      expect(await f.registry.totalWeight()).to.equal(4n * WEIGHT + 700n);
    });

    it("leaves a gain to the owner, or anyone could silence the agent on open proposals", async () => {
      const f = await loadFixture(loweredCapFixture);
      await f.registry.refreshWeight(1n);
      await f.registry.connect(f.admin).setWeightCap(700n);
      const { weightSince } = await f.registry.signerRecordOf(at(f.voters, 0).key.address);
      await f.registry.connect(f.attacker).refreshWeight(1n);
      const seat = await f.registry.signerRecordOf(at(f.voters, 0).key.address);
      expect([seat.weight, seat.weightSince]).to.deep.equal([400n, weightSince]);
    });
  });

  describe("given the score changed", () => {
    it("lowers the weight at once and leaves weightSince, whoever calls", async () => {
      const f = await loadFixture(nexusFixture);
      const key = at(f.voters, 0).key.address;
      const { weightSince } = await f.registry.signerRecordOf(key);
      await f.reputation.setScore(1n, 2_500n);
      await f.registry.connect(f.anyone).refreshWeight(1n);
      const seat = await f.registry.signerRecordOf(key);
      expect([seat.weight, seat.weightSince]).to.deep.equal([WEIGHT / 4n, weightSince]);
    });

    it("raises the weight, up to the cap, and begins weightSince again when the owner calls", async () => {
      const f = await loadFixture(nexusFixture);
      await f.reputation.setScore(1n, 15_000n);
      await f.registry.connect(f.operatorA).refreshWeight(1n);
      const seat = await f.registry.signerRecordOf(at(f.voters, 0).key.address);
      expect([seat.weight, seat.weightSince]).to.deep.equal([(3n * WEIGHT) / 2n, await now()]);
      await f.reputation.setScore(1n, 10n ** 30n);
      await f.registry.connect(f.operatorA).refreshWeight(1n);
      expect((await f.registry.signerRecordOf(at(f.voters, 0).key.address)).weight).to.equal(WEIGHT_CAP);
    });
  });

  describe("given the operator's cap was lowered", () => {
    it("takes it from the agents in the order of the calls", async () => {
      const f = await loadFixture(nexusFixture);
      await f.registry.connect(f.admin).setWeightCap(WEIGHT);
      await f.registry.connect(f.admin).setOperatorCap((3n * WEIGHT) / 2n);
      await f.registry.refreshWeight(2n);
      const seats = await Promise.all(
        [0, 1].map((index) => f.registry.signerRecordOf(at(f.voters, index).key.address)),
      );
      expect(seats.map(({ weight }) => weight)).to.deep.equal([WEIGHT, WEIGHT / 2n]);
      await f.registry.connect(f.admin).setWeightCap(0n);
      await f.registry.connect(f.admin).setOperatorCap(0n);
      await f.registry.refreshWeight(1n);
      await f.registry.refreshWeight(2n);
      expect(await f.registry.operatorWeightOf(f.operatorA)).to.equal(0n);
      expect(await f.registry.totalWeight()).to.equal(3n * WEIGHT);
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
