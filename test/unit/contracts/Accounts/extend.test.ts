import { expect } from "chai";
import { loadFixture } from "../../../support/chain.ts";
import { BALANCES, TRANSFERS } from "../../../support/enums.ts";
import { LOCKED, LOCK_ID, FUNDS, TAG, balanceOf, lockedFixture, moduleFixture } from "../../../support/money.ts";

describe("Accounts.extend", () => {
  describe("when the module never made the lock", () => {
    it("reverts with LockUnknown", async () => {
      const f = await loadFixture(moduleFixture);
      await expect(f.module.extend(f.addresses.usdc, LOCK_ID, f.depositor.address, 1n))
        .to.be.revertedWithCustomError(f.accounts, "LockUnknown")
        .withArgs(f.guardian.address, LOCK_ID);
    });
  });

  describe("when the owner did not allow the module", () => {
    it("reverts with ModuleNotAllowed [NX-ACC-02]", async () => {
      const f = await loadFixture(lockedFixture);
      await expect(f.module.extend(f.addresses.usdc, LOCK_ID, f.payee.address, 1n))
        .to.be.revertedWithCustomError(f.accounts, "ModuleNotAllowed")
        .withArgs(f.payee.address, f.guardian.address, f.addresses.usdc);
    });
  });

  describe("when the owner has less", () => {
    it("reverts with BalanceTooSmall", async () => {
      const f = await loadFixture(lockedFixture);
      await expect(f.module.extend(f.addresses.usdc, LOCK_ID, f.depositor.address, FUNDS))
        .to.be.revertedWithCustomError(f.accounts, "BalanceTooSmall")
        .withArgs(f.addresses.usdc, f.depositor.address, FUNDS - LOCKED, FUNDS);
    });
  });

  describe("when the lock would hold more than 104 bits", () => {
    it("reverts with LockTooLarge, and never wraps", async () => {
      const f = await loadFixture(moduleFixture);
      const most = 2n ** 104n - 1n;
      await f.hostile.behave(TRANSFERS.honest, BALANCES.honest);
      await f.hostile.mint(f.depositor.address, 2n * most);
      await f.accounts.connect(f.depositor).deposit(f.addresses.hostile, f.depositor.address, 2n * most);
      await f.module.lock(f.addresses.hostile, LOCK_ID, f.depositor.address, most, TAG);
      await expect(f.module.extend(f.addresses.hostile, LOCK_ID, f.depositor.address, 1n))
        .to.be.revertedWithCustomError(f.accounts, "LockTooLarge")
        .withArgs(most + 1n, most);
    });
  });

  describe("when all is well", () => {
    it("adds to the lock, keeps its tag and emits Locked", async () => {
      const f = await loadFixture(lockedFixture);
      await expect(f.module.extend(f.addresses.usdc, LOCK_ID, f.depositor.address, 5n))
        .to.emit(f.accounts, "Locked")
        .withArgs(f.guardian.address, LOCK_ID, f.depositor.address, f.addresses.usdc, 5n);
      expect(await f.accounts.lockOf(f.guardian.address, f.addresses.usdc, LOCK_ID)).to.deep.equal([
        LOCKED + 5n,
        0n,
        TAG,
      ]);
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - LOCKED - 5n);
    });
  });
});
