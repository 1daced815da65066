import { expect } from "chai";
import { USDC, ZERO, ethers, loadFixture, now, time } from "../../../support/chain.ts";
import { BALANCES, LEVEL, SOURCE, TRANSFERS } from "../../../support/enums.ts";
import { DEPOSIT, HOLDING_TIME, PRICE, fundDepositor, fundedFixture, nexusFixture } from "../../../support/nexus.ts";
import { SHARE, dearFixture, depositAs, recentFixture } from "../../../support/vault.ts";

/** The upper end of what the funded treasury is worth: 1 M USDC, and 1 M WSEI at 0.30 and one percent more. */
const UPPER = DEPOSIT + 303_000n * USDC;
const SUPPLY = 1_000_000n * SHARE;

/** A treasury whose base asset can misbehave, and the attacker's funds in it. */
const evilBaseFixture = async () => {
  const f = await nexusFixture();
  const evil = await ethers.deployContract("HostileToken");
  const { consensus, mandate, hub, breaker } = f.addresses;
  const vault = await ethers.deployContract("Treasury", [
    f.admin,
    consensus,
    mandate,
    hub,
    breaker,
    evil,
    HOLDING_TIME,
  ]);
  await evil.mint(f.attacker.address, 100n);
  await evil.connect(f.attacker).approve(vault, 100n);
  return { ...f, evil, vault };
};

