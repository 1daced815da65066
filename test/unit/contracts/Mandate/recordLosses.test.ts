import { expect } from "chai";
import { DAY, WAD, ethers, loadFixture, networkHelpers, time } from "../../../support/chain.ts";
import { RISK } from "../../../support/enums.ts";
import { LOSS_LIMIT, USDC_LIMIT } from "../../../support/nexus.ts";
import { performanceRecordFixture } from "../../../support/outcomes.ts";
import { ROLE } from "../../../support/reputation.ts";

const LOST = 12n * WAD;
const MAX_LOSS = 100n * WAD;

/** The mandate as the treasury sees it; agent 1 lets WSEI fall, and USDC too, and loses. */
const losingFixture = async () => {
  const f = await performanceRecordFixture();
  await networkHelpers.setBalance(f.addresses.treasury, 10n ** 18n);
  const asTreasury = f.mandate.connect(await ethers.getImpersonatedSigner(f.addresses.treasury));
  const { usdc, wsei } = f.addresses;
  const lose = (loss = LOST, maxLoss = MAX_LOSS) =>
    asTreasury.charge(1n, loss, maxLoss, [usdc, wsei], [0n, -5n], RISK.routine);
  const unrecorded = async (token: string) => {
    const { count, result, maxLoss } = await f.mandate.pendingLossOf(1n, token);
    return [count, result, maxLoss];
  };
  return { ...f, asTreasury, lose, unrecorded };
};

describe("Mandate.recordLosses", () => {
  describe("when nothing was lost", () => {
    it("reverts with NothingToRecord", async () => {
      const f = await loadFixture(losingFixture);
      await expect(f.mandate.recordLosses(1n, [f.addresses.usdc, f.addresses.wsei]))
        .to.be.revertedWithCustomError(f.mandate, "NothingToRecord")
        .withArgs(1n);
    });
  });

  describe("when nothing was lost with the token that is named", () => {
    it("reverts with NothingToRecord", async () => {
      const f = await loadFixture(losingFixture);
      await f.lose();
      for (const [agentId, token] of [
        [1n, f.addresses.usdc],
        [2n, f.addresses.wsei],
      ] as const) {
        await expect(f.mandate.recordLosses(agentId, [token]))
          .to.be.revertedWithCustomError(f.mandate, "NothingToRecord")
          .withArgs(agentId);
      }
    });
  });

  describe("when the mandate may not record", () => {
    it("reverts with NotRecorder and keeps the loss [NX-REP-09]", async () => {
      const f = await loadFixture(losingFixture);
      await f.lose();
      await f.reputation.connect(f.admin).setRecorder(f.addresses.mandate, ROLE.none);
      await expect(f.mandate.recordLosses(1n, [f.addresses.wsei]))
        .to.be.revertedWithCustomError(f.reputation, "NotRecorder")
        .withArgs(f.addresses.mandate, ROLE.proposals);
      expect(await f.unrecorded(f.addresses.wsei)).to.deep.equal([1n, -LOST, MAX_LOSS]);
    });
  });

  describe("when an action lost", () => {
    it("keeps the loss and the limit that it stood under, where the first token fell [NX-REP-09]", async () => {
      const f = await loadFixture(losingFixture);
      await f.lose(LOST + 1n, 2n * LOSS_LIMIT.perAction);
      // In thousandths of a dollar, the loss rounded up; no proposal allows more than the mandate.
      expect(await f.unrecorded(f.addresses.wsei)).to.deep.equal([1n, -LOST - WAD / 1_000n, LOSS_LIMIT.perAction]);
      expect(await f.unrecorded(f.addresses.usdc)).to.deep.equal([0n, 0n, 0n]);
    });

    it("keeps it once, however many tokens fell [NX-REP-09]", async () => {
      const f = await loadFixture(losingFixture);
      const { usdc, wsei } = f.addresses;
      await f.asTreasury.charge(1n, LOST, MAX_LOSS, [wsei, usdc], [-5n, -7n], RISK.routine);
      expect(await f.unrecorded(wsei)).to.deep.equal([1n, -LOST, MAX_LOSS]);
      expect(await f.unrecorded(usdc)).to.deep.equal([0n, 0n, 0n]);
      await f.mandate.recordLosses(1n, [usdc, wsei]);
      expect((await f.reputation.ratingStateOf(1n)).losses).to.equal(1n);
    });

    it("lets anyone put it on the agent's record, once [NX-REP-09]", async () => {
      const f = await loadFixture(losingFixture);
      await f.lose();
      const outcome = [1n, -LOST, 0n, MAX_LOSS, 0n];
      const weight = await f.reputation.weightOf({
        count: 1n,
        result: -LOST,
        forecast: 0n,
        maxLoss: MAX_LOSS,
        fee: 0n,
      });
      const recording = f.mandate.connect(f.anyone).recordLosses(1n, [f.addresses.usdc, f.addresses.wsei]);
      await expect(recording)
        .to.emit(f.reputation, "PerformanceRecorded")
        .withArgs(1n, f.addresses.mandate, outcome, weight, (rating: bigint) => rating < 0n);
      await expect(f.mandate.recordLosses(1n, [f.addresses.wsei])).to.be.revertedWithCustomError(
        f.mandate,
        "NothingToRecord",
      );
    });

    it("adds up what was lost since [NX-REP-09]", async () => {
      const f = await loadFixture(losingFixture);
      for (let n = 0; n < 3; ++n) await f.lose();
      await f.asTreasury.charge(1n, WAD, WAD, [f.addresses.usdc], [-1n], RISK.routine);
      expect(await f.unrecorded(f.addresses.wsei)).to.deep.equal([3n, -3n * LOST, 3n * MAX_LOSS]);
      await f.mandate.recordLosses(1n, [f.addresses.usdc, f.addresses.wsei]);
      expect((await f.reputation.ratingStateOf(1n)).losses).to.equal(4n);
    });

    it("counts a token that is named twice once", async () => {
      const f = await loadFixture(losingFixture);
      await f.lose();
      await f.mandate.recordLosses(1n, [f.addresses.wsei, f.addresses.wsei]);
      expect((await f.reputation.ratingStateOf(1n)).losses).to.equal(1n);
    });

    it("keeps the loss through later charges, refills and changed limits [NX-REP-09]", async () => {
      const f = await loadFixture(losingFixture);
      await f.lose();
      await f.asTreasury.charge(1n, 0n, 0n, [f.addresses.wsei], [-7n], RISK.routine);
      await f.mandate.prime(1n, f.addresses.wsei);
      await f.mandate.connect(f.admin).setTokenLimit(f.addresses.wsei, USDC_LIMIT);
      await time.increase(2n * DAY);
      await f.asTreasury.charge(1n, 0n, 0n, [f.addresses.wsei], [-7n], RISK.routine);
      expect(await f.unrecorded(f.addresses.wsei)).to.deep.equal([1n, -LOST, MAX_LOSS]);
    });
  });
});
