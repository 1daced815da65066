import { expect } from "chai";
import { ethers, loadFixture } from "../../../support/chain.ts";
import { BALANCES, SOURCE, TRANSFERS } from "../../../support/enums.ts";
import { type Nexus, bareFixture, fundedFixture, nexusFixture, sourceOf } from "../../../support/nexus.ts";
import { HOSTILE_HELD, hostileFixture } from "../../../support/vault.ts";

const expectInvalid = (f: Nexus, attempt: Promise<unknown>, asset: string): Promise<void> =>
  expect(attempt).to.be.revertedWithCustomError(f.treasury, "InvalidAsset").withArgs(asset);

describe("Treasury assets", () => {
  describe("addAsset", () => {
    it("reverts with NotAdmin when anyone else calls", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.treasury.connect(f.attacker).addAsset(f.addresses.wsei))
        .to.be.revertedWithCustomError(f.treasury, "NotAdmin")
        .withArgs(f.attacker.address);
    });

    it("reverts with InvalidAsset for one that is listed", async () => {
      const f = await loadFixture(nexusFixture);
      await expectInvalid(f, f.treasury.connect(f.admin).addAsset(f.addresses.wsei), f.addresses.wsei);
      await expectInvalid(f, f.treasury.connect(f.admin).addAsset(f.addresses.usdc), f.addresses.usdc);
    });

    it("reverts with InvalidAsset for one without a price", async () => {
      const f = await loadFixture(nexusFixture);
      const stake = await f.stake.getAddress();
      await expectInvalid(f, f.treasury.connect(f.admin).addAsset(stake), stake);
    });

    it("reverts with InvalidAsset beyond sixteen", async () => {
      const f = await loadFixture(nexusFixture);
      const source = sourceOf(await f.sources.usdc.getAddress(), 0n);
      const addresses = Array.from({ length: 14 }, (_, index) => ethers.getAddress(ethers.toBeHex(1_000 + index, 20)));
      for (const [index, asset] of addresses.entries()) {
        await f.hub.connect(f.admin).setFeed(asset, { decimals: 6n, quorum: 1n, maxBandBps: 500n }, [source]);
        const listing = f.treasury.connect(f.admin).addAsset(asset);
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
      await expect(f.treasury.connect(f.admin).addAsset(stake))
        .to.emit(f.treasury, "AssetChanged")
        .withArgs(stake, true);
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

    it("reverts with InvalidAsset while it is held", async () => {
      const f = await loadFixture(fundedFixture);
      await f.mandate.connect(f.admin).setTokenLimit(f.addresses.wsei, { perAction: 0n, perAgentDay: 0n, perDay: 0n });
      await expectInvalid(f, f.treasury.connect(f.admin).removeAsset(f.addresses.wsei), f.addresses.wsei);
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

    it("leaves claims payable", async () => {
      const f = await loadFixture(hostileFixture);
      await f.evil.behave(TRANSFERS.reverting, BALANCES.honest);
      const all = await f.treasury.balanceOf(f.depositor);
      await f.treasury.connect(f.depositor).redeemInKind(all, f.depositor.address, f.depositor.address);
      await f.evil.behave(TRANSFERS.honest, BALANCES.honest);
      const rest = (await f.evil.balanceOf(f.addresses.treasury)) - (await f.treasury.claimOf(f.evilAt, f.depositor));
      const data = f.evil.interface.encodeFunctionData("transfer", [f.payee.address, rest]);
      await f.treasury.connect(f.admin).executeAsAdmin([{ target: f.evilAt, data }]);
      await f.treasury.connect(f.admin).removeAsset(f.evilAt);
      await f.treasury.claim(f.evilAt, f.depositor.address);
      expect(await f.evil.balanceOf(f.depositor)).to.equal(HOSTILE_HELD - rest);
    });

    it("delists one whose balance cannot be read any more, so that deposits go on", async () => {
      const f = await loadFixture(hostileFixture);
      await f.evil.behave(TRANSFERS.reverting, BALANCES.reverting);
      await f.treasury.connect(f.admin).removeAsset(f.evilAt);
      expect(await f.treasury.isAsset(f.evilAt)).to.equal(false);
      expect(await f.treasury.maxDeposit(f.depositor)).to.be.greaterThan(0n);
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

  describe("limits of entry and exit", () => {
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
      expect(await f.treasury.ADMIN()).to.equal(f.admin.address);
    });
  });
});