describe("Treasury.deposit", () => {
  describe("when the amount is zero", () => {
    it("reverts with ZeroAmount", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(f.treasury.connect(f.attacker).deposit(0n, f.attacker.address)).to.be.revertedWithCustomError(
        f.treasury,
        "ZeroAmount",
      );
    });
  });

  describe("when the amount is not approved", () => {
    it("reverts with the token's ERC20InsufficientAllowance", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(f.treasury.connect(f.attacker).deposit(USDC, f.attacker.address))
        .to.be.revertedWithCustomError(f.usdc, "ERC20InsufficientAllowance")
        .withArgs(f.addresses.treasury, 0n, USDC);
    });
  });

  describe("given everything is halted", () => {
    it("reverts with ERC4626ExceededMaxDeposit", async () => {
      const f = await loadFixture(fundedFixture);
      await f.breaker.connect(f.guardian).trip(ZERO, LEVEL.halted, "drill");
      await expect(f.treasury.connect(f.attacker).deposit(USDC, f.attacker.address))
        .to.be.revertedWithCustomError(f.treasury, "ERC4626ExceededMaxDeposit")
        .withArgs(f.attacker.address, USDC, 0n);
    });
  });

  describe("given a listed asset is halted", () => {
    it("reverts with ERC4626ExceededMaxDeposit", async () => {
      const f = await loadFixture(fundedFixture);
      await f.breaker.connect(f.guardian).trip(f.addresses.weth, LEVEL.halted, "drill");
      await expect(f.treasury.connect(f.attacker).deposit(USDC, f.attacker.address))
        .to.be.revertedWithCustomError(f.treasury, "ERC4626ExceededMaxDeposit")
        .withArgs(f.attacker.address, USDC, 0n);
    });
  });

  describe("given the breaker stands at ReduceOnly", () => {
    it("takes deposits", async () => {
      const f = await loadFixture(fundedFixture);
      await f.breaker.connect(f.guardian).trip(ZERO, LEVEL.reduceOnly, "drill");
      await depositAs(f, f.attacker, USDC);
      expect(await f.treasury.balanceOf(f.attacker)).to.be.greaterThan(0n);
    });
  });

  describe("given a held asset has no price", () => {
    it("reverts with ERC4626ExceededMaxDeposit", async () => {
      const f = await loadFixture(fundedFixture);
      await f.sources.wsei.setMode(SOURCE.reverting);
      await expect(f.treasury.connect(f.attacker).deposit(USDC, f.attacker.address))
        .to.be.revertedWithCustomError(f.treasury, "ERC4626ExceededMaxDeposit")
        .withArgs(f.attacker.address, USDC, 0n);
    });
  });

  describe("given dust of an asset that was never bought has no price", () => {
    it("takes deposits: nobody bars them by a gift of little [NX-TRE-09]", async () => {
      const f = await loadFixture(fundedFixture);
      await f.sources.weth.setMode(SOURCE.reverting);
      const dust = (await f.treasury.assetCapOf(f.addresses.weth)) / (await f.treasury.DUST_PART());
      await f.weth.connect(f.deployer).mint(f.addresses.treasury, dust);
      await depositAs(f, f.attacker, USDC);
      expect(await f.treasury.balanceOf(f.attacker)).to.be.greaterThan(0n);
      await f.weth.connect(f.deployer).mint(f.addresses.treasury, 1n);
      expect(await f.treasury.maxDeposit(f.attacker)).to.equal(0n);
    });
  });

  describe("given an asset that is not held has no price", () => {
    it("takes deposits", async () => {
      const f = await loadFixture(fundedFixture);
      await f.sources.weth.setMode(SOURCE.reverting);
      await depositAs(f, f.attacker, USDC);
      expect(await f.treasury.balanceOf(f.attacker)).to.be.greaterThan(0n);
    });
  });

  describe("given only base asset is held and nothing has a price", () => {
    it("takes deposits: no price is needed", async () => {
      const f = await loadFixture(nexusFixture);
      for (const source of [f.sources.usdc, f.sources.wsei, f.sources.weth]) await source.setMode(SOURCE.reverting);
      await depositAs(f, f.attacker, USDC);
      expect(await f.treasury.balanceOf(f.attacker)).to.equal(SHARE);
    });
  });

  describe("given the base asset takes a fee", () => {
    it("reverts with TokenTookFee", async () => {
      const f = await loadFixture(evilBaseFixture);
      await f.evil.behave(TRANSFERS.takingFee, BALANCES.honest);
      await expect(f.vault.connect(f.attacker).deposit(100n, f.attacker.address))
        .to.be.revertedWithCustomError(f.vault, "TokenTookFee")
        .withArgs(await f.evil.getAddress(), 90n, 100n);
      expect(await f.vault.totalSupply()).to.equal(0n);
    });
  });

  describe("given the base asset calls back while it is taken", () => {
    it("finds the treasury guarded [NX-TRE-08]", async () => {
      const f = await loadFixture(evilBaseFixture);
      const abi = f.vault.interface;
      const me = f.attacker.address;
      await f.evil.behave(TRANSFERS.reentering, BALANCES.honest);
      for (const entryPoint of [
        abi.encodeFunctionData("deposit", [1n, me]),
        abi.encodeFunctionData("redeem", [1n, me, me]),
        abi.encodeFunctionData("refund", [1n]),
        abi.encodeFunctionData("redeemInKind", [1n, me, me]),
      ]) {
        await f.evil.reenterWith(f.vault, entryPoint);
        await f.vault.connect(f.attacker).deposit(10n, me);
        expect(await f.evil.reentryAnswer(), entryPoint.slice(0, 10)).to.equal(
          abi.getError("TreasuryGuarded")?.selector,
        );
      }
    });
  });

  describe("when another deposits for someone who did not allow it", () => {
    it("reverts with DepositorNotAllowed: nobody makes another's shares wait [NX-TRE-04]", async () => {
      const f = await loadFixture(fundedFixture);
      await fundDepositor(f, f.anyone, USDC);
      await expect(f.treasury.connect(f.anyone).deposit(USDC, f.depositor.address))
        .to.be.revertedWithCustomError(f.treasury, "DepositorNotAllowed")
        .withArgs(f.depositor.address, f.anyone.address);
      const all = await f.treasury.balanceOf(f.depositor);
      await f.treasury.connect(f.depositor).redeemInKind(all, f.depositor.address, f.depositor.address);
      expect(await f.treasury.balanceOf(f.depositor)).to.equal(0n);
    });
  });

  describe("when another deposits for someone who allowed it", () => {
    it("mints to the receiver and marks only the gift as recent", async () => {
      const f = await loadFixture(fundedFixture);
      await fundDepositor(f, f.anyone, USDC);
      await expect(f.treasury.connect(f.depositor).allowDepositor(f.anyone.address, true))
        .to.emit(f.treasury, "DepositorChanged")
        .withArgs(f.depositor.address, f.anyone.address, true);
      expect(await f.treasury.isDepositorFor(f.anyone.address, f.depositor.address)).to.equal(true);
      expect(await f.treasury.isDepositorFor(f.depositor.address, f.anyone.address)).to.equal(false);
      const gift = await f.treasury.previewDeposit(USDC);
      await f.treasury.connect(f.anyone).deposit(USDC, f.depositor.address);
      expect(await f.treasury.balanceOf(f.depositor)).to.equal(SUPPLY + gift);
      expect((await f.treasury.recentSharesOf(f.depositor)).shares).to.equal(gift);
    });
  });

  describe("given the treasury is empty", () => {
    it("mints a million shares' units for each unit of the asset", async () => {
      const f = await loadFixture(nexusFixture);
      await depositAs(f, f.attacker, 7n * USDC);
      expect(await f.treasury.balanceOf(f.attacker)).to.equal(7n * SHARE);
      expect(await f.treasury.totalAssets()).to.equal(7n * USDC);
    });
  });

  describe("given a unit of shares is worth two units of the base asset", () => {
    it("reverts with ZeroAmount for an amount that buys none: nobody pays for nothing [NX-TRE-05]", async () => {
      const f = await loadFixture(dearFixture);
      await fundDepositor(f, f.attacker, 1n);
      await expect(f.treasury.connect(f.attacker).deposit(1n, f.attacker.address)).to.be.revertedWithCustomError(
        f.treasury,
        "ZeroAmount",
      );
    });

    it("refunds a single earlier unit of shares for what the later ones cost, rounded down [NX-TRE-06]", async () => {
      const f = await loadFixture(dearFixture);
      await fundDepositor(f, f.attacker, 1_000n * USDC);
      const treasury = f.treasury.connect(f.attacker);
      await treasury.mint(1n, f.attacker.address);
      expect([...(await treasury.recentSharesOf(f.attacker))].filter((_, index) => index !== 1)).to.deep.equal([
        1n,
        3n,
      ]);
      const amount = 301n;
      const shares = await treasury.previewDeposit(amount);
      expect(amount % shares, "a remainder, which is what is rounded").to.not.equal(0n);
      await treasury.deposit(amount, f.attacker.address);
      expect((await treasury.recentSharesOf(f.attacker)).paid).to.equal(amount / shares + amount);
    });
  });

  describe("when all is well", () => {
    it("takes a single unit", async () => {
      const f = await loadFixture(nexusFixture);
      await depositAs(f, f.attacker, 1n);
      expect(await f.treasury.balanceOf(f.attacker)).to.equal(10n ** 6n);
    });

    it("prices shares at the upper end of the band [NX-TRE-06]", async () => {
      const f = await loadFixture(fundedFixture);
      await fundDepositor(f, f.attacker, DEPOSIT);
      const shares = (DEPOSIT * (SUPPLY + 10n ** 6n)) / (UPPER + 1n);
      expect(await f.treasury.previewDeposit(DEPOSIT)).to.equal(shares);
      await f.treasury.connect(f.attacker).deposit(DEPOSIT, f.attacker.address);
      expect(await f.treasury.balanceOf(f.attacker)).to.equal(shares);
    });

    it("does not lower the price of a share [NX-TRE-05]", async () => {
      const f = await loadFixture(fundedFixture);
      const before = await f.treasury.assetsRange();
      await depositAs(f, f.attacker, DEPOSIT);
      const after = await f.treasury.assetsRange();
      const supply = await f.treasury.totalSupply();
      expect(after.lower * SUPPLY).to.be.greaterThanOrEqual(before.lower * supply);
    });

    it("takes the amount, marks the shares as recent and emits Deposit", async () => {
      const f = await loadFixture(fundedFixture);
      await fundDepositor(f, f.attacker, USDC);
      const shares = await f.treasury.previewDeposit(USDC);
      const at = (await now()) + 5n;
      await time.setNextBlockTimestamp(at);
      const deposit = f.treasury.connect(f.attacker).deposit(USDC, f.attacker.address);
      await expect(deposit)
        .to.emit(f.treasury, "Deposit")
        .withArgs(f.attacker.address, f.attacker.address, USDC, shares);
      await expect(deposit).to.changeTokenBalances(ethers, f.usdc, [f.attacker, f.treasury], [-USDC, USDC]);
      expect([...(await f.treasury.recentSharesOf(f.attacker))]).to.deep.equal([shares, at + HOLDING_TIME, USDC]);
    });

    it("prolongs the wait of one's own recent shares", async () => {
      const f = await loadFixture(recentFixture);
      const first = await f.treasury.recentSharesOf(f.attacker);
      await time.increase(HOLDING_TIME / 2n);
      await depositAs(f, f.attacker, USDC);
      const second = await f.treasury.recentSharesOf(f.attacker);
      expect(second.shares).to.equal(await f.treasury.balanceOf(f.attacker));
      expect(second.recentUntil).to.be.greaterThan(first.recentUntil);
    });

    it("refunds earlier recent shares for no more than the new ones cost [NX-TRE-06]", async () => {
      const f = await loadFixture(recentFixture);
      const first = await f.treasury.recentSharesOf(f.attacker);
      await f.sources.wsei.setPrice(PRICE.wsei / 10n);
      const bought = await f.treasury.previewDeposit(USDC);
      await depositAs(f, f.attacker, USDC);
      const { shares, paid } = await f.treasury.recentSharesOf(f.attacker);
      expect(shares).to.equal(first.shares + bought);
      expect(paid).to.equal((first.shares * USDC) / bought + USDC);
      expect(paid).to.be.lessThan(first.paid);
    });

    it("forgets what was paid for shares that are not fresh any more", async () => {
      const f = await loadFixture(recentFixture);
      await time.increase(HOLDING_TIME);
      const { shares, paid } = await f.treasury.recentSharesOf(f.attacker);
      expect([shares, paid]).to.deep.equal([0n, 0n]);
      await depositAs(f, f.attacker, 2n * USDC);
      expect((await f.treasury.recentSharesOf(f.attacker)).paid).to.equal(2n * USDC);
    });
  });
});
