import { expect } from "chai";
import { loadFixture } from "../../../support/chain.ts";
import { LOCKED, LOCK_ID, lockedFixture, moduleFixture } from "../../../support/money.ts";

describe("Accounts.retag", () => {
  describe("when the caller never made the lock", () => {
    it("reverts with LockUnknown", async () => {
      const f = await loadFixture(moduleFixture);
      await expect(f.module.retag(f.addresses.usdc, LOCK_ID, 9n))
        .to.be.revertedWithCustomError(f.accounts, "LockUnknown")
        .withArgs(f.guardian.address, LOCK_ID);
    });

    it("reverts with LockUnknown for another module's", async () => {
      const f = await loadFixture(lockedFixture);
      await expect(f.accounts.connect(f.attacker).retag(f.addresses.usdc, LOCK_ID, 9n))
        .to.be.revertedWithCustomError(f.accounts, "LockUnknown")
        .withArgs(f.attacker.address, LOCK_ID);
    });
  });

  describe("when all is well", () => {
    it("keeps the new tag and moves nothing", async () => {
      const f = await loadFixture(lockedFixture);
      await f.payLock(f.payee, 5n);
      await f.module.retag(f.addresses.usdc, LOCK_ID, 2n ** 48n - 1n);
      const made = await f.accounts.lockOf(f.guardian.address, f.addresses.usdc, LOCK_ID);
      expect(made).to.deep.equal([LOCKED, 5n, 2n ** 48n - 1n]);
    });
  });
});
