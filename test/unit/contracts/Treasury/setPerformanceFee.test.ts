import { expect } from "chai";
import { ZERO, loadFixture } from "../../../support/chain.ts";
import { fundedFixture } from "../../../support/nexus.ts";
import { FEE_BPS, GAIN, gain, performanceRecordFixture } from "../../../support/outcomes.ts";

const BPS = 10_000n;

describe("Treasury.setPerformanceFee", () => {
  describe("when anyone but the administrator calls", () => {
    it("reverts with NotAdmin", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(f.treasury.connect(f.attacker).setPerformanceFee(f.attacker.address, 1n))
        .to.be.revertedWithCustomError(f.treasury, "NotAdmin")
        .withArgs(f.attacker.address);
    });
  });

  describe("when the fee is above its cap", () => {
    it("reverts with PerformanceFeeAboveCap [NX-FEE-02]", async () => {
      const f = await loadFixture(fundedFixture);
      const most = await f.treasury.MAX_PERFORMANCE_FEE_BPS();
      await expect(f.treasury.connect(f.admin).setPerformanceFee(f.payee.address, most + 1n))
        .to.be.revertedWithCustomError(f.treasury, "PerformanceFeeAboveCap")
        .withArgs(most + 1n, most);
    });
  });

  describe("when a fee would go to nobody", () => {
    it("reverts with ERC20InvalidReceiver", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(f.treasury.connect(f.admin).setPerformanceFee(ZERO, 1n))
        .to.be.revertedWithCustomError(f.treasury, "ERC20InvalidReceiver")
        .withArgs(ZERO);
    });
  });

  describe("when it changes", () => {
    it("emits PerformanceFeeChanged, and may be ended", async () => {
      const f = await loadFixture(performanceRecordFixture);
      const asAdmin = f.treasury.connect(f.admin);
      for (const [recipient, fee] of [
        [f.payee.address, 250n],
        [ZERO, 0n],
      ] as const) {
        const changing = asAdmin.setPerformanceFee(recipient, fee);
        await expect(changing).to.emit(f.treasury, "PerformanceFeeChanged").withArgs(recipient, fee);
        expect([await f.treasury.feeRecipient(), await f.treasury.performanceFeeBps()]).to.deep.equal([recipient, fee]);
      }
    });

    it("may be the cap itself, a quarter [NX-FEE-02]", async () => {
      const f = await loadFixture(fundedFixture);
      await f.treasury.connect(f.admin).setPerformanceFee(f.payee.address, 2_500n);
      expect(await f.treasury.performanceFeeBps()).to.equal(2_500n);
      expect(await f.treasury.MAX_PERFORMANCE_FEE_BPS()).to.equal(2_500n);
    });

    it("leaves the mark where it was higher while there was a fee [NX-FEE-02]", async () => {
      const f = await loadFixture(performanceRecordFixture);
      const asAdmin = f.treasury.connect(f.admin);
      await gain(f);
      await asAdmin.setPerformanceFee(ZERO, 0n);
      const mark = await f.treasury.highWaterMark();
      const data = f.usdc.interface.encodeFunctionData("transfer", [f.payee.address, GAIN]);
      await asAdmin.executeAsAdmin([{ target: f.addresses.usdc, data }]);
      await asAdmin.setPerformanceFee(f.payee.address, FEE_BPS);
      expect(await f.treasury.highWaterMark()).to.equal(mark);
    });

    it("is free of what was gained before, be it a single basis point [NX-FEE-02]", async () => {
      const f = await loadFixture(fundedFixture);
      await gain(f);
      await f.treasury.connect(f.admin).setPerformanceFee(f.payee.address, 1n);
      expect(await f.treasury.feeDue()).to.deep.equal([0n, 0n]);
    });

    it("charges what was gained before as before [NX-FEE-02]", async () => {
      const f = await loadFixture(performanceRecordFixture);
      await gain(f);
      const [due] = await f.treasury.feeDue();
      await f.treasury.connect(f.admin).setPerformanceFee(f.payee.address, 2n * FEE_BPS);
      expect(await f.treasury.balanceOf(f.splitterAt)).to.equal(due);
      expect(await f.treasury.balanceOf(f.payee.address)).to.equal(0n);
    });

    it("leaves what was gained without a fee free of it [NX-FEE-02]", async () => {
      const f = await loadFixture(fundedFixture);
      await gain(f);
      await f.treasury.connect(f.admin).setPerformanceFee(f.payee.address, FEE_BPS);
      expect(await f.treasury.feeDue()).to.deep.equal([0n, 0n]);
      await gain(f);
      const [, amount] = await f.treasury.feeDue();
      expect((GAIN * FEE_BPS) / BPS - amount).to.be.within(0n, 1n);
    });
  });
});
