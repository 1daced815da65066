import { expect } from "chai";
import { pausedFixture, rotate, spareKey, transferredFixture } from "../../../support/agents.ts";
import { ZERO, at, loadFixture } from "../../../support/chain.ts";
import { STATUS } from "../../../support/enums.ts";
import { BOND, WEIGHT, nexusFixture } from "../../../support/nexus.ts";

describe("AgentRegistry.resume", () => {
  describe("when the caller neither owns the id nor is approved", () => {
    it("reverts with NotAgentOperator [NX-AGT-01]", async () => {
      const f = await loadFixture(pausedFixture);
      await expect(f.registry.connect(f.operatorB).resume(1n))
        .to.be.revertedWithCustomError(f.registry, "NotAgentOperator")
        .withArgs(1n, f.operatorB.address);
    });
  });

  describe("given the agent is active", () => {
    it("reverts with WrongAgentStatus", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.registry.connect(f.operatorA).resume(1n))
        .to.be.revertedWithCustomError(f.registry, "WrongAgentStatus")
        .withArgs(1n, STATUS.active);
    });
  });

  describe("given the id was transferred and has no signer", () => {
    it("reverts with InvalidSignerProof", async () => {
      const f = await loadFixture(transferredFixture);
      await expect(f.registry.connect(f.anyone).resume(1n))
        .to.be.revertedWithCustomError(f.registry, "InvalidSignerProof")
        .withArgs(ZERO);
    });
  });

  describe("given the agent is paused and has a signer", () => {
    it("gives the weight back", async () => {
      const f = await loadFixture(pausedFixture);
      await f.registry.connect(f.operatorA).resume(1n);
      const seat = await f.registry.signerRecordOf(at(f.voters, 0).key.address);
      expect([seat.weight, seat.status]).to.deep.equal([WEIGHT, STATUS.active]);
      expect(await f.registry.totalWeight()).to.equal(5n * WEIGHT);
    });

    it("emits StatusChanged and BondChanged", async () => {
      const f = await loadFixture(pausedFixture);
      await expect(f.registry.connect(f.operatorA).resume(1n))
        .to.emit(f.registry, "StatusChanged")
        .withArgs(1n, STATUS.active)
        .and.to.emit(f.registry, "BondChanged")
        .withArgs(1n, BOND, WEIGHT);
    });
  });

  describe("given a transferred agent has a new signer", () => {
    it("gives the new signer the weight", async () => {
      const f = await loadFixture(transferredFixture);
      await rotate(f, { agentId: 1n, key: spareKey(), overlap: 0n }, f.anyone);
      await f.registry.connect(f.anyone).resume(1n);
      expect((await f.registry.signerRecordOf(spareKey().address)).weight).to.equal(WEIGHT);
      expect(await f.registry.totalWeight()).to.equal(5n * WEIGHT);
    });
  });
});
