import { expect } from "chai";
import { USDC, WAD, ethers, loadFixture, networkHelpers } from "../../../support/chain.ts";
import { send, viewBigint } from "../../../support/dexes.ts";
import { sharesFixture } from "../../../support/shares.ts";

/** The slot in which the market keeps the block of its last interest: the one by whose change the answer changes. */
const accrualSlot = async (market: string): Promise<number> => {
  const view = new ethers.Contract(market, ["function accrualBlockNumber() view returns (uint256)"], ethers.provider);
  const wanted = await viewBigint(view, "accrualBlockNumber");
  for (let slot = 0; slot < 32; slot += 1)
    if (BigInt(await ethers.provider.getStorage(market, slot)) === wanted) return slot;
  throw new Error("the market keeps that block somewhere");
};

/** The deployer of the fixture has lent in both markets. */
const lentFixture = async () => {
  const f = await sharesFixture();
  await send(f.cUsdc, "approve", [f.places.usdc.position, ethers.MaxUint256]);
  await send(f.cWsei, "approve", [f.places.wsei.position, ethers.MaxUint256]);
  return f;
};

describe("CompoundV2Position", () => {
  describe("when its decimals are asked for", () => {
    it("has those of the asset", async () => {
      const f = await loadFixture(lentFixture);
      expect(await f.places.usdc.token.decimals()).to.equal(6n);
      expect(await f.places.wsei.token.decimals()).to.equal(18n);
      expect(await f.places.usdc.token.MARKET()).to.equal(f.cUsdc.target);
    });
  });

  describe("when a balance is asked for", () => {
    it("is what the market would pay in this block, to the unit, whenever interest was brought up to date", async () => {
      const f = await loadFixture(lentFixture);
      for (const blocks of [1, 1_000, 50_000]) {
        await networkHelpers.mine(blocks);
        await f.usdc.connect(f.deployer).mint(f.cUsdc, 12_345n);
        await send(f.cUsdc, "transfer", [f.attacker.address, 1_234_567_891n]);
        const { token } = f.places.usdc;
        for (const account of [f.attacker.address, f.deployer.address]) {
          const worth = await viewBigint(f.cUsdc, "balanceOfUnderlying", [account]);
          expect(worth).to.be.greaterThan(0n);
          expect(await token.balanceOf(account)).to.equal(worth);
        }
        const [rate, all] = [
          await viewBigint(f.cUsdc, "exchangeRateCurrent"),
          await viewBigint(f.cUsdc, "totalSupply"),
        ];
        expect(rate).to.be.greaterThan(await viewBigint(f.cUsdc, "exchangeRateStored"));
        expect(await token.totalSupply()).to.equal((all * rate) / WAD);
        await send(f.cUsdc, "accrueInterest", []);
        const shares = await viewBigint(f.cUsdc, "balanceOf", [f.attacker.address]);
        const market = new ethers.Contract(f.cUsdc.target, f.cUsdc.interface, f.attacker);
        const held = await f.usdc.balanceOf(f.attacker);
        await send(market, "redeem", [shares]);
        const paid = await viewBigint(f.cUsdc, "exchangeRateStored");
        expect((await f.usdc.balanceOf(f.attacker)) - held).to.be.within(
          (shares * paid) / WAD - 1n,
          (shares * paid) / WAD,
        );
        expect(await token.balanceOf(f.attacker)).to.equal(0n);
      }
    });

    it("is nothing without shares, whatever the market's rate does", async () => {
      const f = await loadFixture(lentFixture);
      expect(await f.places.usdc.token.balanceOf(f.attacker)).to.equal(0n);
    });
  });

  describe("when shares are transferred", () => {
    it("moves the caller's own, rounded down to whole shares, and emits Transfer", async () => {
      const f = await loadFixture(lentFixture);
      for (const { market, place, amount } of [
        { market: f.cUsdc, place: f.places.usdc, amount: 7_777n * USDC + 1n },
        { market: f.cWsei, place: f.places.wsei, amount: 7_777n * WAD + 1n },
      ]) {
        const mine = await viewBigint(market, "balanceOf", [f.deployer.address]);
        await expect(place.token.connect(f.deployer).transfer(f.attacker, amount))
          .to.emit(place.token, "Transfer")
          .withArgs(f.deployer.address, f.attacker.address, amount);
        // Asked in the block of the transfer.
        const shares = (amount * WAD) / (await viewBigint(market, "exchangeRateCurrent"));
        expect(await viewBigint(market, "balanceOf", [f.attacker.address])).to.equal(shares);
        expect(await viewBigint(market, "balanceOf", [f.deployer.address])).to.equal(mine - shares);
        expect(await place.token.balanceOf(f.attacker)).to.be.lessThanOrEqual(amount);
        expect(await viewBigint(market, "balanceOf", [place.position])).to.equal(0n);
      }
    });

    it("moves nothing for an amount of zero", async () => {
      const f = await loadFixture(lentFixture);
      expect(await f.places.usdc.token.connect(f.deployer).transfer.staticCall(f.attacker, 0n)).to.equal(true);
      await f.places.usdc.token.connect(f.deployer).transfer(f.attacker, 0n);
      expect(await viewBigint(f.cUsdc, "balanceOf", [f.attacker.address])).to.equal(0n);
    });
  });

  describe("when the market counts interest by another clock", () => {
    it("is not made, and reverts with OtherClock", async () => {
      const f = await loadFixture(lentFixture);
      const seconds = await ethers.deployContract("MockActor", [f.deployer.address]);
      await expect(ethers.deployContract("CompoundV2Position", [seconds.target])).to.be.revert(ethers);
      const { token } = f.places.usdc;
      // In the first slot of the answer: a block that was not yet.
      const slot = await accrualSlot(f.places.usdc.market);
      await networkHelpers.setStorageAt(f.places.usdc.market, slot, 10n ** 9n);
      await expect(ethers.deployContract("CompoundV2Position", [f.cUsdc.target]))
        .to.be.revertedWithCustomError(token, "OtherClock")
        .withArgs(f.cUsdc.target);
    });
  });

  describe("when the caller did not allow it, or has too few", () => {
    it("reverts with SharesNotMoved", async () => {
      const f = await loadFixture(lentFixture);
      const { token } = f.places.usdc;
      await expect(token.connect(f.attacker).transfer(f.payee, USDC)).to.be.revertedWithCustomError(
        token,
        "SharesNotMoved",
      );
      const all = await token.balanceOf(f.deployer);
      await expect(token.connect(f.deployer).transfer(f.payee, all * 2n)).to.be.revertedWithCustomError(
        token,
        "SharesNotMoved",
      );
    });
  });

  describe("when the amount is worth less than a share", () => {
    it("reverts with LessThanOneShare", async () => {
      const f = await loadFixture(lentFixture);
      const { token } = f.places.wsei;
      const share = (await viewBigint(f.cWsei, "exchangeRateCurrent")) / WAD;
      await expect(token.connect(f.deployer).transfer(f.payee, share - 1n))
        .to.be.revertedWithCustomError(token, "LessThanOneShare")
        .withArgs(share - 1n);
      await token.connect(f.deployer).transfer(f.payee, share + share / 10n);
    });
  });
});
