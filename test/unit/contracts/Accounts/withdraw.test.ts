import { expect } from "chai";
import { USDC, ZERO, ethers, loadFixture } from "../../../support/chain.ts";
import { BALANCES, TRANSFERS } from "../../../support/enums.ts";
import { LOCKED, FUNDS, balanceOf, lockedFixture, moneyFixture } from "../../../support/money.ts";

describe("Accounts.withdraw", () => {
  describe("when it would go to the zero address", () => {
    it("reverts with NoAccount", async () => {
      const f = await loadFixture(moneyFixture);
      await expect(f.accounts.connect(f.depositor).withdraw(f.addresses.usdc, ZERO, 1n)).to.be.revertedWithCustomError(
        f.accounts,
        "NoAccount",
      );
    });
  });

  describe("when the amount is zero", () => {
    it("reverts with NothingToMove", async () => {
      const f = await loadFixture(moneyFixture);
      await expect(
        f.accounts.connect(f.depositor).withdraw(f.addresses.usdc, f.depositor.address, 0n),
      ).to.be.revertedWithCustomError(f.accounts, "NothingToMove");
    });
  });

  describe("when the caller has less", () => {
    it("reverts with BalanceTooSmall, locked money not counted [NX-ACC-02]", async () => {
      const f = await loadFixture(lockedFixture);
      await expect(f.accounts.connect(f.depositor).withdraw(f.addresses.usdc, f.depositor.address, FUNDS))
        .to.be.revertedWithCustomError(f.accounts, "BalanceTooSmall")
        .withArgs(f.addresses.usdc, f.depositor.address, FUNDS - LOCKED, FUNDS);
    });
  });

  describe("when it would go to the ledger itself", () => {
    it("reverts with TokenNotExact: nothing moved", async () => {
      const f = await loadFixture(moneyFixture);
      await expect(f.accounts.connect(f.depositor).withdraw(f.addresses.usdc, f.addresses.accounts, 5n))
        .to.be.revertedWithCustomError(f.accounts, "TokenNotExact")
        .withArgs(f.addresses.usdc, 5n, 0n);
    });
  });

  describe("when the token enters again", () => {
    it("refuses the inner withdrawal [NX-ACC-01]", async () => {
      const f = await loadFixture(moneyFixture);
      const { hostile, accounts } = f;
      await accounts.connect(f.attacker).deposit(f.addresses.hostile, f.addresses.hostile, 50n);
      await accounts.connect(f.attacker).deposit(f.addresses.hostile, f.attacker.address, 50n);
      const args = [f.addresses.hostile, f.attacker.address, 50n] as const;
      await hostile.reenterWith(f.addresses.accounts, accounts.interface.encodeFunctionData("withdraw", [...args]));
      await hostile.behave(TRANSFERS.reentering, BALANCES.honest);
      await accounts.connect(f.attacker).withdraw(...args);
      expect(await hostile.reentryAnswer()).to.equal(
        accounts.interface.getError("ReentrancyGuardReentrantCall")?.selector,
      );
      expect(await accounts.balanceOf(f.addresses.hostile, f.addresses.hostile)).to.equal(50n);
    });
  });

  describe("when the token moves less than it is told", () => {
    it("reverts with TokenNotExact, so that others here lose nothing", async () => {
      const f = await loadFixture(moneyFixture);
      await f.accounts.connect(f.attacker).deposit(f.addresses.hostile, f.attacker.address, 100n);
      await f.hostile.behave(TRANSFERS.takingFee, BALANCES.honest);
      await expect(f.accounts.connect(f.attacker).withdraw(f.addresses.hostile, f.attacker.address, 100n))
        .to.be.revertedWithCustomError(f.accounts, "TokenNotExact")
        .withArgs(f.addresses.hostile, 100n, 90n);
    });
  });

  describe("when all is well", () => {
    it("sends the tokens and counts what is still owed [NX-ACC-01] [NX-BRK-03]", async () => {
      const f = await loadFixture(lockedFixture);
      const rest = FUNDS - LOCKED;
      await expect(
        f.accounts.connect(f.depositor).withdraw(f.addresses.usdc, f.anyone.address, rest),
      ).to.changeTokenBalances(ethers, f.usdc, [f.accounts, f.anyone], [-rest, rest]);
      expect(await balanceOf(f, f.depositor)).to.equal(0n);
      expect(await f.accounts.owedOf(f.addresses.usdc)).to.equal(LOCKED);
    });

    it("emits Withdrawn", async () => {
      const f = await loadFixture(moneyFixture);
      await expect(f.accounts.connect(f.depositor).withdraw(f.addresses.usdc, f.anyone.address, USDC))
        .to.emit(f.accounts, "Withdrawn")
        .withArgs(f.addresses.usdc, f.depositor.address, f.anyone.address, USDC);
    });

    it("leaves a slot that is not zero behind, so that the next payment creates none", async () => {
      const f = await loadFixture(moneyFixture);
      const slotOf = async (): Promise<bigint> => {
        const inner = ethers.solidityPackedKeccak256(["uint256", "uint256"], [f.addresses.usdc, 0n]);
        const slot = ethers.solidityPackedKeccak256(["uint256", "uint256"], [f.depositor.address, inner]);
        return BigInt(await ethers.provider.getStorage(f.addresses.accounts, slot));
      };
      expect((await slotOf()) & (2n ** 120n - 1n)).to.equal(FUNDS);
      await f.accounts.connect(f.depositor).withdraw(f.addresses.usdc, f.anyone.address, FUNDS);
      // Used, and open to both modules.
      expect(await slotOf()).to.equal(7n << 240n);
    });
  });
});
