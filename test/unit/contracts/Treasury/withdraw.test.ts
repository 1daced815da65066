import { expect } from "chai";
import { USDC, ZERO, ethers, loadFixture } from "../../../support/chain.ts";
import { LEVEL, SOURCE } from "../../../support/enums.ts";
import { DEPOSIT, fundedFixture } from "../../../support/nexus.ts";
import { gain, performanceRecordFixture } from "../../../support/outcomes.ts";
import { SHARE, baseOnlyFixture, dearFixture, recentFixture } from "../../../support/vault.ts";

/** The lower end of what the funded treasury is worth: one percent off the WSEI. */
const LOWER = DEPOSIT + 297_000n * USDC;
const SUPPLY = 1_000_000n * SHARE;

describe("Treasury.withdraw", () => {
  describe("when the amount is zero", () => {
    it("reverts with ZeroAmount", async () => {
      const f = await loadFixture(fundedFixture);
      const treasury = f.treasury.connect(f.depositor);
      await expect(treasury.withdraw(0n, f.depositor.address, f.depositor.address)).to.be.revertedWithCustomError(
        f.treasury,
        "ZeroAmount",
      );
    });
  });

  describe("when the amount is more than the shares are worth", () => {
    it("reverts with ERC4626ExceededMaxWithdraw", async () => {
      const f = await loadFixture(baseOnlyFixture);
      const treasury = f.treasury.connect(f.depositor);
      await expect(treasury.withdraw(1_001n * USDC, f.depositor.address, f.depositor.address))
        .to.be.revertedWithCustomError(f.treasury, "ERC4626ExceededMaxWithdraw")
        .withArgs(f.depositor.address, 1_001n * USDC, 1_000n * USDC);
    });
  });

  describe("when the amount is more than the treasury holds of the base asset", () => {
    it("reverts with ERC4626ExceededMaxWithdraw: the rest leaves in kind", async () => {
      const f = await loadFixture(fundedFixture);
      const treasury = f.treasury.connect(f.depositor);
      await expect(treasury.withdraw(DEPOSIT + 1n, f.depositor.address, f.depositor.address))
        .to.be.revertedWithCustomError(f.treasury, "ERC4626ExceededMaxWithdraw")
        .withArgs(f.depositor.address, DEPOSIT + 1n, DEPOSIT);
    });
  });

  describe("given a held asset has no price", () => {
    it("reverts with ERC4626ExceededMaxWithdraw", async () => {
      const f = await loadFixture(fundedFixture);
      await f.sources.wsei.setMode(SOURCE.reverting);
      const treasury = f.treasury.connect(f.depositor);
      await expect(treasury.withdraw(USDC, f.depositor.address, f.depositor.address))
        .to.be.revertedWithCustomError(f.treasury, "ERC4626ExceededMaxWithdraw")
        .withArgs(f.depositor.address, USDC, 0n);
    });
  });

  describe("when the caller is neither the owner nor approved", () => {
    it("reverts with ERC20InsufficientAllowance [NX-TRE-01]", async () => {
      const f = await loadFixture(fundedFixture);
      const shares = await f.treasury.previewWithdraw(USDC);
      await expect(f.treasury.connect(f.attacker).withdraw(USDC, f.attacker.address, f.depositor.address))
        .to.be.revertedWithCustomError(f.treasury, "ERC20InsufficientAllowance")
        .withArgs(f.attacker.address, 0n, shares);
    });
  });

  describe("given everything is halted", () => {
    it("pays: exits are always possible [NX-BRK-01] [NX-BRK-03]", async () => {
      const f = await loadFixture(fundedFixture);
      await f.breaker.connect(f.guardian).trip(ZERO, LEVEL.halted, "drill");
      await f.treasury.connect(f.depositor).withdraw(USDC, f.depositor.address, f.depositor.address);
      expect(await f.usdc.balanceOf(f.depositor)).to.equal(USDC);
    });
  });

  describe("when all is well", () => {
    it("burns shares at the lower end of the band, rounded up [NX-TRE-06]", async () => {
      const f = await loadFixture(fundedFixture);
      const shares = (USDC * (SUPPLY + 10n ** 6n) + LOWER) / (LOWER + 1n);
      expect(await f.treasury.previewWithdraw(USDC)).to.equal(shares);
      await f.treasury.connect(f.depositor).withdraw(USDC, f.payee.address, f.depositor.address);
      expect(await f.treasury.balanceOf(f.depositor)).to.equal(SUPPLY - shares);
    });

    it("pays the receiver and emits Withdraw", async () => {
      const f = await loadFixture(fundedFixture);
      const shares = await f.treasury.previewWithdraw(USDC);
      const exit = f.treasury.connect(f.depositor).withdraw(USDC, f.payee.address, f.depositor.address);
      await expect(exit).to.changeTokenBalances(ethers, f.usdc, [f.treasury, f.payee], [-USDC, USDC]);
      await expect(exit)
        .to.emit(f.treasury, "Withdraw")
        .withArgs(f.depositor.address, f.payee.address, f.depositor.address, USDC, shares);
    });

    it("does not lower the price of a share [NX-TRE-05]", async () => {
      const f = await loadFixture(fundedFixture);
      const before = await f.treasury.assetsRange();
      await f.treasury.connect(f.depositor).withdraw(DEPOSIT / 2n, f.depositor.address, f.depositor.address);
      const after = await f.treasury.assetsRange();
      expect(after.lower * SUPPLY).to.be.greaterThanOrEqual(before.lower * (await f.treasury.totalSupply()));
    });
  });

  describe("given a unit of shares is worth two units of the base asset", () => {
    it("pays a single unit for a whole one of shares [NX-TRE-05]", async () => {
      const f = await loadFixture(dearFixture);
      const before = await f.treasury.balanceOf(f.depositor);
      await f.treasury.connect(f.depositor).withdraw(1n, f.payee.address, f.depositor.address);
      expect(await f.usdc.balanceOf(f.payee)).to.equal(1n);
      expect(before - (await f.treasury.balanceOf(f.depositor))).to.equal(1n);
    });
  });

  describe("given the shares are recent", () => {
    it("reverts with ERC4626ExceededMaxWithdraw: they are refunded instead [NX-TRE-06]", async () => {
      const f = await loadFixture(recentFixture);
      expect(await f.treasury.maxWithdraw(f.attacker)).to.equal(0n);
      await expect(f.treasury.connect(f.attacker).withdraw(USDC, f.attacker.address, f.attacker.address))
        .to.be.revertedWithCustomError(f.treasury, "ERC4626ExceededMaxWithdraw")
        .withArgs(f.attacker.address, USDC, 0n);
    });
  });

  describe("given the shares gained, and a fee is due", () => {
    it("takes the fee first, and pays at the price that was previewed [NX-FEE-02]", async () => {
      const f = await loadFixture(performanceRecordFixture);
      await gain(f);
      const [due] = await f.treasury.feeDue();
      const promised = await f.treasury.previewWithdraw(1_000n * USDC);
      await f.treasury.connect(f.depositor).withdraw(1_000n * USDC, f.payee.address, f.depositor.address);
      expect(await f.treasury.balanceOf(f.splitterAt)).to.equal(due);
      expect(await f.treasury.balanceOf(f.depositor)).to.equal(SUPPLY - promised);
      expect(await f.treasury.feeDue()).to.deep.equal([0n, 0n]);
    });
  });
});
