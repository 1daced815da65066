import { expect } from "chai";
import { USDC, WAD, ethers, loadFixture, networkHelpers, time } from "../../../support/chain.ts";
import { fundedFixture } from "../../../support/nexus.ts";
import { RECENT_DEPOSIT, SHARE, depositAs, recentFixture } from "../../../support/vault.ts";

describe("Treasury.transfer", () => {
  describe("given the shares are recent", () => {
    it("reverts with SharesTooRecent: the wait cannot be walked around [NX-TRE-06]", async () => {
      const f = await loadFixture(recentFixture);
      const { recentUntil } = await f.treasury.recentSharesOf(f.attacker);
      await expect(f.treasury.connect(f.attacker).transfer(f.anyone.address, 1n))
        .to.be.revertedWithCustomError(f.treasury, "SharesTooRecent")
        .withArgs(f.attacker.address, 0n, 1n, recentUntil);
    });

    it("holds for transferFrom too [NX-TRE-06]", async () => {
      const f = await loadFixture(recentFixture);
      const { recentUntil } = await f.treasury.recentSharesOf(f.attacker);
      await f.treasury.connect(f.attacker).approve(f.anyone.address, 1n);
      await expect(f.treasury.connect(f.anyone).transferFrom(f.attacker.address, f.anyone.address, 1n))
        .to.be.revertedWithCustomError(f.treasury, "SharesTooRecent")
        .withArgs(f.attacker.address, 0n, 1n, recentUntil);
    });
  });

  describe("given the smallest address that is somebody's", () => {
    it("lets it neither give recent shares nor be given any [NX-TRE-06]", async () => {
      const f = await loadFixture(recentFixture);
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
          "SharesTooRecent",
        );
      }
    });
  });

  describe("when more is moved than held, none of it recent", () => {
    it("reverts with ERC20InsufficientBalance", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(f.treasury.connect(f.anyone).transfer(f.payee.address, 1n))
        .to.be.revertedWithCustomError(f.treasury, "ERC20InsufficientBalance")
        .withArgs(f.anyone.address, 0n, 1n);
    });
  });

  describe("given some shares are not recent", () => {
    it("moves those and no more", async () => {
      const f = await loadFixture(fundedFixture);
      await depositAs(f, f.depositor, RECENT_DEPOSIT);
      const old = 1_000_000n * SHARE;
      const { recentUntil } = await f.treasury.recentSharesOf(f.depositor);
      await expect(f.treasury.connect(f.depositor).transfer(f.anyone.address, old + 1n))
        .to.be.revertedWithCustomError(f.treasury, "SharesTooRecent")
        .withArgs(f.depositor.address, old, old + 1n, recentUntil);
      await f.treasury.connect(f.depositor).transfer(f.anyone.address, old);
      expect(await f.treasury.balanceOf(f.anyone)).to.equal(old);
    });
  });

  describe("when the wait is over", () => {
    it("moves all", async () => {
      const f = await loadFixture(recentFixture);
      await time.increaseTo((await f.treasury.recentSharesOf(f.attacker)).recentUntil);
      const shares = await f.treasury.balanceOf(f.attacker);
      await f.treasury.connect(f.attacker).transfer(f.anyone.address, shares);
      expect(await f.treasury.balanceOf(f.anyone)).to.equal(shares);
      expect((await f.treasury.recentSharesOf(f.attacker)).shares).to.equal(0n);
    });
  });
});
