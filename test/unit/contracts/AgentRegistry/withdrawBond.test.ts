import { expect } from "chai";
import { terminatedFixture } from "../../../support/agents.ts";
import { ethers, loadFixture, time } from "../../../support/chain.ts";
import { STATUS } from "../../../support/enums.ts";
import { BOND, nexusFixture } from "../../../support/nexus.ts";

const unbondedFixture = async () => {
  const f = await terminatedFixture();
  await time.increaseTo((await f.registry.agentOf(1n)).unbondingEnd);
  return f;
};

describe("AgentRegistry.withdrawBond", () => {
  describe("when the id is unknown", () => {
    it("reverts with ERC721NonexistentToken", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.registry.withdrawBond(6n))
        .to.be.revertedWithCustomError(f.registry, "ERC721NonexistentToken")
        .withArgs(6n);
    });
  });

  describe("given the agent is active", () => {
    it("reverts with WrongAgentStatus", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.registry.withdrawBond(1n))
        .to.be.revertedWithCustomError(f.registry, "WrongAgentStatus")
        .withArgs(1n, STATUS.active);
    });
  });

  describe("given the agent is terminated", () => {
    describe("when the unbonding has not ended", () => {
      it("reverts with StillUnbonding, up to the last second", async () => {
        const f = await loadFixture(terminatedFixture);
        const { unbondingEnd } = await f.registry.agentOf(1n);
        await time.setNextBlockTimestamp(unbondingEnd - 1n);
        await expect(f.registry.withdrawBond(1n))
          .to.be.revertedWithCustomError(f.registry, "StillUnbonding")
          .withArgs(1n, unbondingEnd);
      });
    });

    describe("when the unbonding has ended", () => {
      it("pays the bond to the owner, whoever calls [NX-AGT-03]", async () => {
        const f = await loadFixture(unbondedFixture);
        await expect(f.registry.connect(f.attacker).withdrawBond(1n)).to.changeTokenBalances(
          ethers,
          f.stake,
          [f.operatorA, f.registry, f.attacker],
          [BOND, -BOND, 0n],
        );
        expect((await f.registry.agentOf(1n)).bond).to.equal(0n);
      });

      it("emits BondChanged", async () => {
        const f = await loadFixture(unbondedFixture);
        await expect(f.registry.withdrawBond(1n)).to.emit(f.registry, "BondChanged").withArgs(1n, 0n, 0n);
      });

      it("reverts with NoBond when called a second time", async () => {
        const f = await loadFixture(unbondedFixture);
        await f.registry.withdrawBond(1n);
        await expect(f.registry.withdrawBond(1n)).to.be.revertedWithCustomError(f.registry, "NoBond").withArgs(1n);
      });
    });

    describe("when the id was sold", () => {
      it("pays the new owner", async () => {
        const f = await loadFixture(unbondedFixture);
        await f.registry.connect(f.operatorA).transferFrom(f.operatorA.address, f.anyone.address, 1n);
        await f.registry.withdrawBond(1n);
        expect(await f.stake.balanceOf(f.anyone)).to.equal(BOND);
      });
    });
  });
});
