import { expect } from "chai";
import { spareKey, terminatedFixture } from "../../../support/agents.ts";
import { ethers, loadFixture, now, time } from "../../../support/chain.ts";
import { BOND, nexusFixture, registerAgent } from "../../../support/nexus.ts";

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
    it("reverts with NothingUnbonding", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.registry.withdrawBond(1n))
        .to.be.revertedWithCustomError(f.registry, "NothingUnbonding")
        .withArgs(1n);
    });

    it("pays what was unbonded and leaves bond, weight and voting seat", async () => {
      const f = await loadFixture(nexusFixture);
      await f.registry.connect(f.operatorA).unbond(1n, BOND / 4n);
      await time.increaseTo((await f.registry.agentOf(1n)).unbondingEnd);
      await expect(f.registry.withdrawBond(1n)).to.changeTokenBalance(ethers, f.stake, f.operatorA, BOND / 4n);
      const { bond, unbonding, unbondingEnd } = await f.registry.agentOf(1n);
      expect([bond, unbonding, unbondingEnd]).to.deep.equal([(BOND * 3n) / 4n, 0n, 0n]);
      expect(await f.registry.votingSeatsTaken()).to.equal(5n);
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
        expect((await f.registry.agentOf(1n)).unbonding).to.equal(0n);
      });

      it("emits BondWithdrawn and VotingSeatFreed", async () => {
        const f = await loadFixture(unbondedFixture);
        await expect(f.registry.withdrawBond(1n))
          .to.emit(f.registry, "BondWithdrawn")
          .withArgs(1n, f.operatorA.address, BOND)
          .and.to.emit(f.registry, "VotingSeatFreed")
          .withArgs(1n, 0n);
      });

      it("gives the lowest free voting seat to the next that joins", async () => {
        const f = await loadFixture(unbondedFixture);
        expect(await f.registry.votingSeatsTaken()).to.equal(5n);
        await f.registry.withdrawBond(1n);
        expect(await f.registry.votingSeatsTaken()).to.equal(4n);
        await registerAgent(f, { operator: f.anyone, key: spareKey() });
        await registerAgent(f, { operator: f.anyone, key: spareKey(1) });
        const seats = await Promise.all([0, 1].map((index) => f.registry.signerRecordOf(spareKey(index).address)));
        expect(seats.map(({ votingSeat }) => votingSeat)).to.deep.equal([0n, 5n]);
      });

      it("frees the voting seat though all was slashed", async () => {
        const f = await loadFixture(unbondedFixture);
        await f.registry.connect(f.admin).slash(1n, f.payee.address, BOND, await now(), ethers.id("operation"));
        await f.registry.withdrawBond(1n);
        expect(await f.registry.votingSeatsTaken()).to.equal(4n);
      });

      it("reverts with NothingUnbonding when called a second time", async () => {
        const f = await loadFixture(unbondedFixture);
        await f.registry.withdrawBond(1n);
        await expect(f.registry.withdrawBond(1n))
          .to.be.revertedWithCustomError(f.registry, "NothingUnbonding")
          .withArgs(1n);
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
