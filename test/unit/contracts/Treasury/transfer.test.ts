import { expect } from "chai";
import { USDC, WAD, ethers, loadFixture, networkHelpers, time } from "../../../support/chain.ts";
import { fundedFixture } from "../../../support/nexus.ts";
import { FRESH_DEPOSIT, SHARE, depositAs, freshFixture } from "../../../support/vault.ts";

describe("Treasury.transfer", () => {
  describe("given the shares are fresh", () => {
    it("reverts with SharesTooFresh: the wait cannot be walked around [NX-TRE-06]", async () => {
      const f = await loadFixture(freshFixture);
      const { freshUntil } = await f.treasury.freshSharesOf(f.attacker);
      await expect(f.treasury.connect(f.attacker).transfer(f.anyone.address, 1n))
        .to.be.revertedWithCustomError(f.treasury, "SharesTooFresh")
        .withArgs(f.attacker.address, 0n, 1n, freshUntil);
    });

    it("holds for transferFrom too [NX-TRE-06]", async () => {
      const f = await loadFixture(freshFixture);
      const { freshUntil } = await f.treasury.freshSharesOf(f.attacker);
      await f.treasury.connect(f.attacker).approve(f.anyone.address, 1n);
      await expect(f.treasury.connect(f.anyone).transferFrom(f.attacker.address, f.anyone.address, 1n))
        .to.be.revertedWithCustomError(f.treasury, "SharesTooFresh")
        .withArgs(f.attacker.address, 0n, 1n, freshUntil);
    });
  });

  describe("given the smallest address that is somebody's", () => {
    it("lets it neither give fresh shares nor be given any [NX-TRE-06]", async () => {
      const f = await loadFixture(freshFixture);
      const one = ethers.toBeHex(1n, 20);
      await networkHelpers.setBalance(one, WAD);
      const first = await ethers.getImpersonatedSigner(one);
      await depositAs(f, first, USDC);
      for (const [from, to] of [
        [f.attacker, first],
        [first, f.attacker],
      ] as const) {
        await expect(f.treasury.connect(from).transfer(to.address, 1n)).to.be.revertedWithCustomError(
          f.treasury,
          "SharesTooFresh",
        );
      }
    });
  });

  describe("when more is moved than held, none of it fresh", () => {
    it("reverts with ERC20InsufficientBalance", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(f.treasury.connect(f.anyone).transfer(f.payee.address, 1n))
        .to.be.revertedWithCustomError(f.treasury, "ERC20InsufficientBalance")
        .withArgs(f.anyone.address, 0n, 1n);
    });
  });

  describe("given some shares are not fresh", () => {
    it("moves those and no more", async () => {
      const f = await loadFixture(fundedFixture);
      await depositAs(f, f.depositor, FRESH_DEPOSIT);
      const old = 1_000_000n * SHARE;
      const { freshUntil } = await f.treasury.freshSharesOf(f.depositor);
      await expect(f.treasury.connect(f.depositor).transfer(f.anyone.address, old + 1n))
        .to.be.revertedWithCustomError(f.treasury, "SharesTooFresh")
        .withArgs(f.depositor.address, old, old + 1n, freshUntil);
      await f.treasury.connect(f.depositor).transfer(f.anyone.address, old);
      expect(await f.treasury.balanceOf(f.anyone)).to.equal(old);
    });
  });

  describe("when the wait is over", () => {
    it("moves all", async () => {
      const f = await loadFixture(freshFixture);
      await time.increaseTo((await f.treasury.freshSharesOf(f.attacker)).freshUntil);
      const shares = await f.treasury.balanceOf(f.attacker);
      await f.treasury.connect(f.attacker).transfer(f.anyone.address, shares);
      expect(await f.treasury.balanceOf(f.anyone)).to.equal(shares);
      expect((await f.treasury.freshSharesOf(f.attacker)).shares).to.equal(0n);
    });
  });
});
