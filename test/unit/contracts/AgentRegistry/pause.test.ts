import { expect } from "chai";
import { pausedFixture, previewVotes, rotatedFixture } from "../../../support/agents.ts";
import { at, loadFixture } from "../../../support/chain.ts";
import { STATUS, refusal } from "../../../support/enums.ts";
import { BOND, WEIGHT, nexusFixture } from "../../../support/nexus.ts";

describe("AgentRegistry.pause", () => {
  describe("when the caller neither owns the id nor is approved", () => {
    it("reverts with NotAgentOperator [NX-AGT-01]", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.registry.connect(f.operatorB).pause(1n))
        .to.be.revertedWithCustomError(f.registry, "NotAgentOperator")
        .withArgs(1n, f.operatorB.address);
    });
  });

  describe("given the agent is paused already", () => {
    it("reverts with WrongAgentStatus", async () => {
      const f = await loadFixture(pausedFixture);
      await expect(f.registry.connect(f.operatorA).pause(1n))
        .to.be.revertedWithCustomError(f.registry, "WrongAgentStatus")
        .withArgs(1n, STATUS.paused);
    });
  });

  describe("given the agent is active", () => {
    it("takes its weight away and its votes with it [NX-AGT-04]", async () => {
      const f = await loadFixture(pausedFixture);
      const { key } = at(f.voters, 0);
      const seat = await f.registry.signerRecordOf(key.address);
      expect([seat.weight, seat.status]).to.deep.equal([0n, STATUS.paused]);
      expect(await f.registry.totalWeight()).to.equal(4n * WEIGHT);
      expect((await previewVotes(f, [key])).refusal).to.equal(refusal("AgentNotActive"));
    });

    it("silences a key in its overlap too [NX-AGT-04]", async () => {
      const f = await loadFixture(rotatedFixture);
      await f.registry.connect(f.operatorA).pause(1n);
      const answer = await previewVotes(f, [f.oldKey]);
      expect(answer.refusal).to.equal(refusal("AgentNotActive"));
    });

    it("emits StatusChanged and BondChanged", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.registry.connect(f.operatorA).pause(1n))
        .to.emit(f.registry, "StatusChanged")
        .withArgs(1n, STATUS.paused)
        .and.to.emit(f.registry, "BondChanged")
        .withArgs(1n, BOND, 0n);
    });
  });
});
