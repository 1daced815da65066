import { expect } from "chai";
import { loadFixture } from "../../../support/chain.ts";
import { balanceOf, lockedFixture } from "../../../support/money.ts";

/** The payee and `anyone` owe fees. */
const owingFixture = async () => {
  const f = await lockedFixture();
  await f.payLock(f.payee, 60n, 3n);
  await f.payLock(f.anyone, 40n, 2n);
  return f;
};

describe("Accounts.sweepFees", () => {
  describe("when accounts owe fees", () => {
    it("moves them to the collector, by anyone's call, and touches nothing else [NX-FEE-01]", async () => {
      const f = await loadFixture(owingFixture);
      const accounts = [f.payee.address, f.anyone.address, f.payee.address, f.attacker.address];
      const sweeping = f.accounts.connect(f.attacker).sweepFees(f.addresses.usdc, accounts);
      await expect(sweeping).to.emit(f.accounts, "FeesSwept").withArgs(f.addresses.usdc, f.payee.address, 3n);
      await expect(sweeping).to.emit(f.accounts, "FeesSwept").withArgs(f.addresses.usdc, f.anyone.address, 2n);
      expect(await balanceOf(f, f.collector)).to.equal(5n);
      expect(await balanceOf(f, f.payee)).to.equal(60n);
      expect(await f.accounts.feesOf(f.addresses.usdc, f.payee.address)).to.equal(0n);
    });
  });

  describe("when nobody owes any", () => {
    it("moves nothing", async () => {
      const f = await loadFixture(lockedFixture);
      await f.accounts.sweepFees(f.addresses.usdc, [f.payee.address, f.depositor.address]);
      expect(await balanceOf(f, f.collector)).to.equal(0n);
    });
  });

  describe("given an account owes fees", () => {
    it("cannot withdraw them", async () => {
      const f = await loadFixture(owingFixture);
      await expect(f.accounts.connect(f.payee).withdraw(f.addresses.usdc, f.payee.address, 63n))
        .to.be.revertedWithCustomError(f.accounts, "BalanceTooSmall")
        .withArgs(f.addresses.usdc, f.payee.address, 60n, 63n);
    });
  });
});
