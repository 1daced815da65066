import { expect } from "chai";
import { USDC, ZERO, ethers, loadFixture, time } from "../../../support/chain.ts";
import { LEVEL, SOURCE } from "../../../support/enums.ts";
import { HOLDING_TIME, type Nexus, PRICE, nexusFixture } from "../../../support/nexus.ts";
import { gain, performanceRecordFixture } from "../../../support/outcomes.ts";
import { RECENT_DEPOSIT, SHARE, baseOnlyFixture, depositAs, recentFixture } from "../../../support/vault.ts";

const refund = (f: Nexus, shares: bigint) => f.treasury.connect(f.attacker).refund(shares);

/** Of base asset alone, so that nothing is lost to a band; the attacker is as large as the old holder. */
const evenFixture = async () => {
  const f = await baseOnlyFixture();
  await depositAs(f, f.attacker, 1_000n * USDC);
  return { ...f, shares: await f.treasury.balanceOf(f.attacker) };
};

describe("Treasury.refund", () => {
  describe("when no shares are given", () => {
    it("reverts with ZeroAmount", async () => {
      const f = await loadFixture(evenFixture);
      await expect(refund(f, 0n)).to.be.revertedWithCustomError(f.treasury, "ZeroAmount");
    });
  });

  describe("when no shares are given, and none are recent", () => {
    it("reverts with ZeroAmount too", async () => {
      const f = await loadFixture(evenFixture);
      await expect(f.treasury.connect(f.anyone).refund(0n)).to.be.revertedWithCustomError(f.treasury, "ZeroAmount");
    });
  });

  describe("when more shares are given than are recent", () => {
    it("reverts with NotSoManyRecent", async () => {
      const f = await loadFixture(evenFixture);
      await expect(refund(f, f.shares + 1n))
        .to.be.revertedWithCustomError(f.treasury, "NotSoManyRecent")
        .withArgs(f.attacker.address, f.shares, f.shares + 1n);
    });
  });

  describe("given the shares are not recent any more", () => {
    it("reverts with NotSoManyRecent: they leave as all others do", async () => {
      const f = await loadFixture(evenFixture);
      await time.increase(HOLDING_TIME);
      await expect(refund(f, 1n))
        .to.be.revertedWithCustomError(f.treasury, "NotSoManyRecent")
        .withArgs(f.attacker.address, 0n, 1n);
      await f.treasury.connect(f.attacker).redeem(f.shares, f.attacker.address, f.attacker.address);
      expect(await f.usdc.balanceOf(f.attacker)).to.equal(1_000n * USDC);
    });
  });

  describe("given the shares are worth what was paid", () => {
    it("pays that, burns them and emits Withdraw", async () => {
      const f = await loadFixture(evenFixture);
      const me = f.attacker.address;
      const back = refund(f, f.shares);
      await expect(back)
        .to.emit(f.treasury, "Withdraw")
        .withArgs(me, me, me, 1_000n * USDC, f.shares);
      await expect(back).to.changeTokenBalances(ethers, f.usdc, [f.treasury, me], [-1_000n * USDC, 1_000n * USDC]);
      expect(await f.treasury.balanceOf(me)).to.equal(0n);
      expect([...(await f.treasury.recentSharesOf(me))].filter((_, index) => index !== 1)).to.deep.equal([0n, 0n]);
    });
  });

  describe("given nobody else holds shares", () => {
    it("pays all that the treasury holds", async () => {
      const f = await loadFixture(nexusFixture);
      await depositAs(f, f.attacker, 1_000n * USDC);
      await refund(f, await f.treasury.balanceOf(f.attacker));
      expect(await f.usdc.balanceOf(f.addresses.treasury)).to.equal(0n);
    });
  });

  describe("given the shares gained", () => {
    it("pays what was paid for them and leaves the gain to the others [NX-TRE-06]", async () => {
      const f = await loadFixture(evenFixture);
      await gain(f, 500n * USDC);
      await refund(f, f.shares);
      expect(await f.usdc.balanceOf(f.attacker)).to.equal(1_000n * USDC);
      expect(await f.treasury.maxWithdraw(f.depositor)).to.be.within(1_500n * USDC - 1n, 1_500n * USDC);
    });

    it("pays for a part of them its part of what was paid [NX-TRE-06]", async () => {
      const f = await loadFixture(evenFixture);
      await gain(f, 500n * USDC);
      await refund(f, f.shares / 4n);
      expect(await f.usdc.balanceOf(f.attacker)).to.equal(250n * USDC);
      const { shares, paid } = await f.treasury.recentSharesOf(f.attacker);
      expect([shares, paid]).to.deep.equal([(f.shares * 3n) / 4n, 750n * USDC]);
      await refund(f, shares);
      expect(await f.usdc.balanceOf(f.attacker)).to.equal(1_000n * USDC);
    });

    it("rounds a part of what was paid down, and keeps the rest of it [NX-TRE-06]", async () => {
      const f = await loadFixture(evenFixture);
      await gain(f, 500n * USDC);
      await refund(f, f.shares / 3n);
      const third = (1_000n * USDC) / 3n;
      expect(await f.usdc.balanceOf(f.attacker)).to.equal(third);
      expect((await f.treasury.recentSharesOf(f.attacker)).paid).to.equal(1_000n * USDC - third);
    });

    it("takes the fee that is due first [NX-FEE-02]", async () => {
      const f = await loadFixture(performanceRecordFixture);
      await depositAs(f, f.attacker, RECENT_DEPOSIT);
      await gain(f);
      const [due] = await f.treasury.feeDue();
      await refund(f, SHARE);
      expect(await f.treasury.balanceOf(f.splitterAt)).to.equal(due);
    });
  });

  describe("given the shares lost", () => {
    it("pays what they are worth at the lower end of the band [NX-TRE-06]", async () => {
      const f = await loadFixture(recentFixture);
      await f.sources.wsei.setPrice(PRICE.wsei / 3n);
      const { shares } = await f.treasury.recentSharesOf(f.attacker);
      const worth = await f.treasury.previewRedeem(shares);
      expect(worth).to.be.lessThan(RECENT_DEPOSIT);
      await refund(f, shares);
      expect(await f.usdc.balanceOf(f.attacker)).to.equal(worth);
    });
  });

  describe("given the base asset does not suffice", () => {
    it("reverts with ERC4626ExceededMaxWithdraw, and pays for fewer shares", async () => {
      const f = await loadFixture(evenFixture);
      const data = f.usdc.interface.encodeFunctionData("transfer", [f.addresses.hub, 1_500n * USDC]);
      await f.treasury.connect(f.admin).setAssetCap(f.addresses.wsei, 10n ** 27n);
      await f.wsei.connect(f.deployer).mint(f.addresses.treasury, 10_000n * 10n ** 18n);
      await f.treasury.connect(f.admin).executeAsAdmin([{ target: f.addresses.usdc, data }]);
      await expect(refund(f, f.shares))
        .to.be.revertedWithCustomError(f.treasury, "ERC4626ExceededMaxWithdraw")
        .withArgs(f.attacker.address, 1_000n * USDC, 500n * USDC);
      await refund(f, f.shares / 2n);
      expect(await f.usdc.balanceOf(f.attacker)).to.equal(500n * USDC);
    });
  });

  describe("given a held asset has no price", () => {
    it("reverts with PriceUnavailable, and the exit in kind is open once the wait is over [NX-TRE-04]", async () => {
      const f = await loadFixture(recentFixture);
      await f.sources.wsei.setMode(SOURCE.reverting);
      const { shares, recentUntil } = await f.treasury.recentSharesOf(f.attacker);
      await expect(refund(f, shares)).to.be.revertedWithCustomError(f.hub, "PriceUnavailable");
      await time.increaseTo(recentUntil);
      await f.treasury.connect(f.attacker).redeemInKind(shares, f.attacker.address, f.attacker.address);
      expect(await f.usdc.balanceOf(f.attacker)).to.be.greaterThan(0n);
    });
  });

  describe("given everything is halted", () => {
    it("pays [NX-BRK-01]", async () => {
      const f = await loadFixture(evenFixture);
      await f.breaker.connect(f.guardian).trip(ZERO, LEVEL.halted, "drill");
      await refund(f, f.shares);
      expect(await f.usdc.balanceOf(f.attacker)).to.equal(1_000n * USDC);
    });
  });

  describe("when the treasury executes", () => {
    it("reverts with TreasuryGuarded [NX-TRE-08]", async () => {
      const f = await loadFixture(evenFixture);
      const data = f.treasury.interface.encodeFunctionData("refund", [1n]);
      await expect(
        f.treasury.connect(f.admin).executeAsAdmin([{ target: f.addresses.treasury, data }]),
      ).to.be.revertedWithCustomError(f.treasury, "TreasuryGuarded");
    });
  });
});
