import { expect } from "chai";
import { USDC, ZERO, loadFixture } from "../../../support/chain.ts";
import { FUNDS, balanceOf, moneyFixture } from "../../../support/money.ts";

describe("Accounts.transfer", () => {
  describe("when it would go to the zero address", () => {
    it("reverts with NoAccount", async () => {
      const f = await loadFixture(moneyFixture);
      await expect(f.accounts.connect(f.depositor).transfer(f.addresses.usdc, ZERO, 1n)).to.be.revertedWithCustomError(
        f.accounts,
        "NoAccount",
      );
    });
  });

  describe("when the amount is zero", () => {
    it("reverts with NothingToMove", async () => {
      const f = await loadFixture(moneyFixture);
      await expect(
        f.accounts.connect(f.depositor).transfer(f.addresses.usdc, f.payee.address, 0n),
      ).to.be.revertedWithCustomError(f.accounts, "NothingToMove");
    });
  });

  describe("when the caller has less", () => {
    it("reverts with BalanceTooSmall [NX-ACC-02]", async () => {
      const f = await loadFixture(moneyFixture);
      await expect(f.accounts.connect(f.attacker).transfer(f.addresses.usdc, f.attacker.address, 1n))
        .to.be.revertedWithCustomError(f.accounts, "BalanceTooSmall")
        .withArgs(f.addresses.usdc, f.attacker.address, 0n, 1n);
    });
  });

  describe("when all is well", () => {
    it("moves the balance and emits Transferred", async () => {
      const f = await loadFixture(moneyFixture);
      await expect(f.accounts.connect(f.depositor).transfer(f.addresses.usdc, f.payee.address, USDC))
        .to.emit(f.accounts, "Transferred")
        .withArgs(f.addresses.usdc, f.depositor.address, f.payee.address, USDC);
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - USDC);
      expect(await balanceOf(f, f.payee)).to.equal(USDC);
    });

    it("changes nothing when it goes to the caller itself", async () => {
      const f = await loadFixture(moneyFixture);
      await f.accounts.connect(f.depositor).transfer(f.addresses.usdc, f.depositor.address, FUNDS);
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS);
    });
  });
});
