import { expect } from "chai";
import { ethers, loadFixture } from "../../../support/chain.ts";
import { LOCKED, LOCK_ID, TAG, balanceOf, lockedFixture } from "../../../support/money.ts";

const SECOND = ethers.id("a second lock");
const UNKNOWN = ethers.id("no lock");

/** The module has a second lock of the same amount, of which ten are paid. */
const twoLocksFixture = async () => {
  const f = await lockedFixture();
  await f.module.lock(f.addresses.usdc, SECOND, f.depositor.address, LOCKED, TAG);
  await f.module.pay(f.addresses.usdc, SECOND, f.anyone.address, ethers.ZeroAddress, 10n, 0n, TAG);
  return f;
};

describe("Accounts.payTotals", () => {
  describe("when nothing can be paid", () => {
    it("reverts with NothingToMove", async () => {
      const f = await loadFixture(twoLocksFixture);
      await expect(
        f.module.payTotals(f.addresses.usdc, f.payee.address, [SECOND, UNKNOWN], [10n, 5n]),
      ).to.be.revertedWithCustomError(f.accounts, "NothingToMove");
    });
  });

  describe("when the locks are another module's", () => {
    it("reverts with NothingToMove [NX-ACC-01]", async () => {
      const f = await loadFixture(twoLocksFixture);
      await expect(
        f.accounts.connect(f.attacker).payTotals(f.addresses.usdc, f.attacker.address, [LOCK_ID], [5n]),
      ).to.be.revertedWithCustomError(f.accounts, "NothingToMove");
    });
  });

  describe("when some can be paid", () => {
    it("pays what is missing to each total, and passes over the others", async () => {
      const f = await loadFixture(twoLocksFixture);
      const ids = [LOCK_ID, SECOND, UNKNOWN, LOCK_ID, SECOND];
      const totals = [100n, 25n, 5n, LOCKED + 1n, 25n];
      await expect(f.module.payTotals(f.addresses.usdc, f.payee.address, ids, totals))
        .to.emit(f.accounts, "PaidMany")
        .withArgs(f.guardian.address, f.payee.address, f.addresses.usdc, 115n, ids, totals);
      expect(await balanceOf(f, f.payee)).to.equal(115n);
      const paid = await Promise.all(
        [LOCK_ID, SECOND].map((id) => f.accounts.lockOf(f.guardian.address, f.addresses.usdc, id)),
      );
      expect(paid.map((made) => [made.paid, made.tag])).to.deep.equal([
        [100n, TAG],
        [25n, TAG],
      ]);
    });

    it("pays a lock to its last unit", async () => {
      const f = await loadFixture(twoLocksFixture);
      await f.module.payTotals(f.addresses.usdc, f.payee.address, [LOCK_ID], [LOCKED]);
      expect(await balanceOf(f, f.payee)).to.equal(LOCKED);
    });
  });
});
