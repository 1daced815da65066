import { expect } from "chai";
import { USDC, ethers, loadFixture, networkHelpers, takeSnapshot } from "../../../support/chain.ts";
import { send } from "../../../support/dexes.ts";
import { SOURCE } from "../../../support/enums.ts";
import { CAP, type Lending, balanceIn, donateUsdc, lendingFixture, runSteps } from "../../../support/lending.ts";

const AMOUNT = 80_000n * USDC;
const LIMIT = 2n ** 95n;
/** Code that reverts at once. */
const REVERTING = "0x60006000fd";

/** Nothing but dollars and a position in dollars: no price is needed. */
const dollarsFixture = async () => {
  const f = await lendingFixture();
  const held = await f.wsei.balanceOf(f.treasury);
  const data = f.wsei.interface.encodeFunctionData("transfer", [f.payee.address, held]);
  await f.treasury.connect(f.admin).executeAsAdmin([{ target: f.addresses.wsei, data }]);
  await runSteps(f, [f.supplyUsdc(AMOUNT)]);
  return f;
};

const killOracles = async (f: Lending): Promise<void> => {
  for (const source of [f.sources.usdc, f.sources.wsei, f.sources.weth]) await source.setMode(SOURCE.reverting);
};

const positionOf = (f: Lending): Promise<bigint> => balanceIn(f.aUsdc, f.addresses.treasury);

