import { expect } from "chai";
import { loadFixture } from "../../../support/chain.ts";
import { LOCKED, LOCK_ID, lockedFixture, moneyFixture } from "../../../support/money.ts";

describe("Accounts.allowModule", () => {
  describe("when an owner opts in", () => {
    it("speaks for nobody else, and emits ModuleAllowed [NX-ACC-02]", async () => {
      const f = await loadFixture(moneyFixture);
      await expect(f.accounts.connect(f.payee).allowModule(f.guardian.address, true))
        .to.emit(f.accounts, "ModuleAllowed")
        .withArgs(f.payee.address, f.guardian.address, true);
      expect(await f.accounts.isModuleAllowed(f.payee.address, f.guardian.address)).to.equal(true);
      expect(await f.accounts.isModuleAllowed(f.depositor.address, f.guardian.address)).to.equal(false);
    });
  });

  describe("when an owner opts out", () => {
    it("ends new locks, and what is locked already can still be paid", async () => {
      const f = await loadFixture(lockedFixture);
      await f.accounts.connect(f.depositor).allowModule(f.guardian.address, false);
      await expect(f.module.extend(f.addresses.usdc, LOCK_ID, f.depositor.address, 1n))
        .to.be.revertedWithCustomError(f.accounts, "ModuleNotAllowed")
        .withArgs(f.depositor.address, f.guardian.address);
      await f.module.pay(f.addresses.usdc, LOCK_ID, 0n, [{ to: f.payee.address, amount: LOCKED, fee: 0n }]);
      expect(await f.accounts.balanceOf(f.addresses.usdc, f.payee.address)).to.equal(LOCKED);
    });
  });
});
