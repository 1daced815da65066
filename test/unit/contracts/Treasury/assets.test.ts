import { expect } from "chai";
import { USDC, WAD, ethers, loadFixture } from "../../../support/chain.ts";
import { BALANCES, SOURCE, TRANSFERS } from "../../../support/enums.ts";
import {
  DEPOSIT,
  type Nexus,
  WSEI_HELD,
  bareFixture,
  fundedFixture,
  PRICE,
  nexusFixture,
  sourceOf,
} from "../../../support/nexus.ts";
import {
  HOSTILE_CAP,
  HOSTILE_HELD,
  SHARE,
  recentFixture,
  hostileFixture,
  withHostileAsset,
} from "../../../support/vault.ts";

const CAP = 10n ** 24n;
/** What the funded treasury is worth in the middle of the band: 1 M USDC, and 1 M WSEI at 0.30. */
const BOOK = DEPOSIT + 300_000n * USDC;

/** Lets the treasury hold so many units of the hostile asset, each worth 10^-18 dollars, and nothing else but base asset. */
const holdUnits = async (f: Awaited<ReturnType<typeof hostileFixture>>, units: bigint): Promise<void> => {
  await f.treasury.connect(f.admin).setAssetCap(f.addresses.wsei, 0n);
  const data = f.evil.interface.encodeFunctionData("transfer", [f.payee.address, HOSTILE_HELD - units]);
  await f.treasury.connect(f.admin).executeAsAdmin([{ target: f.evilAt, data }]);
};

const expectInvalid = (f: Nexus, attempt: Promise<unknown>, asset: string): Promise<void> =>
  expect(attempt).to.be.revertedWithCustomError(f.treasury, "InvalidAsset").withArgs(asset);

