import { expect } from "chai";
import { DAY, ethers, loadFixture, networkHelpers, now, time } from "../../../support/chain.ts";
import { RISK } from "../../../support/enums.ts";
import { LOSS_LIMIT, USDC_LIMIT, WSEI_LIMIT, nexusFixture } from "../../../support/nexus.ts";

/** The mandate as the treasury sees it, and one charge: agent 1 lets USDC fall. */
const chargingFixture = async () => {
  const f = await nexusFixture();
  await networkHelpers.setBalance(f.addresses.treasury, 10n ** 18n);
  const mandate = f.mandate.connect(await ethers.getImpersonatedSigner(f.addresses.treasury));
  const chargeUsdc = (fall: bigint, agentId = 1n) =>
    mandate.charge(agentId, 0n, 0n, [f.addresses.usdc], [-fall], RISK.routine);
  const chargeLoss = (loss: bigint, maxLoss = loss) => mandate.charge(1n, loss, maxLoss, [], [], RISK.routine);
  return { ...f, asTreasury: mandate, chargeUsdc, chargeLoss };
};

describe("Mandate.charge", () => {
  describe("when anyone but the treasury calls", () => {
    it("reverts with NotTreasury", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.mandate.connect(f.admin).charge(1n, 0n, 0n, [], [], RISK.routine))
        .to.be.revertedWithCustomError(f.mandate, "NotTreasury")
        .withArgs(f.admin.address);
    });
  });

  describe("when a fall exceeds what an agent has left", () => {
    it("reverts with DailyLimitExceeded: half of a day's limit passes at once [NX-MAN-02]", async () => {
      const f = await loadFixture(chargingFixture);
      const burst = USDC_LIMIT.perAgentDay / 2n;
      await expect(f.chargeUsdc(burst + 1n))
        .to.be.revertedWithCustomError(f.mandate, "DailyLimitExceeded")
        .withArgs(burst + 1n, burst);
    });
  });

  describe("when five agents split what one may not do", () => {
    it("reverts with DailyLimitExceeded on the treasury's own limit [NX-MAN-02]", async () => {
      const f = await loadFixture(chargingFixture);
      const burst = USDC_LIMIT.perAgentDay / 2n;
      await networkHelpers.time.setNextBlockTimestamp((await now()) + 1n);
      await f.chargeUsdc(burst, 1n);
      await f.chargeUsdc(burst, 2n);
      const { forAgent, forAll } = await f.mandate.remainingOf(3n, f.addresses.usdc);
      expect(forAgent).to.equal(burst);
      await expect(f.chargeUsdc(burst, 3n)).to.be.revertedWithCustomError(f.mandate, "DailyLimitExceeded");
      expect(forAll).to.be.lessThan(burst / 10_000n);
    });
  });

  describe("when a loss is above what the proposal allows", () => {
    it("reverts with ActionLossExceeded [NX-TRE-02]", async () => {
      const f = await loadFixture(chargingFixture);
      await expect(f.chargeLoss(8n, 7n))
        .to.be.revertedWithCustomError(f.mandate, "ActionLossExceeded")
        .withArgs(8n, 7n);
    });
  });

  describe("when a loss is above what one action may lose", () => {
    it("reverts with ActionLossExceeded, whatever the proposal allows [NX-TRE-02]", async () => {
      const f = await loadFixture(chargingFixture);
      const { perAction } = LOSS_LIMIT;
      await expect(f.chargeLoss(perAction + 1n, 2n * perAction))
        .to.be.revertedWithCustomError(f.mandate, "ActionLossExceeded")
        .withArgs(perAction + 1n, perAction);
    });
  });

  describe("when the class is higher", () => {
    it("lets each limit be met as often as its multiple says, and no more [NX-TRE-02] [NX-MAN-02]", async () => {
      const f = await loadFixture(chargingFixture);
      await f.mandate.connect(f.admin).setClassMultiples({ elevated: 3n, critical: 5n });
      const { perAction } = LOSS_LIMIT;
      for (const [riskClass, multiple] of [
        [RISK.routine, 1n],
        [RISK.elevated, 3n],
        [RISK.critical, 5n],
      ] as const) {
        const most = multiple * perAction;
        const charge = (loss: bigint) => f.asTreasury.charge.staticCall(1n, loss, 2n ** 200n, [], [], riskClass);
        await expect(charge(most + 1n))
          .to.be.revertedWithCustomError(f.mandate, "ActionLossExceeded")
          .withArgs(most + 1n, most);
        await charge(most);
        const burst = (multiple * USDC_LIMIT.perAgentDay) / 2n;
        const fall = (amount: bigint) =>
          f.asTreasury.charge.staticCall(1n, 0n, 0n, [f.addresses.usdc], [-amount], riskClass);
        await expect(fall(burst + 1n))
          .to.be.revertedWithCustomError(f.mandate, "DailyLimitExceeded")
          .withArgs(burst + 1n, burst);
        await fall(burst);
      }
    });
  });

  describe("when losses are above what a day may lose", () => {
    it("reverts with DailyLimitExceeded [NX-TRE-02]", async () => {
      const f = await loadFixture(chargingFixture);
      const { perAction, perDay } = LOSS_LIMIT;
      await f.chargeLoss(perAction);
      await f.chargeLoss(perAction);
      const room = await f.mandate.remainingLoss();
      expect(room).to.be.lessThan(perDay / 10_000n);
      await expect(f.chargeLoss(perAction)).to.be.revertedWithCustomError(f.mandate, "DailyLimitExceeded");
    });
  });

  describe("when nothing fell and nothing was lost", () => {
    it("charges nothing", async () => {
      const f = await loadFixture(chargingFixture);
      await f.asTreasury.charge(1n, 0n, 0n, [f.addresses.usdc], [0n], RISK.routine);
      const { forAgent, forAll } = await f.mandate.remainingOf(1n, f.addresses.usdc);
      expect([forAgent, forAll]).to.deep.equal([USDC_LIMIT.perAgentDay / 2n, USDC_LIMIT.perDay / 2n]);
    });

    it("charges no rise, however large", async () => {
      const f = await loadFixture(chargingFixture);
      await f.asTreasury.charge(1n, 0n, 0n, [f.addresses.usdc], [2n ** 255n - 1n], RISK.routine);
      const { forAgent, forAll } = await f.mandate.remainingOf(1n, f.addresses.usdc);
      expect([forAgent, forAll]).to.deep.equal([USDC_LIMIT.perAgentDay / 2n, USDC_LIMIT.perDay / 2n]);
    });
  });

  describe("when a balance falls by all that a number can say", () => {
    it("reverts with DailyLimitExceeded and not by overflow [NX-MAN-02]", async () => {
      const f = await loadFixture(chargingFixture);
      await expect(f.chargeUsdc(2n ** 255n))
        .to.be.revertedWithCustomError(f.mandate, "DailyLimitExceeded")
        .withArgs(2n ** 255n, USDC_LIMIT.perAgentDay / 2n);
    });
  });

  describe("when all is well", () => {
    it("takes from the agent's, the treasury's and the loss's room", async () => {
      const f = await loadFixture(chargingFixture);
      const [fall, loss] = [1_000_000n, 5n];
      await f.asTreasury.charge(1n, loss, loss, [f.addresses.wsei, f.addresses.usdc], [-fall, fall], RISK.routine);
      const rooms = await f.mandate.remainingOf(1n, f.addresses.wsei);
      expect(rooms.forAgent).to.equal(WSEI_LIMIT.perAgentDay / 2n - fall);
      expect(rooms.forAll).to.equal(WSEI_LIMIT.perDay / 2n - fall);
      expect(await f.mandate.remainingLoss()).to.equal(LOSS_LIMIT.perDay / 2n - loss);
      expect((await f.mandate.remainingOf(2n, f.addresses.wsei)).forAgent).to.equal(WSEI_LIMIT.perAgentDay / 2n);
    });

    it("refills with time alone, all of it within a day [NX-MAN-02]", async () => {
      const f = await loadFixture(chargingFixture);
      const burst = USDC_LIMIT.perAgentDay / 2n;
      await f.chargeUsdc(burst);
      const start = await now();
      await time.increaseTo(start + DAY / 2n);
      expect((await f.mandate.remainingOf(1n, f.addresses.usdc)).forAgent).to.equal(burst / 2n);
      await time.increaseTo(start + DAY);
      expect((await f.mandate.remainingOf(1n, f.addresses.usdc)).forAgent).to.equal(burst);
    });

    it("lets no more than a day's limit through within a day [NX-MAN-02]", async () => {
      const f = await loadFixture(chargingFixture);
      const start = (await now()) + 1n;
      await time.setNextBlockTimestamp(start);
      await f.chargeUsdc(USDC_LIMIT.perAgentDay / 2n);
      await time.setNextBlockTimestamp(start + DAY - 1n);
      const most = (USDC_LIMIT.perAgentDay / 2n / DAY) * (DAY - 1n);
      await f.chargeUsdc(most);
      await expect(f.chargeUsdc(USDC_LIMIT.perAgentDay / 2n / DAY + 2n)).to.be.revertedWithCustomError(
        f.mandate,
        "DailyLimitExceeded",
      );
    });
  });
});
