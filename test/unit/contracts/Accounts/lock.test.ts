import { expect } from "chai";
import { ethers, loadFixture } from "../../../support/chain.ts";
import {
  LOCKED,
  LOCK_ID,
  FUNDS,
  TAG,
  balanceOf,
  lockedFixture,
  moduleFixture,
  moneyFixture,
} from "../../../support/money.ts";

describe("Accounts.lock", () => {
  describe("when the owner did not allow the module", () => {
    it("reverts with ModuleNotAllowed: a new module reaches nobody [NX-ACC-02]", async () => {
      const f = await loadFixture(moneyFixture);
      await expect(f.accounts.connect(f.attacker).lock(f.addresses.usdc, LOCK_ID, f.depositor.address, LOCKED, TAG))
        .to.be.revertedWithCustomError(f.accounts, "ModuleNotAllowed")
        .withArgs(f.depositor.address, f.attacker.address, f.addresses.usdc);
    });
  });

  describe("when the amount is zero", () => {
    it("reverts with NothingToMove", async () => {
      const f = await loadFixture(moduleFixture);
      await expect(
        f.module.lock(f.addresses.usdc, LOCK_ID, f.depositor.address, 0n, TAG),
      ).to.be.revertedWithCustomError(f.accounts, "NothingToMove");
    });
  });

  describe("when the amount does not fit 104 bits", () => {
    it("reverts with LockTooLarge", async () => {
      const f = await loadFixture(moduleFixture);
      await expect(f.module.lock(f.addresses.usdc, LOCK_ID, f.depositor.address, 2n ** 104n, TAG))
        .to.be.revertedWithCustomError(f.accounts, "LockTooLarge")
        .withArgs(2n ** 104n, 2n ** 104n - 1n);
    });
  });

  describe("when the owner has less", () => {
    it("reverts with BalanceTooSmall", async () => {
      const f = await loadFixture(moduleFixture);
      await expect(f.module.lock(f.addresses.usdc, LOCK_ID, f.depositor.address, FUNDS + 1n, TAG))
        .to.be.revertedWithCustomError(f.accounts, "BalanceTooSmall")
        .withArgs(f.addresses.usdc, f.depositor.address, FUNDS, FUNDS + 1n);
    });
  });

  describe("given the module has made it before", () => {
    it("reverts with LockExists, even when it is empty", async () => {
      const f = await loadFixture(lockedFixture);
      await f.payLock(f.payee, LOCKED);
      await expect(f.module.lock(f.addresses.usdc, LOCK_ID, f.depositor.address, 1n, TAG))
        .to.be.revertedWithCustomError(f.accounts, "LockExists")
        .withArgs(f.guardian.address, LOCK_ID);
    });
  });

  describe("when all is well", () => {
    it("moves the money into the lock and keeps the tag [NX-ACC-01]", async () => {
      const f = await loadFixture(lockedFixture);
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - LOCKED);
      const made = await f.accounts.lockOf(f.guardian.address, f.addresses.usdc, LOCK_ID);
      expect([made.deposited, made.paid, made.tag]).to.deep.equal([LOCKED, 0n, TAG]);
      expect(await f.accounts.owedOf(f.addresses.usdc)).to.equal(FUNDS);
    });

    it("emits Locked", async () => {
      const f = await loadFixture(moduleFixture);
      await expect(f.module.lock(f.addresses.usdc, LOCK_ID, f.depositor.address, LOCKED, TAG))
        .to.emit(f.accounts, "Locked")
        .withArgs(f.guardian.address, LOCK_ID, f.depositor.address, f.addresses.usdc, LOCKED);
    });

    it("makes locks of one id in two tokens that know nothing of each other", async () => {
      const f = await loadFixture(lockedFixture);
      const left = await f.accounts.lockOf(f.guardian.address, f.addresses.hostile, LOCK_ID);
      expect(left.deposited).to.equal(0n);
      const other = await f.accounts.lockOf(f.attacker.address, f.addresses.usdc, LOCK_ID);
      expect(other.deposited).to.equal(0n);
      expect(await f.accounts.lockOf(f.guardian.address, f.addresses.usdc, ethers.id("another"))).to.deep.equal([
        0n,
        0n,
        0n,
      ]);
    });
  });
});
