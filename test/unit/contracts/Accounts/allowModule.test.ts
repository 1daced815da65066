import { expect } from "chai";
import { USDC, loadFixture } from "../../../support/chain.ts";
import { LOCKED, LOCK_ID, FUNDS, balanceOf, lockedFixture, moneyFixture } from "../../../support/money.ts";

describe("Accounts.allowModule", () => {
  describe("when an owner opts in to any module", () => {
    it("speaks for nobody else and no other token, and emits ModuleAllowed [NX-ACC-02]", async () => {
      const f = await loadFixture(moneyFixture);
      const { usdc, hostile } = f.addresses;
      await expect(f.accounts.connect(f.payee).allowModule(usdc, f.guardian.address, true))
        .to.emit(f.accounts, "ModuleAllowed")
        .withArgs(f.payee.address, f.guardian.address, usdc, true);
      expect(await f.accounts.isModuleAllowed(usdc, f.payee.address, f.guardian.address)).to.equal(true);
      expect(await f.accounts.isModuleAllowed(hostile, f.payee.address, f.guardian.address)).to.equal(false);
      expect(await f.accounts.isModuleAllowed(usdc, f.depositor.address, f.guardian.address)).to.equal(false);
    });
  });

  describe("when an owner opts in to a module of ours", () => {
    it("speaks for nobody else, no other token and no other module, and leaves the balance [NX-ACC-02]", async () => {
      const f = await loadFixture(moneyFixture);
      const { usdc, hostile, channels, escrow } = f.addresses;
      await f.accounts.connect(f.payee).deposit(usdc, f.payee.address, USDC);
      await expect(f.accounts.connect(f.payee).allowModule(usdc, channels, true))
        .to.emit(f.accounts, "ModuleAllowed")
        .withArgs(f.payee.address, channels, usdc, true);
      const asked = await Promise.all([
        f.accounts.isModuleAllowed(usdc, f.payee.address, channels),
        f.accounts.isModuleAllowed(usdc, f.payee.address, escrow),
        f.accounts.isModuleAllowed(hostile, f.payee.address, channels),
        f.accounts.isModuleAllowed(usdc, f.attacker.address, channels),
      ]);
      expect(asked).to.deep.equal([true, false, false, false]);
      expect(await balanceOf(f, f.payee)).to.equal(USDC);
    });
  });

  describe("when an owner opts out of a module of ours", () => {
    it("stays in the other one, and keeps its balance", async () => {
      const f = await loadFixture(moneyFixture);
      const { usdc, channels, escrow } = f.addresses;
      await f.accounts.connect(f.depositor).allowModule(usdc, channels, false);
      expect(await f.accounts.isModuleAllowed(usdc, f.depositor.address, channels)).to.equal(false);
      expect(await f.accounts.isModuleAllowed(usdc, f.depositor.address, escrow)).to.equal(true);
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS);
    });
  });

  describe("when an owner opts out of any module", () => {
    it("ends new locks, and what is locked already can still be paid", async () => {
      const f = await loadFixture(lockedFixture);
      const { usdc } = f.addresses;
      await f.accounts.connect(f.depositor).allowModule(usdc, f.guardian.address, false);
      await expect(f.module.extend(usdc, LOCK_ID, f.depositor.address, 1n))
        .to.be.revertedWithCustomError(f.accounts, "ModuleNotAllowed")
        .withArgs(f.depositor.address, f.guardian.address, usdc);
      await f.payLock(f.payee, LOCKED);
      expect(await balanceOf(f, f.payee)).to.equal(LOCKED);
    });
  });
});
