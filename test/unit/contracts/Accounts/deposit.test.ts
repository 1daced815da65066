import { expect } from "chai";
import { type Signer, USDC, ZERO, ethers, loadFixture, networkHelpers } from "../../../support/chain.ts";
import { BALANCES, TRANSFERS } from "../../../support/enums.ts";
import { type Money, FUNDS, balanceOf, moneyFixture } from "../../../support/money.ts";

/** The attacker's token behaves so from now on. */
const behave = (f: Money, transfers: bigint, balances = BALANCES.honest) => f.hostile.behave(transfers, balances);
const depositHostile = (f: Money, payer: Signer, amount: bigint) =>
  f.accounts.connect(payer).deposit(f.addresses.hostile, payer.address, amount);

describe("Accounts.deposit", () => {
  describe("when the token has no code", () => {
    it("reverts with NotAToken", async () => {
      const f = await loadFixture(moneyFixture);
      await expect(f.accounts.connect(f.payee).deposit(f.attacker.address, f.payee.address, 1n))
        .to.be.revertedWithCustomError(f.accounts, "NotAToken")
        .withArgs(f.attacker.address);
    });
  });

  describe("when the account is zero", () => {
    it("reverts with NoAccount", async () => {
      const f = await loadFixture(moneyFixture);
      await expect(f.accounts.connect(f.payee).deposit(f.addresses.usdc, ZERO, 1n)).to.be.revertedWithCustomError(
        f.accounts,
        "NoAccount",
      );
    });
  });

  describe("when the amount is zero", () => {
    it("reverts with NothingToMove", async () => {
      const f = await loadFixture(moneyFixture);
      await expect(
        f.accounts.connect(f.payee).deposit(f.addresses.usdc, f.payee.address, 0n),
      ).to.be.revertedWithCustomError(f.accounts, "NothingToMove");
    });
  });

  describe("when the caller approved less", () => {
    it("reverts with the token's ERC20InsufficientAllowance", async () => {
      const f = await loadFixture(moneyFixture);
      await expect(f.accounts.connect(f.anyone).deposit(f.addresses.usdc, f.anyone.address, 5n))
        .to.be.revertedWithCustomError(f.usdc, "ERC20InsufficientAllowance")
        .withArgs(f.addresses.accounts, 0n, 5n);
    });
  });

  describe("when the token keeps a fee", () => {
    it("reverts with TokenNotExact and what moved", async () => {
      const f = await loadFixture(moneyFixture);
      await behave(f, TRANSFERS.takingFee);
      await expect(depositHostile(f, f.depositor, 1_000n))
        .to.be.revertedWithCustomError(f.accounts, "TokenNotExact")
        .withArgs(f.addresses.hostile, 1_000n, 900n);
    });
  });

  describe("when the token says false", () => {
    it("reverts with SafeERC20FailedOperation", async () => {
      const f = await loadFixture(moneyFixture);
      await behave(f, TRANSFERS.returningFalse);
      await expect(depositHostile(f, f.depositor, 1_000n))
        .to.be.revertedWithCustomError(f.accounts, "SafeERC20FailedOperation")
        .withArgs(f.addresses.hostile);
    });
  });

  describe("when balances of the token shrank since", () => {
    it("reverts with TokenShrank, so that nobody pays for those before", async () => {
      const f = await loadFixture(moneyFixture);
      await depositHostile(f, f.depositor, 1_000n);
      const ledger = await ethers.getImpersonatedSigner(f.addresses.accounts);
      await networkHelpers.setBalance(f.addresses.accounts, 10n ** 18n);
      await f.hostile.connect(ledger).transfer(f.anyone.address, 1n);
      await expect(depositHostile(f, f.attacker, 5n))
        .to.be.revertedWithCustomError(f.accounts, "TokenShrank")
        .withArgs(f.addresses.hostile, 1_000n, 999n);
    });
  });

  describe("when more comes in than 120 bits count", () => {
    it("reverts with TokenTotalTooLarge", async () => {
      const f = await loadFixture(moneyFixture);
      const most = 2n ** 120n - 1n;
      await f.hostile.mint(f.depositor.address, most);
      await depositHostile(f, f.depositor, most);
      await f.hostile.mint(f.attacker.address, 1n);
      await expect(depositHostile(f, f.attacker, 1n))
        .to.be.revertedWithCustomError(f.accounts, "TokenTotalTooLarge")
        .withArgs(f.addresses.hostile, most + 1n, most);
    });
  });

  describe("when the token enters again", () => {
    it("refuses the inner deposit and credits the outer one alone [NX-ACC-01]", async () => {
      const f = await loadFixture(moneyFixture);
      const inner = f.accounts.interface.encodeFunctionData("deposit", [f.addresses.hostile, f.attacker.address, 7n]);
      await f.hostile.mint(f.addresses.hostile, 7n);
      await f.hostile.reenterWith(f.addresses.accounts, inner);
      await behave(f, TRANSFERS.reentering);
      await depositHostile(f, f.attacker, 100n);
      expect(await f.hostile.reentered()).to.equal(false);
      expect(await f.hostile.reentryAnswer()).to.equal(
        f.accounts.interface.getError("ReentrancyGuardReentrantCall")?.selector,
      );
      expect(await f.accounts.balanceOf(f.addresses.hostile, f.attacker.address)).to.equal(100n);
    });
  });

  describe("when the token returns nothing", () => {
    it("credits as others do", async () => {
      const f = await loadFixture(moneyFixture);
      await behave(f, TRANSFERS.returningNothing);
      await depositHostile(f, f.depositor, 1_000n);
      expect(await f.accounts.balanceOf(f.addresses.hostile, f.depositor.address)).to.equal(1_000n);
    });
  });

  describe("when all is well", () => {
    it("moves the tokens, credits the account and counts what is owed [NX-ACC-01]", async () => {
      const f = await loadFixture(moneyFixture);
      await expect(
        f.accounts.connect(f.depositor).deposit(f.addresses.usdc, f.payee.address, USDC),
      ).to.changeTokenBalances(ethers, f.usdc, [f.depositor, f.accounts], [-USDC, USDC]);
      expect(await balanceOf(f, f.payee)).to.equal(USDC);
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS);
      expect(await f.accounts.owedOf(f.addresses.usdc)).to.equal(FUNDS + USDC);
    });

    it("emits Deposited", async () => {
      const f = await loadFixture(moneyFixture);
      await expect(f.accounts.connect(f.depositor).deposit(f.addresses.usdc, f.payee.address, USDC))
        .to.emit(f.accounts, "Deposited")
        .withArgs(f.addresses.usdc, f.payee.address, f.depositor.address, USDC, ethers.ZeroHash);
    });

    it("goes together with an opt-in in one transaction", async () => {
      const f = await loadFixture(moneyFixture);
      const calls = [
        f.accounts.interface.encodeFunctionData("deposit", [f.addresses.usdc, f.payee.address, USDC]),
        f.accounts.interface.encodeFunctionData("allowModule", [f.addresses.usdc, f.addresses.channels, true]),
      ];
      await f.accounts.connect(f.payee).multicall(calls);
      expect(await balanceOf(f, f.payee)).to.equal(USDC);
      expect(await f.accounts.isModuleAllowed(f.addresses.usdc, f.payee.address, f.addresses.channels)).to.equal(true);
    });
  });
});
