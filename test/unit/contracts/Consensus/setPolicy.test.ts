import { expect } from "chai";
import { fillBond } from "../../../support/agents.ts";
import { DAY, loadFixture } from "../../../support/chain.ts";
import { RISK } from "../../../support/enums.ts";
import {
  BOND,
  OPERATOR_CAP,
  POLICY,
  SLOW_POLICY,
  WEIGHT_CAP,
  bareFixture,
  nexusFixture,
} from "../../../support/nexus.ts";

describe("Consensus.setPolicy", () => {
  describe("when the caller is not the administrator", () => {
    it("reverts with NotAdmin", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.consensus.connect(f.operatorA).setPolicy(RISK.routine, POLICY))
        .to.be.revertedWithCustomError(f.consensus, "NotAdmin")
        .withArgs(f.operatorA.address);
    });
  });

  describe("when the threshold is no more than one agent may weigh", () => {
    it("reverts with ThresholdOutOfRange [NX-CON-02]", async () => {
      const f = await loadFixture(nexusFixture);
      for (const threshold of [0n, WEIGHT_CAP]) {
        await expect(f.consensus.connect(f.admin).setPolicy(RISK.routine, { ...POLICY, threshold }))
          .to.be.revertedWithCustomError(f.consensus, "ThresholdOutOfRange")
          .withArgs(threshold, WEIGHT_CAP + 1n, 128n * WEIGHT_CAP);
      }
      await f.consensus.connect(f.admin).setPolicy(RISK.routine, { ...POLICY, threshold: WEIGHT_CAP + 1n });
    });
  });

  describe("when one operator is demanded, and the threshold is no more than one may weigh", () => {
    it("reverts with ThresholdOutOfRange [NX-CON-02]", async () => {
      const f = await loadFixture(nexusFixture);
      const alone = { ...POLICY, minOperators: 1n };
      await expect(f.consensus.connect(f.admin).setPolicy(RISK.routine, { ...alone, threshold: OPERATOR_CAP }))
        .to.be.revertedWithCustomError(f.consensus, "ThresholdOutOfRange")
        .withArgs(OPERATOR_CAP, OPERATOR_CAP + 1n, 128n * WEIGHT_CAP);
      await f.consensus.connect(f.admin).setPolicy(RISK.routine, { ...alone, threshold: OPERATOR_CAP + 1n });
    });
  });

  describe("when the threshold is more than all voting seats may weigh", () => {
    it("reverts with ThresholdOutOfRange: nobody could decide any more [NX-CON-05]", async () => {
      const f = await loadFixture(nexusFixture);
      const most = 128n * WEIGHT_CAP;
      await expect(f.consensus.connect(f.admin).setPolicy(RISK.routine, { ...POLICY, threshold: most + 1n }))
        .to.be.revertedWithCustomError(f.consensus, "ThresholdOutOfRange")
        .withArgs(most + 1n, WEIGHT_CAP + 1n, most);
      await f.consensus.connect(f.admin).setPolicy(RISK.routine, { ...POLICY, threshold: most });
    });
  });

  describe("when agents pause, or fill up their bonds, just before", () => {
    it("goes through all the same: they move no bound [NX-CON-05]", async () => {
      const f = await loadFixture(nexusFixture);
      const set = () =>
        f.consensus.connect(f.admin).setPolicy.staticCall(RISK.routine, { ...POLICY, threshold: 4_000n });
      await fillBond(f, 5n, 2n * BOND, f.operatorC);
      await set();
      for (const agentId of [1n, 2n]) await f.registry.connect(f.operatorA).pause(agentId);
      await set();
      const none = await loadFixture(bareFixture);
      await none.consensus.connect(none.admin).setPolicy(RISK.routine, POLICY);
    });
  });

  describe("when the deadline is zero", () => {
    it("reverts with DeadlineOutOfRange", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.consensus.connect(f.admin).setPolicy(RISK.elevated, { ...SLOW_POLICY, maxDeadline: 0n }))
        .to.be.revertedWithCustomError(f.consensus, "DeadlineOutOfRange")
        .withArgs(0n, 6n * DAY);
    });
  });

  describe("when a deadline is longer than six days", () => {
    it("reverts with DeadlineOutOfRange: agents that unbond keep their seats for seven [NX-CON-10]", async () => {
      const f = await loadFixture(nexusFixture);
      const maxDeadline = 6n * DAY + 1n;
      await expect(f.consensus.connect(f.admin).setPolicy(RISK.critical, { ...SLOW_POLICY, maxDeadline }))
        .to.be.revertedWithCustomError(f.consensus, "DeadlineOutOfRange")
        .withArgs(maxDeadline, 6n * DAY);
      expect(await f.consensus.MAX_DEADLINE()).to.be.lessThan(await f.registry.UNBONDING_DELAY());
    });
  });

  describe("when a Routine deadline is longer than a minute", () => {
    it("reverts with DeadlineOutOfRange", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.consensus.connect(f.admin).setPolicy(RISK.routine, { ...POLICY, maxDeadline: 61n }))
        .to.be.revertedWithCustomError(f.consensus, "DeadlineOutOfRange")
        .withArgs(61n, 60n);
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

  describe("when deadline and delay are as short as they may be", () => {
    it("goes through", async () => {
      const f = await loadFixture(nexusFixture);
      await f.consensus.connect(f.admin).setPolicy(RISK.routine, { ...POLICY, maxDeadline: 1n });
      await f.consensus.connect(f.admin).setPolicy(RISK.elevated, { ...SLOW_POLICY, maxDeadline: 2n, delay: 1n });
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
