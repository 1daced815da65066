import { expect } from "chai";
import { identityFixture, pausedFixture, rotatedFixture, terminatedFixture } from "../../../support/agents.ts";
import { type Signer, at, ethers, loadFixture, now } from "../../../support/chain.ts";
import { STATUS } from "../../../support/enums.ts";
import { BOND, type Nexus, OPERATOR_CAP, WEIGHT, WEIGHT_CAP, nexusFixture } from "../../../support/nexus.ts";

/** The owner of agents 1 and 2 has stake and approved it. */
const give = async (f: Nexus, amount: bigint, to: Signer = f.operatorA) => {
  await f.stake.connect(f.deployer).mint(to.address, amount);
  await f.stake.connect(to).approve(f.addresses.registry, amount);
  return f.registry.connect(to);
};

describe("AgentRegistry.addBond", () => {
  describe("when the id is unknown", () => {
    it("reverts with ERC721NonexistentToken", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.registry.connect(f.anyone).addBond(6n, 1n))
        .to.be.revertedWithCustomError(f.registry, "ERC721NonexistentToken")
        .withArgs(6n);
    });
  });

  describe("when the caller neither owns the id nor is approved", () => {
    it("reverts with NotAgentOperator, so that nobody else restarts its weightSince [NX-AGT-01]", async () => {
      const f = await loadFixture(nexusFixture);
      const registry = await give(f, BOND, f.anyone);
      await expect(registry.addBond(1n, BOND))
        .to.be.revertedWithCustomError(f.registry, "NotAgentOperator")
        .withArgs(1n, f.anyone.address);
    });
  });

  describe("given an identity that is no member", () => {
    it("reverts with WrongAgentStatus", async () => {
      const f = await loadFixture(identityFixture);
      await expect(f.registry.connect(f.attacker).addBond(6n, 1n))
        .to.be.revertedWithCustomError(f.registry, "WrongAgentStatus")
        .withArgs(6n, STATUS.none);
    });
  });

  describe("given the agent is terminated", () => {
    it("reverts with WrongAgentStatus", async () => {
      const f = await loadFixture(terminatedFixture);
      await expect(f.registry.connect(f.operatorA).addBond(1n, 1n))
        .to.be.revertedWithCustomError(f.registry, "WrongAgentStatus")
        .withArgs(1n, STATUS.terminated);
    });
  });

  describe("when the bond would be larger than 96 bits", () => {
    it("reverts with SafeCastOverflowedUintDowncast", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.registry.connect(f.operatorA).addBond(1n, 2n ** 96n - 1n))
        .to.be.revertedWithCustomError(f.registry, "SafeCastOverflowedUintDowncast")
        .withArgs(96n, BOND + 2n ** 96n - 1n);
    });
  });

  describe("when the amount is not approved", () => {
    it("reverts with the token's ERC20InsufficientAllowance", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.registry.connect(f.operatorA).addBond(1n, 5n))
        .to.be.revertedWithCustomError(f.stake, "ERC20InsufficientAllowance")
        .withArgs(f.addresses.registry, 0n, 5n);
    });
  });

  describe("given the agent is active", () => {
    it("takes the amount from the caller and adds the weight", async () => {
      const f = await loadFixture(nexusFixture);
      const registry = await give(f, BOND / 2n);
      await expect(registry.addBond(1n, BOND / 2n)).to.changeTokenBalances(
        ethers,
        f.stake,
        [f.operatorA, f.registry],
        [-BOND / 2n, BOND / 2n],
      );
      expect((await f.registry.signerRecordOf(at(f.voters, 0).key.address)).weight).to.equal((WEIGHT * 3n) / 2n);
      expect(await f.registry.totalWeight()).to.equal(5n * WEIGHT + WEIGHT / 2n);
    });

    it("adds no weight beyond the cap", async () => {
      const f = await loadFixture(nexusFixture);
      const registry = await give(f, 9n * BOND);
      await registry.addBond(1n, 9n * BOND);
      expect((await f.registry.signerRecordOf(at(f.voters, 0).key.address)).weight).to.equal(WEIGHT_CAP);
      expect((await f.registry.agentOf(1n)).bond).to.equal(10n * BOND);
    });

    it("adds no weight beyond what the operator's cap leaves", async () => {
      const f = await loadFixture(nexusFixture);
      await (await give(f, BOND)).addBond(1n, BOND);
      expect(await f.registry.operatorWeightOf(f.operatorA)).to.equal(3n * WEIGHT);
      await (await give(f, BOND)).addBond(2n, BOND);
      const seats = await Promise.all(
        [0, 1].map((index) => f.registry.signerRecordOf(at(f.voters, index).key.address)),
      );
      expect(seats.map(({ weight }) => weight)).to.deep.equal([2n * WEIGHT, OPERATOR_CAP - 2n * WEIGHT]);
      expect(await f.registry.operatorWeightOf(f.operatorA)).to.equal(OPERATOR_CAP);
    });

    it("begins weightSince again", async () => {
      const f = await loadFixture(nexusFixture);
      await (await give(f, BOND)).addBond(1n, BOND);
      expect((await f.registry.signerRecordOf(at(f.voters, 0).key.address)).weightSince).to.equal(await now());
    });

    it("emits BondChanged", async () => {
      const f = await loadFixture(nexusFixture);
      const registry = await give(f, 5n);
      await expect(registry.addBond(1n, 5n))
        .to.emit(f.registry, "BondChanged")
        .withArgs(1n, BOND + 5n, WEIGHT);
    });
  });

  describe("given the agent is paused", () => {
    it("adds to the bond and not to the weight [NX-AGT-04]", async () => {
      const f = await loadFixture(pausedFixture);
      const registry = await give(f, BOND);
      await registry.addBond(1n, BOND);
      expect((await f.registry.agentOf(1n)).bond).to.equal(2n * BOND);
      expect((await f.registry.signerRecordOf(at(f.voters, 0).key.address)).weight).to.equal(0n);
    });
  });

  describe("given an overlap is running", () => {
    it("gives both keys the weight and counts it once", async () => {
      const f = await loadFixture(rotatedFixture);
      const registry = await give(f, BOND / 2n);
      await registry.addBond(1n, BOND / 2n);
      const weights = await Promise.all([f.oldKey, f.newKey].map(({ address }) => f.registry.signerRecordOf(address)));
      expect(weights.map(({ weight }) => weight)).to.deep.equal([(WEIGHT * 3n) / 2n, (WEIGHT * 3n) / 2n]);
      expect(await f.registry.totalWeight()).to.equal(5n * WEIGHT + WEIGHT / 2n);
    });
  });
});
