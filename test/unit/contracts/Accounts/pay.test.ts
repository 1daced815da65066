import { expect } from "chai";
import { ZERO, ethers, loadFixture } from "../../../support/chain.ts";
import { LOCKED, LOCK_ID, TAG, balanceOf, lockedFixture } from "../../../support/money.ts";

describe("Accounts.pay", () => {
  describe("when the caller never made the lock", () => {
    it("reverts with LockUnknown: no module pays out of another's [NX-ACC-01]", async () => {
      const f = await loadFixture(lockedFixture);
      const thief = f.accounts.connect(f.attacker);
      await expect(thief.pay(f.addresses.usdc, LOCK_ID, f.attacker.address, f.attacker.address, 1n, 0n, 0n))
        .to.be.revertedWithCustomError(f.accounts, "LockUnknown")
        .withArgs(f.attacker.address, LOCK_ID);
    });
  });

  describe("when the lock is in another token", () => {
    it("reverts with LockUnknown", async () => {
      const f = await loadFixture(lockedFixture);
      await expect(f.module.pay(f.addresses.hostile, LOCK_ID, f.attacker.address, ZERO, 1n, 0n, 0n))
        .to.be.revertedWithCustomError(f.accounts, "LockUnknown")
        .withArgs(f.guardian.address, LOCK_ID);
    });
  });

  describe("when less is left", () => {
    it("reverts with LockTooSmall, the fee and what was paid before counted [NX-ACC-01]", async () => {
      const f = await loadFixture(lockedFixture);
      await f.payLock(f.payee, LOCKED - 10n);
      await expect(f.payLock(f.anyone, 9n, 2n))
        .to.be.revertedWithCustomError(f.accounts, "LockTooSmall")
        .withArgs(LOCK_ID, 11n, 10n);
    });

    it("does not let amounts wrap", async () => {
      const f = await loadFixture(lockedFixture);
      await expect(f.payLock(f.attacker, ethers.MaxUint256, 1n)).to.be.revertedWithPanic(0x11n);
    });
  });

  describe("when all is well", () => {
    it("credits amount and fee, and keeps the new tag", async () => {
      const f = await loadFixture(lockedFixture);
      await f.module.pay(f.addresses.usdc, LOCK_ID, f.payee.address, ZERO, 60n, 3n, TAG + 1n);
      expect(await balanceOf(f, f.payee)).to.equal(60n);
      expect(await f.accounts.feesOf(f.addresses.usdc, f.payee.address)).to.equal(3n);
      const made = await f.accounts.lockOf(f.guardian.address, f.addresses.usdc, LOCK_ID);
      expect(made).to.deep.equal([LOCKED, 63n, TAG + 1n]);
      const word = await f.accounts.lockWordOf(f.guardian.address, f.addresses.usdc, LOCK_ID);
      expect(word).to.equal(LOCKED | (63n << 104n) | ((TAG + 1n) << 208n));
    });

    it("emits Paid", async () => {
      const f = await loadFixture(lockedFixture);
      await expect(f.payLock(f.payee, 60n, 3n))
        .to.emit(f.accounts, "Paid")
        .withArgs(f.guardian.address, LOCK_ID, f.payee.address, f.addresses.usdc, 60n, 3n);
    });
  });

  describe("when the rest has a place to go", () => {
    it("empties the lock and emits PaidAndReturned", async () => {
      const f = await loadFixture(lockedFixture);
      const { usdc } = f.addresses;
      const rest = LOCKED - 63n;
      await expect(f.module.pay(usdc, LOCK_ID, f.payee.address, f.anyone.address, 60n, 3n, TAG))
        .to.emit(f.accounts, "PaidAndReturned")
        .withArgs(f.guardian.address, LOCK_ID, f.payee.address, usdc, 60n, 3n, f.anyone.address, rest);
      expect(await balanceOf(f, f.anyone)).to.equal(rest);
      expect(await f.accounts.lockOf(f.guardian.address, usdc, LOCK_ID)).to.deep.equal([LOCKED, LOCKED, TAG]);
    });

    it("may go to the one who is paid", async () => {
      const f = await loadFixture(lockedFixture);
      await f.module.pay(f.addresses.usdc, LOCK_ID, f.payee.address, f.payee.address, 60n, 0n, TAG);
      expect(await balanceOf(f, f.payee)).to.equal(LOCKED);
    });
  });
});
