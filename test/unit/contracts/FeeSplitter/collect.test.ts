import { expect } from "chai";
import { USDC, loadFixture } from "../../../support/chain.ts";
import { DEPOSIT, WSEI_HELD } from "../../../support/nexus.ts";
import { gain, performanceRecordFixture } from "../../../support/outcomes.ts";

describe("FeeSplitter.collect", () => {
  describe("when it has no share of the treasury", () => {
    it("reverts with NothingToCollect", async () => {
      const f = await loadFixture(performanceRecordFixture);
      await expect(f.splitter.collect()).to.be.revertedWithCustomError(f.splitter, "NothingToCollect").withArgs(0n);
    });
  });

  describe("when the treasury cannot pay all of them", () => {
    it("collects what the treasury can pay", async () => {
      const f = await loadFixture(performanceRecordFixture);
      // Thirty thousand dollars of gain that are no base asset, of which the treasury keeps a hundred.
      await f.wsei.connect(f.deployer).mint(f.addresses.treasury, WSEI_HELD / 10n);
      await f.treasury.accrueFee();
      const data = f.usdc.interface.encodeFunctionData("transfer", [f.payee.address, DEPOSIT - 100n * USDC]);
      await f.treasury.connect(f.admin).executeAsAdmin([{ target: f.addresses.usdc, data }]);
      const held = await f.treasury.balanceOf(f.splitterAt);
      await f.splitter.collect();
      const collected = await f.accounts.balanceOf(f.addresses.usdc, f.splitterAt);
      expect(100n * USDC - collected).to.be.within(0n, 1n);
      expect(await f.treasury.balanceOf(f.splitterAt)).to.be.within(1n, held);
    });
  });

  describe("when the treasury's fee was paid in shares", () => {
    it("turns them into a balance that is divided [NX-FEE-01] [NX-FEE-02]", async () => {
      const f = await loadFixture(performanceRecordFixture);
      await gain(f);
      await f.treasury.accrueFee();
      const shares = await f.treasury.balanceOf(f.splitterAt);
      const amount = await f.treasury.previewRedeem(shares);
      const collecting = f.splitter.connect(f.anyone).collect();
      await expect(collecting)
        .to.emit(f.splitter, "PerformanceFeeCollected")
        .withArgs(f.addresses.usdc, shares, amount);
      expect(await f.accounts.balanceOf(f.addresses.usdc, f.splitterAt)).to.equal(amount);
      await f.splitter.divide(f.addresses.usdc, []);
      const part = (((amount * 8_000n) / 10_000n) * 3_333n) / 10_000n;
      expect(await f.accounts.balanceOf(f.addresses.usdc, f.operatorB.address)).to.equal(part);
    });
  });
});