describe("Treasury.setUnitOfBase", () => {
  describe("when anyone but the administrator calls", () => {
    it("reverts with NotAdmin", async () => {
      const f = await loadFixture(lendingFixture);
      for (const caller of [f.attacker, f.guardian])
        await expect(f.treasury.connect(caller).setUnitOfBase(f.reserves.usdc.position, false))
          .to.be.revertedWithCustomError(f.treasury, "NotAdmin")
          .withArgs(caller.address);
    });
  });

  describe("when the asset is the base asset, not listed, or has other decimals", () => {
    it("reverts with InvalidAsset, but lets any listed one cease [NX-TRE-13]", async () => {
      const f = await loadFixture(lendingFixture);
      for (const token of [f.addresses.usdc, await f.stake.getAddress(), f.reserves.wsei.position])
        await expect(f.treasury.connect(f.admin).setUnitOfBase(token, true))
          .to.be.revertedWithCustomError(f.treasury, "InvalidAsset")
          .withArgs(token);
      await f.treasury.connect(f.admin).setUnitOfBase(f.reserves.wsei.position, false);
      expect(await f.treasury.isUnitOfBase(f.addresses.usdc)).to.equal(false);
      expect(await f.treasury.isUnitOfBase(f.reserves.wsei.position)).to.equal(false);
    });
  });

  describe("when all is well", () => {
    it("emits UnitOfBaseChanged, and says so until it ceases [NX-TRE-13]", async () => {
      const f = await loadFixture(lendingFixture);
      const { position } = f.reserves.usdc;
      expect(await f.treasury.isUnitOfBase(position)).to.equal(true);
      for (const is of [false, true]) {
        await expect(f.treasury.connect(f.admin).setUnitOfBase(position, is))
          .to.emit(f.treasury, "UnitOfBaseChanged")
          .withArgs(position, is);
        expect(await f.treasury.isUnitOfBase(position)).to.equal(is);
        expect(await f.treasury.assetCapOf(position)).to.equal(CAP.aUsdc);
      }
    });

    it("counts units, at both ends of the band and with every feed dead [NX-TRE-13]", async () => {
      const f = await loadFixture(dollarsFixture);
      // Asked anew after each block, since interest accrues.
      const whole = async (): Promise<bigint> => (await f.usdc.balanceOf(f.treasury)) + (await positionOf(f));
      expect([...(await f.treasury.assetsRange())]).to.deep.equal([await whole(), await whole()]);
      await killOracles(f);
      expect([...(await f.treasury.assetsRange())]).to.deep.equal([await whole(), await whole()]);
      expect(await f.treasury.totalAssets()).to.equal(await whole());
      await f.treasury.connect(f.admin).setUnitOfBase(f.reserves.usdc.position, false);
      await expect(f.treasury.assetsRange()).to.be.revertedWithCustomError(f.hub, "PriceUnavailable");
    });

    it("counts up to the cap, which keeps it and is kept [NX-TRE-13]", async () => {
      const f = await loadFixture(dollarsFixture);
      const { position } = f.reserves.usdc;
      await f.treasury.connect(f.admin).setAssetCap(position, 30_000n * USDC);
      expect(await f.treasury.isUnitOfBase(position)).to.equal(true);
      expect(await f.treasury.assetCapOf(position)).to.equal(30_000n * USDC);
      const held = await f.usdc.balanceOf(f.treasury);
      expect(await f.treasury.totalAssets()).to.equal(held + 30_000n * USDC);
    });

    it("counts what is owed for nobody [NX-TRE-13]", async () => {
      const f = await loadFixture(dollarsFixture);
      const shares = await f.treasury.balanceOf(f.depositor);
      await send(f.market.configurator, "setReservePause", [f.addresses.usdc, true]);
      await f.treasury.connect(f.depositor).redeemInKind(shares / 2n, f.depositor.address, f.depositor.address);
      const owed = await f.treasury.pendingPayoutOf(f.reserves.usdc.position, f.depositor);
      expect(owed).to.be.greaterThan(39_000n * USDC);
      const [held, position] = [await f.usdc.balanceOf(f.treasury), await positionOf(f)];
      expect(await f.treasury.totalAssets()).to.equal(held + position - owed);
    });

    it("prices entries and exits with it like with the base asset [NX-TRE-13]", async () => {
      const f = await loadFixture(dollarsFixture);
      await killOracles(f);
      const shares = (await f.treasury.balanceOf(f.depositor)) / 10n;
      const whole = (await f.usdc.balanceOf(f.treasury)) + (await positionOf(f));
      const before = await f.usdc.balanceOf(f.depositor);
      await f.treasury.connect(f.depositor).redeem(shares, f.depositor.address, f.depositor.address);
      const paid = (await f.usdc.balanceOf(f.depositor)) - before;
      // A second's interest, and what rounds down.
      expect(paid).to.be.within(whole / 10n - 1n, whole / 10n + 1_000n);
    });
  });

  describe("when its balance cannot be read", () => {
    it("stops entries by AssetWithoutValue, and answers the others' worth [NX-TRE-10]", async () => {
      const f = await loadFixture(dollarsFixture);
      await networkHelpers.setCode(f.reserves.usdc.position, REVERTING);
      await expect(f.treasury.assetsRange())
        .to.be.revertedWithCustomError(f.treasury, "AssetWithoutValue")
        .withArgs(f.reserves.usdc.position);
      expect(await f.treasury.totalAssets()).to.equal(await f.usdc.balanceOf(f.treasury));
      expect(await f.treasury.maxDeposit(f.depositor)).to.equal(0n);
    });

    it("reads nothing where the cap is zero [NX-TRE-09]", async () => {
      const f = await loadFixture(dollarsFixture);
      await f.treasury.connect(f.admin).setAssetCap(f.reserves.usdc.position, 0n);
      await networkHelpers.setCode(f.reserves.usdc.position, REVERTING);
      const held = await f.usdc.balanceOf(f.treasury);
      expect([...(await f.treasury.assetsRange())]).to.deep.equal([held, held]);
    });
  });

  describe("when a cap does not fit", () => {
    it("reverts with CapTooHigh at 2^95, in listing and in setting", async () => {
      const f = await loadFixture(lendingFixture);
      const { position } = f.reserves.wsei;
      const treasury = f.treasury.connect(f.admin);
      await expect(treasury.setAssetCap(position, LIMIT))
        .to.be.revertedWithCustomError(f.treasury, "CapTooHigh")
        .withArgs(position, LIMIT);
      await treasury.setAssetCap(position, LIMIT - 1n);
      expect(await f.treasury.assetCapOf(position)).to.equal(LIMIT - 1n);
      expect(await f.treasury.isUnitOfBase(position)).to.equal(false);
      const snapshot = await takeSnapshot();
      const other = await ethers.deployContract("SandboxToken", ["Other", "OTH"]);
      const at = await other.getAddress();
      const [, [source]] = await f.hub.feedOf(f.addresses.wsei);
      const { reader, maxAge, deviationBps } = source ?? { reader: at, maxAge: 1n, deviationBps: 0n };
      const feed = { decimals: 18n, quorum: 1n, maxBandBps: 500n };
      await f.hub.connect(f.admin).setFeed(at, feed, [{ reader, maxAge, deviationBps }]);
      await expect(treasury.addAsset(at, LIMIT))
        .to.be.revertedWithCustomError(f.treasury, "CapTooHigh")
        .withArgs(at, LIMIT);
      await treasury.addAsset(at, LIMIT - 1n);
      await snapshot.restore();
    });
  });

  describe("given a stranger supplied beyond the cap", () => {
    it("counts no more than the cap [NX-TRE-09]", async () => {
      const f = await loadFixture(dollarsFixture);
      await donateUsdc(f, f.attacker, 2n * CAP.aUsdc);
      expect(await f.treasury.totalAssets()).to.equal((await f.usdc.balanceOf(f.treasury)) + CAP.aUsdc);
    });
  });
});
