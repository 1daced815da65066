import { expect } from "chai";
import { loadFixture } from "../../../support/chain.ts";
import { LOCKED, LOCK_ID, TAG, balanceOf, lockedFixture, moduleFixture } from "../../../support/money.ts";

const payment = (to: string, amount: bigint, fee = 0n) => ({ to, amount, fee });

describe("Accounts.pay", () => {
  describe("when the caller never made the lock", () => {
    it("reverts with LockUnknown: no module pays out of another's [NX-ACC-01]", async () => {
      const f = await loadFixture(lockedFixture);
      await expect(f.accounts.connect(f.attacker).pay(f.addresses.usdc, LOCK_ID, 0n, [payment(f.attacker.address, 1n)]))
        .to.be.revertedWithCustomError(f.accounts, "LockUnknown")
        .withArgs(f.attacker.address, LOCK_ID);
    });
  });

  describe("when the lock is in another token", () => {
    it("reverts with LockUnknown", async () => {
      const f = await loadFixture(lockedFixture);
      await expect(f.module.pay(f.addresses.hostile, LOCK_ID, 0n, [payment(f.attacker.address, 1n)]))
        .to.be.revertedWithCustomError(f.accounts, "LockUnknown")
        .withArgs(f.guardian.address, LOCK_ID);
    });
  });

  describe("when less is left", () => {
    it("reverts with LockTooSmall at the payment that is too much, the fee counted [NX-ACC-01]", async () => {
      const f = await loadFixture(lockedFixture);
      const payments = [payment(f.payee.address, LOCKED - 10n), payment(f.anyone.address, 9n, 2n)];
      await expect(f.module.pay(f.addresses.usdc, LOCK_ID, 0n, payments))
        .to.be.revertedWithCustomError(f.accounts, "LockTooSmall")
        .withArgs(LOCK_ID, 11n, 10n);
    });

    it("does not let amounts of 128 bits wrap", async () => {
      const f = await loadFixture(lockedFixture);
      const most = 2n ** 128n - 1n;
      await expect(f.module.pay(f.addresses.usdc, LOCK_ID, 0n, [payment(f.attacker.address, most, most)]))
        .to.be.revertedWithCustomError(f.accounts, "LockTooSmall")
        .withArgs(LOCK_ID, 2n * most, LOCKED);
    });
  });

  describe("when all is well", () => {
    it("credits amounts and fees, and keeps the new tag", async () => {
      const f = await loadFixture(lockedFixture);
      const payments = [payment(f.payee.address, 60n, 3n), payment(f.anyone.address, 7n)];
      await f.module.pay(f.addresses.usdc, LOCK_ID, TAG + 1n, payments);
      expect(await balanceOf(f, f.payee)).to.equal(60n);
      expect(await f.accounts.feesOf(f.addresses.usdc, f.payee.address)).to.equal(3n);
      expect(await balanceOf(f, f.anyone)).to.equal(7n);
      expect(await f.accounts.lockOf(f.guardian.address, f.addresses.usdc, LOCK_ID)).to.deep.equal([
        LOCKED,
        70n,
        TAG + 1n,
      ]);
    });

    it("emits Paid for each payment", async () => {
      const f = await loadFixture(lockedFixture);
      const paying = f.module.pay(f.addresses.usdc, LOCK_ID, 0n, [payment(f.payee.address, 60n, 3n)]);
      await expect(paying)
        .to.emit(f.accounts, "Paid")
        .withArgs(f.guardian.address, LOCK_ID, f.payee.address, f.addresses.usdc, 60n, 3n);
    });

    it("pays one account twice if it is named twice", async () => {
      const f = await loadFixture(lockedFixture);
      const payments = [payment(f.payee.address, 1n, 1n), payment(f.payee.address, 2n, 2n)];
      await f.module.pay(f.addresses.usdc, LOCK_ID, 0n, payments);
      expect(await balanceOf(f, f.payee)).to.equal(3n);
      expect(await f.accounts.feesOf(f.addresses.usdc, f.payee.address)).to.equal(3n);
    });
  });

  describe("when there is nothing to pay", () => {
    it("keeps the new tag alone", async () => {
      const f = await loadFixture(lockedFixture);
      await f.module.pay(f.addresses.usdc, LOCK_ID, 9n, []);
      expect(await f.accounts.lockOf(f.guardian.address, f.addresses.usdc, LOCK_ID)).to.deep.equal([LOCKED, 0n, 9n]);
    });

    it("reverts with LockUnknown where there is no lock", async () => {
      const f = await loadFixture(moduleFixture);
      await expect(f.module.pay(f.addresses.usdc, LOCK_ID, 9n, []))
        .to.be.revertedWithCustomError(f.accounts, "LockUnknown")
        .withArgs(f.guardian.address, LOCK_ID);
    });
  });
});