describe("Treasury assets", () => {
  describe("addAsset", () => {
    it("reverts with NotAdmin when anyone else calls", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.treasury.connect(f.attacker).addAsset(f.addresses.wsei, CAP))
        .to.be.revertedWithCustomError(f.treasury, "NotAdmin")
        .withArgs(f.attacker.address);
    });

    it("reverts with InvalidAsset for one that is listed", async () => {
      const f = await loadFixture(nexusFixture);
      await expectInvalid(f, f.treasury.connect(f.admin).addAsset(f.addresses.wsei, CAP), f.addresses.wsei);
      await expectInvalid(f, f.treasury.connect(f.admin).addAsset(f.addresses.usdc, CAP), f.addresses.usdc);
    });

    it("reverts with InvalidAsset for one without a price", async () => {
      const f = await loadFixture(nexusFixture);
      const stake = await f.stake.getAddress();
      await expectInvalid(f, f.treasury.connect(f.admin).addAsset(stake, CAP), stake);
    });

    it("reverts with InvalidAsset beyond sixteen", async () => {
      const f = await loadFixture(nexusFixture);
      const source = sourceOf(await f.sources.usdc.getAddress(), 0n);
      const addresses = Array.from({ length: 14 }, (_, index) => ethers.getAddress(ethers.toBeHex(1_000 + index, 20)));
      for (const [index, asset] of addresses.entries()) {
        await f.hub.connect(f.admin).setFeed(asset, { decimals: 6n, quorum: 1n, maxBandBps: 500n }, [source]);
        const listing = f.treasury.connect(f.admin).addAsset(asset, CAP);
        if (index < 13) await listing;
        else await expectInvalid(f, listing, asset);
      }
      expect(await f.treasury.assets()).to.have.lengthOf(16);
    });

    it("lists it and emits AssetChanged", async () => {
      const f = await loadFixture(nexusFixture);
      const stake = await f.stake.getAddress();
      const source = sourceOf(await f.sources.usdc.getAddress(), 0n);
      await f.hub.connect(f.admin).setFeed(stake, { decimals: 18n, quorum: 1n, maxBandBps: 500n }, [source]);
      await expect(f.treasury.connect(f.admin).addAsset(stake, CAP))
        .to.emit(f.treasury, "AssetChanged")
        .withArgs(stake, true)
        .and.to.emit(f.treasury, "AssetCapChanged")
        .withArgs(stake, CAP);
      expect(await f.treasury.assetCapOf(stake)).to.equal(CAP);
      expect(await f.treasury.isAsset(stake)).to.equal(true);
      const { usdc, wsei, weth } = f.addresses;
      expect([...(await f.treasury.assets())]).to.deep.equal([usdc, wsei, weth, stake]);
    });
  });

  describe("removeAsset", () => {
    it("reverts with NotAdmin when anyone else calls", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.treasury.connect(f.attacker).removeAsset(f.addresses.weth))
        .to.be.revertedWithCustomError(f.treasury, "NotAdmin")
        .withArgs(f.attacker.address);
    });

    it("reverts with InvalidAsset for the base asset", async () => {
      const f = await loadFixture(nexusFixture);
      await expectInvalid(f, f.treasury.connect(f.admin).removeAsset(f.addresses.usdc), f.addresses.usdc);
    });

    it("reverts with InvalidAsset for one that is not listed", async () => {
      const f = await loadFixture(nexusFixture);
      const stake = await f.stake.getAddress();
      await expectInvalid(f, f.treasury.connect(f.admin).removeAsset(stake), stake);
    });

    it("reverts with InvalidAsset while the mandate permits it", async () => {
      const f = await loadFixture(nexusFixture);
      await expectInvalid(f, f.treasury.connect(f.admin).removeAsset(f.addresses.wsei), f.addresses.wsei);
    });

    it("delists it and emits AssetChanged", async () => {
      const f = await loadFixture(nexusFixture);
      await f.mandate.connect(f.admin).setTokenLimit(f.addresses.wsei, { perAction: 0n, perAgentDay: 1n, perDay: 1n });
      await expect(f.treasury.connect(f.admin).removeAsset(f.addresses.wsei))
        .to.emit(f.treasury, "AssetChanged")
        .withArgs(f.addresses.wsei, false);
      expect([...(await f.treasury.assets())]).to.deep.equal([f.addresses.usdc, f.addresses.weth]);
      expect(await f.treasury.isAsset(f.addresses.wsei)).to.equal(false);
    });

    it("delists the last one", async () => {
      const f = await loadFixture(nexusFixture);
      await f.treasury.connect(f.admin).removeAsset(f.addresses.weth);
      expect([...(await f.treasury.assets())]).to.deep.equal([f.addresses.usdc, f.addresses.wsei]);
    });

    it("leaves pending payouts payable", async () => {
      const f = await loadFixture(hostileFixture);
      await f.evil.behave(TRANSFERS.reverting, BALANCES.honest);
      const all = await f.treasury.balanceOf(f.depositor);
      await f.treasury.connect(f.depositor).redeemInKind(all, f.depositor.address, f.depositor.address);
      await f.evil.behave(TRANSFERS.honest, BALANCES.honest);
      const rest =
        (await f.evil.balanceOf(f.addresses.treasury)) - (await f.treasury.pendingPayoutOf(f.evilAt, f.depositor));
      const data = f.evil.interface.encodeFunctionData("transfer", [f.payee.address, rest]);
      await f.treasury.connect(f.admin).executeAsAdmin([{ target: f.evilAt, data }]);
      await f.treasury.connect(f.admin).removeAsset(f.evilAt);
      await f.treasury.payOut(f.evilAt, f.depositor.address);
      expect(await f.evil.balanceOf(f.depositor)).to.equal(HOSTILE_HELD - rest);
    });

    for (const [behaviour, words] of [
      ["honest", "is held: what is left belongs to no share"],
      ["enormous", "answers 2^256 - 1 for its balance"],
    ] as const) {
      it(`delists one that ${words} [NX-TRE-04]`, async () => {
        const f = await loadFixture(hostileFixture);
        await f.evil.behave(TRANSFERS.honest, BALANCES[behaviour]);
        await f.treasury.connect(f.admin).removeAsset(f.evilAt);
        expect(await f.treasury.isAsset(f.evilAt)).to.equal(false);
        expect(await f.treasury.totalAssets()).to.equal(BOOK);
      });
    }

    it("delists one whose balance cannot be read any more, so that deposits go on", async () => {
      const f = await loadFixture(hostileFixture);
      await f.evil.behave(TRANSFERS.reverting, BALANCES.reverting);
      await f.treasury.connect(f.admin).removeAsset(f.evilAt);
      expect(await f.treasury.isAsset(f.evilAt)).to.equal(false);
      expect(await f.treasury.maxDeposit(f.depositor)).to.be.greaterThan(0n);
    });
  });

  describe("setAssetCap", () => {
    it("reverts with NotAdmin when anyone else calls", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.treasury.connect(f.attacker).setAssetCap(f.addresses.wsei, CAP))
        .to.be.revertedWithCustomError(f.treasury, "NotAdmin")
        .withArgs(f.attacker.address);
    });

    it("reverts with InvalidAsset for the base asset, and for what is not listed", async () => {
      const f = await loadFixture(nexusFixture);
      const stake = await f.stake.getAddress();
      for (const token of [f.addresses.usdc, stake]) {
        await expectInvalid(f, f.treasury.connect(f.admin).setAssetCap(token, CAP), token);
      }
      await expectInvalid(f, f.treasury.assetCapOf(stake), stake);
      expect(await f.treasury.assetCapOf(f.addresses.usdc)).to.equal(ethers.MaxUint256);
    });

    it("sets how much of it counts, and emits AssetCapChanged [NX-TRE-09]", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(f.treasury.connect(f.admin).setAssetCap(f.addresses.wsei, WSEI_HELD / 2n))
        .to.emit(f.treasury, "AssetCapChanged")
        .withArgs(f.addresses.wsei, WSEI_HELD / 2n);
      expect(await f.treasury.totalAssets()).to.equal(1_150_000n * USDC);
    });

    it("lets one count nothing, whatever it answers: entries and exits go on", async () => {
      const f = await loadFixture(hostileFixture);
      await f.evil.behave(TRANSFERS.reverting, BALANCES.burningGas);
      expect(await f.treasury.maxRedeem(f.depositor)).to.equal(0n);
      await f.treasury.connect(f.admin).setAssetCap(f.evilAt, 0n);
      expect(await f.treasury.maxRedeem(f.depositor)).to.be.greaterThan(0n);
      expect(await f.treasury.totalAssets()).to.equal(BOOK);
    });
  });

  describe("primeAllowance", () => {
    it("reverts with NotAdmin when anyone else calls", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.treasury.connect(f.attacker).primeAllowance(f.addresses.usdc, f.attacker.address))
        .to.be.revertedWithCustomError(f.treasury, "NotAdmin")
        .withArgs(f.attacker.address);
    });

    it("reverts with InvalidAsset for what is not listed", async () => {
      const f = await loadFixture(nexusFixture);
      const stake = await f.stake.getAddress();
      await expectInvalid(f, f.treasury.connect(f.admin).primeAllowance(stake, f.payee.address), stake);
    });

    it("leaves an allowance of one unit [NX-TRE-03]", async () => {
      const f = await loadFixture(nexusFixture);
      await f.treasury.connect(f.admin).primeAllowance(f.addresses.usdc, f.payee.address);
      expect(await f.usdc.allowance(f.addresses.treasury, f.payee)).to.equal(1n);
    });
  });

  describe("assetsRange", () => {
    it("reverts with PriceUnavailable while a held asset has no price", async () => {
      const f = await loadFixture(fundedFixture);
      await f.sources.wsei.setMode(SOURCE.reverting);
      await expect(f.treasury.assetsRange())
        .to.be.revertedWithCustomError(f.hub, "PriceUnavailable")
        .withArgs(f.addresses.wsei, 2n, 0n);
    });

    it("answers both ends of the band, the middle being totalAssets", async () => {
      const f = await loadFixture(fundedFixture);
      const { lower, upper } = await f.treasury.assetsRange();
      expect([lower, upper]).to.deep.equal([1_297_000n * 10n ** 6n, 1_303_000n * 10n ** 6n]);
      expect(await f.treasury.totalAssets()).to.equal(1_300_000n * 10n ** 6n);
    });

    it("rounds what the others are worth in base asset down at its lower end and up at its upper", async () => {
      const f = await loadFixture(fundedFixture);
      await f.wsei.connect(f.deployer).mint(f.addresses.treasury, 10n ** 11n);
      const { lower, upper } = await f.treasury.assetsRange();
      expect([lower, upper]).to.deep.equal([1_297_000n * USDC, 1_303_000n * USDC + 1n]);
    });

    it("adds nothing for what counts nothing, to the last digit of a value [NX-TRE-09]", async () => {
      // One unit of base asset is 10^12 of the hostile one; WSEI counts nothing, WETH is not held.
      for (const [units, lower, upper] of [
        [1n, 0n, 1n],
        [10n ** 12n - 1n, 0n, 1n],
        [10n ** 12n, 1n, 1n],
      ] as const) {
        const f = await loadFixture(hostileFixture);
        await holdUnits(f, units);
        expect(await f.treasury.assetsRange()).to.deep.equal([DEPOSIT + lower, DEPOSIT + upper]);
        // Dust that has no price.
        await f.sources.weth.setMode(SOURCE.reverting);
        await f.weth.connect(f.deployer).mint(f.addresses.treasury, 1n);
        expect(await f.treasury.assetsRange()).to.deep.equal([DEPOSIT + lower, DEPOSIT + upper]);
        // One that cannot be read.
        const mute = await withHostileAsset(f);
        await mute.evil.behave(TRANSFERS.honest, BALANCES.reverting);
        expect(await f.treasury.totalAssets()).to.equal(DEPOSIT + lower);
      }
    });

    it("takes the highest value that it can sum", async () => {
      const f = await loadFixture(hostileFixture);
      await holdUnits(f, 1n);
      const feed = { decimals: 0n, quorum: 1n, maxBandBps: 500n };
      const source = await ethers.deployContract("MockSource", [2n ** 128n - 1n]);
      await f.hub.connect(f.admin).setFeed(f.evilAt, feed, [sourceOf(await source.getAddress(), 0n)]);
      const { lower } = await f.treasury.assetsRange();
      expect(lower).to.equal(DEPOSIT + ((2n ** 128n - 1n) * USDC) / WAD);
      // Two are worth more, and are no dust of what counts.
      await f.evil.mint(f.addresses.treasury, 1n);
      await f.treasury.connect(f.admin).setAssetCap(f.evilAt, 2n);
      await expect(f.treasury.assetsRange()).to.be.revertedWithCustomError(f.treasury, "AssetWithoutValue");
    });

    it("reverts with AssetWithoutValue for the base asset where its price could be zero", async () => {
      const f = await loadFixture(fundedFixture);
      // A source that says a dollar, and that it could be anything up to two.
      const source = sourceOf(await f.sources.usdc.getAddress(), 10_000n);
      const feed = { decimals: 6n, quorum: 1n, maxBandBps: 20_000n };
      await f.hub.connect(f.admin).setFeed(f.addresses.usdc, feed, [source]);
      await expect(f.treasury.assetsRange())
        .to.be.revertedWithCustomError(f.treasury, "AssetWithoutValue")
        .withArgs(f.addresses.usdc);
      expect(await f.treasury.totalAssets()).to.equal(DEPOSIT);
    });

    it("counts an asset up to its cap, whatever its balance says [NX-TRE-09]", async () => {
      const f = await loadFixture(hostileFixture);
      const { lower } = await f.treasury.assetsRange();
      await f.evil.behave(TRANSFERS.honest, BALANCES.enormous);
      const enormous = await f.treasury.assetsRange();
      expect(enormous.lower - lower).to.equal(((HOSTILE_CAP - HOSTILE_HELD) * USDC) / WAD);
      expect(await f.treasury.maxDeposit(f.attacker)).to.equal(2n ** 96n - 1n);
    });

    it("reverts with AssetWithoutValue for a balance that cannot be read", async () => {
      const f = await loadFixture(hostileFixture);
      await f.evil.behave(TRANSFERS.honest, BALANCES.reverting);
      for (const refused of [
        f.treasury.assetsRange(),
        f.treasury.previewDeposit(USDC),
        f.treasury.previewRedeem(USDC),
      ]) {
        await expect(refused).to.be.revertedWithCustomError(f.treasury, "AssetWithoutValue").withArgs(f.evilAt);
      }
    });

    it("reverts with AssetWithoutValue for a price that no sum could hold, where limits are zero and do not panic", async () => {
      const f = await loadFixture(hostileFixture);
      const absurd = await ethers.deployContract("MockSource", [2n ** 127n]);
      const feed = { decimals: 0n, quorum: 1n, maxBandBps: 500n };
      await f.hub.connect(f.admin).setFeed(f.evilAt, feed, [sourceOf(await absurd.getAddress(), 0n)]);
      await expect(f.treasury.assetsRange())
        .to.be.revertedWithCustomError(f.treasury, "AssetWithoutValue")
        .withArgs(f.evilAt);
      for (const limit of [f.treasury.maxDeposit, f.treasury.maxMint, f.treasury.maxWithdraw, f.treasury.maxRedeem]) {
        expect(await limit(f.depositor)).to.equal(0n);
      }
    });

    it("counts the base asset's own band against what the others are worth in it", async () => {
      const f = await loadFixture(fundedFixture);
      const unsure = sourceOf(await f.sources.usdc.getAddress(), 100n);
      const feed = { decimals: 6n, quorum: 1n, maxBandBps: 500n };
      await f.hub.connect(f.admin).setFeed(f.addresses.usdc, feed, [unsure]);
      const { lower, upper } = await f.treasury.assetsRange();
      expect(lower).to.be.lessThan(1_297_000n * 10n ** 6n);
      expect(upper).to.be.greaterThan(1_303_000n * 10n ** 6n);
    });
  });

  describe("totalAssets", () => {
    it("is what shares and amounts are converted by, in the middle of the band and rounded down", async () => {
      const f = await loadFixture(fundedFixture);
      const supply = 1_000_000n * SHARE + 10n ** 6n;
      expect(await f.treasury.convertToAssets(SHARE)).to.equal((SHARE * (BOOK + 1n)) / supply);
      expect(await f.treasury.convertToShares(USDC)).to.equal((USDC * supply) / (BOOK + 1n));
    });

    it("answers what is known at least while a held asset has no price, and conversions go by it [NX-TRE-10]", async () => {
      const f = await loadFixture(hostileFixture);
      await f.sources.wsei.setMode(SOURCE.reverting);
      // Ten WETH at 3,000 dollars, within one percent: the lower end counts.
      await f.weth.connect(f.deployer).mint(f.addresses.treasury, 10n * WAD);
      const known = DEPOSIT + (HOSTILE_HELD * USDC) / WAD + 29_700n * USDC;
      expect(await f.treasury.totalAssets()).to.equal(known);
      const shares = await f.treasury.totalSupply();
      expect(await f.treasury.convertToAssets(shares)).to.be.within(known - 2n, known);
      expect(await f.treasury.convertToShares(known)).to.be.within(shares, shares + 2n * 10n ** 6n);
    });

    it("is what nothing is minted, redeemed or charged at: all that moves money refuses [NX-TRE-10]", async () => {
      const f = await loadFixture(fundedFixture);
      await f.sources.wsei.setMode(SOURCE.reverting);
      const treasury = f.treasury.connect(f.depositor);
      const me = f.depositor.address;
      for (const refused of [
        treasury.previewDeposit(USDC),
        treasury.previewMint(USDC),
        treasury.previewWithdraw(USDC),
        treasury.previewRedeem(USDC),
      ]) {
        await expect(refused).to.be.revertedWithCustomError(f.hub, "PriceUnavailable");
      }
      await expect(treasury.redeem(1n, me, me)).to.be.revertedWithCustomError(treasury, "ERC4626ExceededMaxRedeem");
      await expect(treasury.mint(1n, me)).to.be.revertedWithCustomError(treasury, "ERC4626ExceededMaxMint");
    });

    it("answers the base asset alone while that has no price, since nothing can be compared with it", async () => {
      const f = await loadFixture(fundedFixture);
      await f.sources.usdc.setMode(SOURCE.reverting);
      expect(await f.treasury.totalAssets()).to.equal(DEPOSIT);
    });

    it("reverts with TreasuryGuarded while an action is carried out: balances mean nothing then [NX-TRE-08]", async () => {
      const f = await loadFixture(fundedFixture);
      const data = f.treasury.interface.encodeFunctionData("totalAssets");
      await expect(
        f.treasury.connect(f.admin).executeAsAdmin([{ target: f.addresses.treasury, data }]),
      ).to.be.revertedWithCustomError(f.treasury, "TreasuryGuarded");
    });
  });

  describe("limits of entry and exit", () => {
    it("are what the receiver's lot of recent shares has room for, in what was paid and in shares", async () => {
      const f = await loadFixture(recentFixture);
      const { shares, paid } = await f.treasury.recentSharesOf(f.attacker);
      const room = { paid: 2n ** 96n - 1n - paid, shares: 2n ** 120n - 1n - shares };
      const inShares = async (): Promise<bigint> =>
        (room.paid * ((await f.treasury.totalSupply()) + 10n ** 6n)) / ((await f.treasury.assetsRange()).upper + 1n);
      expect(await f.treasury.maxDeposit(f.attacker)).to.equal(room.paid);
      expect(await f.treasury.maxMint(f.attacker)).to.equal(await inShares());
      // A hundredth of the value is left, and so many more shares are bought by a unit.
      const data = f.usdc.interface.encodeFunctionData("transfer", [f.payee.address, DEPOSIT - 10_000n * USDC]);
      await f.treasury.connect(f.admin).executeAsAdmin([{ target: f.addresses.usdc, data }]);
      await f.sources.wsei.setPrice(PRICE.wsei / 100n);
      const supply = (await f.treasury.totalSupply()) + 10n ** 6n;
      const { upper } = await f.treasury.assetsRange();
      expect(await f.treasury.maxDeposit(f.attacker)).to.equal((room.shares * (upper + 1n)) / supply);
      expect(await f.treasury.maxMint(f.attacker)).to.equal(room.shares);
    });

    it("are zero while a held asset has no price, and in kind is still open", async () => {
      const f = await loadFixture(fundedFixture);
      await f.sources.wsei.setMode(SOURCE.garbage);
      const holder = f.depositor.address;
      expect(await f.treasury.maxDeposit(holder)).to.equal(0n);
      expect(await f.treasury.maxMint(holder)).to.equal(0n);
      expect(await f.treasury.maxWithdraw(holder)).to.equal(0n);
      expect(await f.treasury.maxRedeem(holder)).to.equal(0n);
    });

    it("are zero while the base asset has no price and others are held", async () => {
      const f = await loadFixture(fundedFixture);
      await f.sources.usdc.setMode(SOURCE.reverting);
      expect(await f.treasury.maxDeposit(f.depositor)).to.equal(0n);
      expect(await f.treasury.maxWithdraw(f.depositor)).to.equal(0n);
    });
  });

  describe("views", () => {
    it("say what the constructor was told", async () => {
      const f = await loadFixture(bareFixture);
      expect([...(await f.treasury.assets())]).to.deep.equal([f.addresses.usdc]);
      expect(await f.treasury.asset()).to.equal(f.addresses.usdc);
      expect([await f.treasury.decimals(), await f.treasury.symbol()]).to.deep.equal([12n, "nxUSDC"]);
      expect([await f.treasury.MIN_HOLDING_TIME(), await f.treasury.MAX_ASSETS()]).to.deep.equal([3_600n, 16n]);
      expect(await f.treasury.DUST_PART()).to.equal(1_000n);
      await expect(f.treasury.deploymentTransaction())
        .to.emit(f.treasury, "AssetCapChanged")
        .withArgs(f.addresses.usdc, 2n ** 96n - 1n);
      expect(await f.treasury.ADMIN()).to.equal(f.admin.address);
    });
  });
});
