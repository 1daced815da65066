import { expect } from "chai";
import { votedCalls, enact } from "../../../support/votedProposals.ts";
import { transferCall } from "../../../support/calls.ts";
import { USDC, loadFixture } from "../../../support/chain.ts";
import { SOURCE } from "../../../support/enums.ts";
import { DEPOSIT, fundDepositor, fundedFixture } from "../../../support/nexus.ts";
import { FEE_BPS, GAIN, type PerformanceRecords, gain, performanceRecordFixture } from "../../../support/outcomes.ts";
import { SHARE } from "../../../support/vault.ts";

const BPS = 10_000n;
const FEE = (GAIN * FEE_BPS) / BPS;
/** What 10^27 units of shares are worth. */
const priceOf = async (f: PerformanceRecords): Promise<bigint> => {
  const [lower] = await f.treasury.assetsRange();
  return ((lower + 1n) * 10n ** 27n) / ((await f.treasury.totalSupply()) + 10n ** 6n);
};
/** The treasury pays its payee, which is a loss. */
const lose = async (f: PerformanceRecords, amount: bigint): Promise<void> => {
  const call = transferCall(f.addresses.usdc, f.payee.address, amount);
  await enact(f, await votedCalls(f, [[call, f.leaves.payUsdc]]));
};

describe("Treasury.accrueFee", () => {
  describe("when there is no fee", () => {
    it("takes nothing, and says that nothing is due", async () => {
      const f = await loadFixture(fundedFixture);
      const supply = await f.treasury.totalSupply();
      await gain(f);
      expect(await f.treasury.feeDue()).to.deep.equal([0n, 0n]);
      expect(await f.treasury.accrueFee.staticCall()).to.equal(0n);
      await expect(f.treasury.accrueFee()).not.to.emit(f.treasury, "FeeAccrued");
      expect(await f.treasury.totalSupply()).to.equal(supply);
      expect(await f.treasury.highWaterMark()).to.equal(0n);
    });
  });

  describe("when there is no fee, and a held asset has no price", () => {
    it("takes nothing, and asks for no price", async () => {
      const f = await loadFixture(fundedFixture);
      await f.sources.wsei.setMode(SOURCE.reverting);
      expect(await f.treasury.feeDue()).to.deep.equal([0n, 0n]);
      await f.treasury.accrueFee();
      await f.treasury.connect(f.admin).setPerformanceFee(f.payee.address, 0n);
      expect(await f.treasury.highWaterMark()).to.equal(0n);
    });
  });

  describe("when the fee is a single basis point", () => {
    it("takes it, and prices shares by it beforehand [NX-FEE-02]", async () => {
      const f = await loadFixture(performanceRecordFixture);
      await f.treasury.connect(f.admin).setPerformanceFee(f.splitterAt, 1n);
      await gain(f);
      const { shares, amount } = await f.treasury.feeDue();
      expect(GAIN / BPS - amount).to.be.within(0n, 1n);
      const { lower, upper } = await f.treasury.assetsRange();
      const supply = (await f.treasury.totalSupply()) + 10n ** 6n;
      expect(shares).to.equal((amount * supply) / (lower + 1n - amount));
      expect(await f.treasury.previewDeposit(GAIN)).to.equal((GAIN * (supply + shares)) / (upper + 1n));
      await f.treasury.accrueFee();
      expect(await f.treasury.balanceOf(f.splitterAt)).to.equal(shares);
    });
  });

  describe("when the shares gained nothing", () => {
    it("takes nothing [NX-FEE-02]", async () => {
      const f = await loadFixture(performanceRecordFixture);
      const supply = await f.treasury.totalSupply();
      await expect(f.treasury.accrueFee())
        .to.not.emit(f.treasury, "FeeAccrued")
        .and.to.not.emit(f.treasury, "Transfer");
      expect(await f.treasury.totalSupply()).to.equal(supply);
    });
  });

  describe("when the treasury executes", () => {
    it("reverts with TreasuryGuarded [NX-TRE-08]", async () => {
      const f = await loadFixture(performanceRecordFixture);
      const data = f.treasury.interface.encodeFunctionData("accrueFee");
      await expect(
        f.treasury.connect(f.admin).executeAsAdmin([{ target: f.addresses.treasury, data }]),
      ).to.be.revertedWithCustomError(f.treasury, "TreasuryGuarded");
    });
  });

  describe("when the treasury executes, and there is no fee", () => {
    it("reverts with TreasuryGuarded all the same [NX-TRE-08]", async () => {
      const f = await loadFixture(fundedFixture);
      const data = f.treasury.interface.encodeFunctionData("accrueFee");
      await expect(
        f.treasury.connect(f.admin).executeAsAdmin([{ target: f.addresses.treasury, data }]),
      ).to.be.revertedWithCustomError(f.treasury, "TreasuryGuarded");
    });
  });

  describe("when a held asset has no price", () => {
    it("reverts, and the exit in kind takes no fee and works [NX-TRE-04]", async () => {
      const f = await loadFixture(performanceRecordFixture);
      await gain(f);
      await f.sources.wsei.setMode(SOURCE.reverting);
      await expect(f.treasury.accrueFee()).to.be.revertedWithCustomError(f.hub, "PriceUnavailable");
      const shares = await f.treasury.balanceOf(f.depositor.address);
      await f.treasury.connect(f.depositor).redeemInKind(shares, f.depositor.address, f.depositor.address);
      expect(await f.usdc.balanceOf(f.depositor.address)).to.be.greaterThan(DEPOSIT + GAIN - 3n);
      expect(await f.treasury.balanceOf(f.splitterAt)).to.equal(0n);
    });
  });

  describe("when the shares gained", () => {
    it("pays its part of the gain in new shares, and says so [NX-FEE-02]", async () => {
      const f = await loadFixture(performanceRecordFixture);
      await gain(f);
      const [shares, amount] = await f.treasury.feeDue();
      expect(FEE - amount).to.be.within(0n, 1n);
      const [lower] = await f.treasury.assetsRange();
      const supply = (await f.treasury.totalSupply()) + 10n ** 6n;
      const exact = amount * supply;
      expect(exact % (lower + 1n - amount), "a remainder, which is what is rounded").to.not.equal(0n);
      expect(shares).to.equal(exact / (lower + 1n - amount));
      expect(await f.treasury.connect(f.anyone).accrueFee.staticCall()).to.equal(amount);
      const accrual = f.treasury.connect(f.anyone).accrueFee();
      await expect(accrual)
        .to.emit(f.treasury, "FeeAccrued")
        .withArgs(f.splitterAt, shares, amount, (mark: bigint) => mark > 0n);
      expect(await f.treasury.balanceOf(f.splitterAt)).to.equal(shares);
      expect(amount - (await f.treasury.previewRedeem(shares))).to.be.within(0n, 1n);
    });

    it("takes it once: the mark stands at what shares are worth now [NX-FEE-02]", async () => {
      const f = await loadFixture(performanceRecordFixture);
      await gain(f);
      await f.treasury.accrueFee();
      expect((await f.treasury.highWaterMark()) - (await priceOf(f))).to.be.within(0n, 1n);
      expect(await f.treasury.feeDue()).to.deep.equal([0n, 0n]);
      await expect(f.treasury.accrueFee()).not.to.emit(f.treasury, "FeeAccrued");
    });

    it("takes nothing of what only makes up for a loss [NX-FEE-02]", async () => {
      const f = await loadFixture(performanceRecordFixture);
      await f.treasury.accrueFee();
      await lose(f, 2_000n * USDC);
      await gain(f, 2_000n * USDC);
      expect(await f.treasury.feeDue()).to.deep.equal([0n, 0n]);
      await gain(f, 100n * USDC);
      const [, amount] = await f.treasury.feeDue();
      expect((100n * USDC * FEE_BPS) / BPS - amount).to.be.within(0n, 1n);
    });

    it("rounds what a share is worth at its mark up, and the gain above it down [NX-FEE-02]", async () => {
      const f = await loadFixture(performanceRecordFixture);
      await f.treasury.connect(f.admin).setPerformanceFee(f.splitterAt, 2_500n);
      const [lower] = await f.treasury.assetsRange();
      const supply = (await f.treasury.totalSupply()) + 10n ** 6n;
      const [scaled, mark] = [(lower + 1n) * 10n ** 27n, await f.treasury.highWaterMark()];
      expect(scaled % supply, "a remainder, which is what is rounded").to.not.equal(0n);
      expect(mark).to.equal(scaled / supply + 1n);
      // A quarter of four units would be one; rounded down, the gain is three.
      await gain(f, 4n);
      expect((await f.treasury.feeDue()).amount).to.equal(0n);
      await gain(f, 1n);
      expect((await f.treasury.feeDue()).amount).to.equal(1n);
    });

    it("is taken before anybody enters, at the price that was previewed [NX-FEE-02]", async () => {
      const f = await loadFixture(performanceRecordFixture);
      await gain(f);
      const [due] = await f.treasury.feeDue();
      const promised = await f.treasury.previewDeposit(1_000n * USDC);
      await fundDepositor(f, f.attacker, 1_000n * USDC);
      await f.treasury.connect(f.attacker).deposit(1_000n * USDC, f.attacker.address);
      expect(await f.treasury.balanceOf(f.attacker.address)).to.equal(promised);
      expect(await f.treasury.balanceOf(f.splitterAt)).to.equal(due);
    });

    it("is taken before anybody leaves, at the price that was previewed [NX-FEE-02]", async () => {
      const f = await loadFixture(performanceRecordFixture);
      await gain(f);
      const [due] = await f.treasury.feeDue();
      const promised = await f.treasury.previewRedeem(1_000n * SHARE);
      expect(await f.treasury.convertToAssets(1_000n * SHARE)).to.be.within(promised, promised + 10n * USDC);
      expect(await f.treasury.convertToShares(promised)).to.be.within(990n * SHARE, 1_000n * SHARE);
      await f.treasury.connect(f.depositor).redeem(1_000n * SHARE, f.payee.address, f.depositor.address);
      expect(await f.usdc.balanceOf(f.payee.address)).to.equal(promised);
      expect(await f.treasury.balanceOf(f.splitterAt)).to.equal(due);
    });
  });
});
