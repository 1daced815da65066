import { expect } from "chai";
import { loadFixture } from "../../../support/chain.ts";
import { RISK } from "../../../support/enums.ts";
import { POLICY, SLOW_POLICY, bareFixture, nexusFixture } from "../../../support/nexus.ts";

describe("Consensus.setPolicy", () => {
  describe("when the caller is not the administrator", () => {
    it("reverts with NotAdmin", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.consensus.connect(f.operatorA).setPolicy(RISK.routine, POLICY))
        .to.be.revertedWithCustomError(f.consensus, "NotAdmin")
        .withArgs(f.operatorA.address);
    });
  });

  describe("when the threshold is not more than half of the weight", () => {
    it("reverts with ThresholdOutOfRange [NX-CON-02]", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.consensus.connect(f.admin).setPolicy(RISK.routine, { ...POLICY, threshold: 2_500n }))
        .to.be.revertedWithCustomError(f.consensus, "ThresholdOutOfRange")
        .withArgs(2_500n, 5_000n);
    });
  });

  describe("when the threshold is more than all of the weight", () => {
    it("reverts with ThresholdOutOfRange: nobody could decide any more", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.consensus.connect(f.admin).setPolicy(RISK.routine, { ...POLICY, threshold: 5_001n }))
        .to.be.revertedWithCustomError(f.consensus, "ThresholdOutOfRange")
        .withArgs(5_001n, 5_000n);
    });
  });

  describe("given there are no agents", () => {
    it("reverts with ThresholdOutOfRange", async () => {
      const f = await loadFixture(bareFixture);
      await expect(f.consensus.connect(f.admin).setPolicy(RISK.routine, { ...POLICY, threshold: 0n }))
        .to.be.revertedWithCustomError(f.consensus, "ThresholdOutOfRange")
        .withArgs(0n, 0n);
    });
  });

  describe("when the deadline is zero", () => {
    it("reverts with DeadlineOutOfRange", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.consensus.connect(f.admin).setPolicy(RISK.elevated, { ...SLOW_POLICY, maxDeadline: 0n }))
        .to.be.revertedWithCustomError(f.consensus, "DeadlineOutOfRange")
        .withArgs(0n);
    });
  });

  describe("when a Routine deadline is longer than a minute", () => {
    it("reverts with DeadlineOutOfRange", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.consensus.connect(f.admin).setPolicy(RISK.routine, { ...POLICY, maxDeadline: 61n }))
        .to.be.revertedWithCustomError(f.consensus, "DeadlineOutOfRange")
        .withArgs(61n);
    });
  });

  describe("when more voters are demanded than votes can be carried", () => {
    it("reverts with VoterCountOutOfRange", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.consensus.connect(f.admin).setPolicy(RISK.routine, { ...POLICY, minVoters: 128n }))
        .to.be.revertedWithCustomError(f.consensus, "VoterCountOutOfRange")
        .withArgs(128n, 2n);
    });
  });

  describe("when more operators than voters are demanded", () => {
    it("reverts with VoterCountOutOfRange", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.consensus.connect(f.admin).setPolicy(RISK.routine, { ...POLICY, minOperators: 4n }))
        .to.be.revertedWithCustomError(f.consensus, "VoterCountOutOfRange")
        .withArgs(3n, 4n);
    });
  });

  describe("when the delay makes no sense", () => {
    for (const [what, riskClass, delay] of [
      ["any for Routine", RISK.routine, 1n],
      ["none above it", RISK.elevated, 0n],
      ["as long as the deadline may be far", RISK.critical, SLOW_POLICY.maxDeadline],
    ] as const) {
      it(`reverts with DelayOutOfRange: ${what} [NX-CON-05]`, async () => {
        const f = await loadFixture(nexusFixture);
        const policy = { ...(riskClass === RISK.routine ? POLICY : SLOW_POLICY), delay };
        await expect(f.consensus.connect(f.admin).setPolicy(riskClass, policy))
          .to.be.revertedWithCustomError(f.consensus, "DelayOutOfRange")
          .withArgs(delay, policy.maxDeadline);
      });
    }
  });

  describe("when all is well", () => {
    it("sets the class's demands and leaves the others alone", async () => {
      const f = await loadFixture(nexusFixture);
      const policy = { threshold: 2_501n, minVoters: 4n, minOperators: 3n, maxDeadline: 600n, delay: 599n };
      await f.consensus.connect(f.admin).setPolicy(RISK.elevated, policy);
      expect([...(await f.consensus.policyOf(RISK.elevated))]).to.deep.equal([2_501n, 4n, 3n, 600n, 599n]);
      expect([...(await f.consensus.policyOf(RISK.routine))]).to.deep.equal(Object.values(POLICY));
      expect([...(await f.consensus.policyOf(RISK.critical))]).to.deep.equal([0n, 0n, 0n, 0n, 0n]);
    });

    it("emits PolicyChanged", async () => {
      const f = await loadFixture(nexusFixture);
      const policy = { threshold: 5_000n, minVoters: 127n, minOperators: 31n, maxDeadline: 60n, delay: 0n };
      await expect(f.consensus.connect(f.admin).setPolicy(RISK.routine, policy))
        .to.emit(f.consensus, "PolicyChanged")
        .withArgs(RISK.routine, Object.values(policy));
    });
  });

  describe("when the views are asked", () => {
    it("says what the constructor was told", async () => {
      const f = await loadFixture(bareFixture);
      expect(await f.consensus.ADMIN()).to.equal(f.admin.address);
      expect(await f.consensus.REGISTRY()).to.equal(f.addresses.registry);
      expect(await f.consensus.EXECUTOR()).to.equal(f.addresses.treasury);
      expect(await f.consensus.MAX_ROUTINE_DEADLINE()).to.equal(60n);
    });
  });
});
