import { expect } from "chai";
import { USDC, ethers, loadFixture } from "../../../support/chain.ts";
import { DEPOSIT, fundedFixture } from "../../../support/nexus.ts";
import { SHARE, baseOnlyFixture, dearFixture, depositAs, recentFixture } from "../../../support/vault.ts";

const LOWER = DEPOSIT + 297_000n * USDC;
const SUPPLY = 1_000_000n * SHARE;

describe("Treasury.redeem", () => {
  describe("when no shares are given", () => {
    it("reverts with ZeroAmount", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(
        f.treasury.connect(f.depositor).redeem(0n, f.depositor.address, f.depositor.address),
      ).to.be.revertedWithCustomError(f.treasury, "ZeroAmount");
    });
  });

  describe("when the shares are worth nothing", () => {
    it("reverts with ZeroAmount instead of burning them", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(
        f.treasury.connect(f.depositor).redeem(1n, f.depositor.address, f.depositor.address),
      ).to.be.revertedWithCustomError(f.treasury, "ZeroAmount");
    });

    it("is said by maxRedeem, which is zero for them", async () => {
      const f = await loadFixture(fundedFixture);
      await f.treasury.connect(f.depositor).transfer(f.anyone.address, 1n);
      expect(await f.treasury.maxRedeem(f.anyone)).to.equal(0n);
      expect(await f.treasury.maxWithdraw(f.anyone)).to.equal(0n);
    });
  });

  describe("when more shares are given than held", () => {
    it("reverts with ERC4626ExceededMaxRedeem", async () => {
      const f = await loadFixture(baseOnlyFixture);
      const held = 1_000n * SHARE;
      await expect(f.treasury.connect(f.depositor).redeem(held + 1n, f.depositor.address, f.depositor.address))
        .to.be.revertedWithCustomError(f.treasury, "ERC4626ExceededMaxRedeem")
        .withArgs(f.depositor.address, held + 1n, held);
    });
  });

  describe("when the base asset does not suffice", () => {
    it("reverts with ERC4626ExceededMaxRedeem at what it suffices for", async () => {
      const f = await loadFixture(fundedFixture);
      const most = (DEPOSIT * (SUPPLY + 10n ** 6n)) / (LOWER + 1n);
      await expect(f.treasury.connect(f.depositor).redeem(SUPPLY, f.depositor.address, f.depositor.address))
        .to.be.revertedWithCustomError(f.treasury, "ERC4626ExceededMaxRedeem")
        .withArgs(f.depositor.address, SUPPLY, most);
    });
  });

  describe("when the caller is neither the owner nor approved", () => {
    it("reverts with ERC20InsufficientAllowance [NX-TRE-01]", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(f.treasury.connect(f.attacker).redeem(SHARE, f.attacker.address, f.depositor.address))
        .to.be.revertedWithCustomError(f.treasury, "ERC20InsufficientAllowance")
        .withArgs(f.attacker.address, 0n, SHARE);
    });
  });

  describe("when all is well", () => {
    it("pays at the lower end of the band, rounded down [NX-TRE-06]", async () => {
      const f = await loadFixture(fundedFixture);
      const amount = (SHARE * (LOWER + 1n)) / (SUPPLY + 10n ** 6n);
      expect(await f.treasury.previewRedeem(SHARE)).to.equal(amount);
      await expect(
        f.treasury.connect(f.depositor).redeem(SHARE, f.payee.address, f.depositor.address),
      ).to.changeTokenBalances(ethers, f.usdc, [f.treasury, f.payee], [-amount, amount]);
      expect(await f.treasury.balanceOf(f.depositor)).to.equal(SUPPLY - SHARE);
    });

    it("pays all that maxRedeem says", async () => {
      const f = await loadFixture(fundedFixture);
      const most = await f.treasury.maxRedeem(f.depositor);
      await f.treasury.connect(f.depositor).redeem(most, f.depositor.address, f.depositor.address);
      expect(await f.usdc.balanceOf(f.addresses.treasury)).to.be.lessThan(2n);
    });
  });

  describe("given a unit of shares is worth two units of the base asset", () => {
    it("pays for a single one", async () => {
      const f = await loadFixture(dearFixture);
      await f.treasury.connect(f.depositor).redeem(1n, f.payee.address, f.depositor.address);
      expect(await f.usdc.balanceOf(f.payee)).to.equal(2n);
    });
  });

  describe("given the shares are recent", () => {
    it("reverts with ERC4626ExceededMaxRedeem: they are refunded instead [NX-TRE-06]", async () => {
      const f = await loadFixture(recentFixture);
      const shares = await f.treasury.balanceOf(f.attacker);
      expect(await f.treasury.maxRedeem(f.attacker)).to.equal(0n);
      await expect(f.treasury.connect(f.attacker).redeem(shares, f.attacker.address, f.attacker.address))
        .to.be.revertedWithCustomError(f.treasury, "ERC4626ExceededMaxRedeem")
        .withArgs(f.attacker.address, shares, 0n);
    });
  });

  describe("given only some of the shares are recent", () => {
    it("pays the others and no more [NX-TRE-06]", async () => {
      const f = await loadFixture(baseOnlyFixture);
      const old = await f.treasury.balanceOf(f.depositor);
      await depositAs(f, f.depositor, 500n * USDC);
      expect(await f.treasury.maxRedeem(f.depositor)).to.equal(old);
      await f.treasury.connect(f.depositor).redeem(old, f.depositor.address, f.depositor.address);
      expect(await f.treasury.maxRedeem(f.depositor)).to.equal(0n);
      expect((await f.treasury.recentSharesOf(f.depositor)).shares).to.equal(await f.treasury.balanceOf(f.depositor));
    });
  });
});
