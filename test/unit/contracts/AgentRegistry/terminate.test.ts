import { expect } from "chai";
import { identityFixture, pausedFixture, previewVotes, terminatedFixture } from "../../../support/agents.ts";
import { DAY, at, loadFixture, now } from "../../../support/chain.ts";
import { STATUS, refusal } from "../../../support/enums.ts";
import { BOND, WEIGHT, nexusFixture } from "../../../support/nexus.ts";

describe("AgentRegistry.terminate", () => {
  describe("when the caller neither owns the id nor is approved", () => {
    it("reverts with NotAgentOperator [NX-AGT-01]", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.registry.connect(f.attacker).terminate(1n))
        .to.be.revertedWithCustomError(f.registry, "NotAgentOperator")
        .withArgs(1n, f.attacker.address);
    });
  });

  describe("given the agent is terminated already", () => {
    it("reverts with WrongAgentStatus, so that the unbonding does not begin again", async () => {
      const f = await loadFixture(terminatedFixture);
      await expect(f.registry.connect(f.operatorA).terminate(1n))
        .to.be.revertedWithCustomError(f.registry, "WrongAgentStatus")
        .withArgs(1n, STATUS.terminated);
    });
  });

  describe("given the agent is active", () => {
    it("takes weight and votes away and starts the unbonding [NX-AGT-04]", async () => {
      const f = await loadFixture(terminatedFixture);
      const { key } = at(f.voters, 0);
      const agent = await f.registry.agentOf(1n);
      expect([agent.status, agent.bond, agent.unbonding, agent.unbondingEnd]).to.deep.equal([
        STATUS.terminated,
        0n,
        BOND,
        (await now()) + 7n * DAY,
      ]);
      expect(await f.registry.totalWeight()).to.equal(4n * WEIGHT);
      expect((await previewVotes(f, [key])).refusal).to.equal(refusal("AgentNotActive"));
    });

    it("emits StatusChanged, BondChanged and UnbondingStarted", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.registry.connect(f.operatorA).terminate(1n))
        .to.emit(f.registry, "StatusChanged")
        .withArgs(1n, STATUS.terminated)
        .and.to.emit(f.registry, "BondChanged")
        .withArgs(1n, 0n, 0n)
        .and.to.emit(f.registry, "UnbondingStarted");
    });

    it("cannot be undone", async () => {
      const f = await loadFixture(terminatedFixture);
      await expect(f.registry.connect(f.operatorA).resume(1n))
        .to.be.revertedWithCustomError(f.registry, "WrongAgentStatus")
        .withArgs(1n, STATUS.terminated);
      await expect(f.registry.connect(f.operatorA).pause(1n))
        .to.be.revertedWithCustomError(f.registry, "WrongAgentStatus")
        .withArgs(1n, STATUS.terminated);
    });
  });

  describe("given an identity that is no member", () => {
    it("reverts with WrongAgentStatus", async () => {
      const f = await loadFixture(identityFixture);
      await expect(f.registry.connect(f.attacker).terminate(6n))
        .to.be.revertedWithCustomError(f.registry, "WrongAgentStatus")
        .withArgs(6n, STATUS.none);
    });
  });

  describe("given nobody answers for scores any more", () => {
    it("terminates it all the same", async () => {
      const f = await loadFixture(nexusFixture);
      await f.reputation.setBroken(true);
      await f.registry.connect(f.operatorA).terminate(1n);
      expect(await f.registry.totalWeight()).to.equal(4n * WEIGHT);
    });
  });

  describe("given the agent is paused", () => {
    it("terminates it", async () => {
      const f = await loadFixture(pausedFixture);
      await f.registry.connect(f.operatorA).terminate(1n);
      expect((await f.registry.agentOf(1n)).status).to.equal(STATUS.terminated);
      expect(await f.registry.totalWeight()).to.equal(4n * WEIGHT);
    });
  });
});
