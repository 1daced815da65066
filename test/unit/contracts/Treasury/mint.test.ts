import { expect } from "chai";
import { USDC, ZERO, ethers, loadFixture } from "../../../support/chain.ts";
import { LEVEL } from "../../../support/enums.ts";
import { DEPOSIT, fundDepositor, fundedFixture } from "../../../support/nexus.ts";
import { SHARE } from "../../../support/vault.ts";

describe("Treasury.mint", () => {
  describe("when no shares are asked for", () => {
    it("reverts with ZeroAmount", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(f.treasury.connect(f.attacker).mint(0n, f.attacker.address)).to.be.revertedWithCustomError(
        f.treasury,
        "ZeroAmount",
      );
    });
  });

  describe("given everything is halted", () => {
    it("reverts with ERC4626ExceededMaxMint", async () => {
      const f = await loadFixture(fundedFixture);
      await f.breaker.connect(f.guardian).trip(ZERO, LEVEL.halted, "drill");
      await expect(f.treasury.connect(f.attacker).mint(SHARE, f.attacker.address))
        .to.be.revertedWithCustomError(f.treasury, "ERC4626ExceededMaxMint")
        .withArgs(f.attacker.address, SHARE, 0n);
    });
  });

  describe("when another mints for someone who did not allow it", () => {
    it("reverts with DepositorNotAllowed", async () => {
      const f = await loadFixture(fundedFixture);
      await fundDepositor(f, f.anyone, 2n * USDC);
      await expect(f.treasury.connect(f.anyone).mint(SHARE, f.attacker.address))
        .to.be.revertedWithCustomError(f.treasury, "DepositorNotAllowed")
        .withArgs(f.attacker.address, f.anyone.address);
    });
  });

  describe("when all is well", () => {
    it("takes what the shares cost at the upper end of the band, rounded up [NX-TRE-06]", async () => {
      const f = await loadFixture(fundedFixture);
      await fundDepositor(f, f.attacker, 2n * USDC);
      const upper = DEPOSIT + 303_000n * USDC;
      const supply = await f.treasury.totalSupply();
      const cost = (SHARE * (upper + 1n) + supply + 10n ** 6n - 1n) / (supply + 10n ** 6n);
      expect(await f.treasury.previewMint(SHARE)).to.equal(cost);
      await expect(f.treasury.connect(f.attacker).mint(SHARE, f.attacker.address)).to.changeTokenBalances(
        ethers,
        f.usdc,
        [f.attacker, f.treasury],
        [-cost, cost],
      );
      expect(await f.treasury.balanceOf(f.attacker)).to.equal(SHARE);
    });

    it("marks the shares as recent", async () => {
      const f = await loadFixture(fundedFixture);
      await fundDepositor(f, f.attacker, 2n * USDC);
      await f.treasury.connect(f.attacker).mint(SHARE, f.attacker.address);
      expect((await f.treasury.recentSharesOf(f.attacker)).shares).to.equal(SHARE);
    });
  });
});
