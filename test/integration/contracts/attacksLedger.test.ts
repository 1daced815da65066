import { expect } from "chai";
import { ZERO, ethers, loadFixture, now } from "../../support/chain.ts";
import { CLAIMED, DEPOSIT, channelFixture, voucherOf } from "../../support/channels.ts";
import { BALANCES, TRANSFERS } from "../../support/enums.ts";
import { RESULT, deliveredFixture, feeOf, fundedFixture, termsOf } from "../../support/jobs.ts";
import { LOCK_ID, FUNDS, balanceOf, moneyFixture } from "../../support/money.ts";

describe("attacks on the ledger", () => {
  describe("a module that nobody trusts", () => {
    it("turns its own worthless lock into nobody's dollars [NX-ACC-01]", async () => {
      const f = await loadFixture(channelFixture);
      const { hostile, usdc } = f.addresses;
      const thief = f.accounts.connect(f.attacker);
      await thief.deposit(hostile, f.attacker.address, DEPOSIT);
      await thief.allowModule(hostile, f.attacker.address, true);
      await thief.lock(hostile, f.id, f.attacker.address, DEPOSIT, 1n);
      await expect(thief.pay(usdc, f.id, f.attacker.address, ZERO, 1n, 0n, 1n))
        .to.be.revertedWithCustomError(f.accounts, "LockUnknown")
        .withArgs(f.attacker.address, f.id);
      await expect(thief.payTotals(usdc, f.attacker.address, [f.id], [1n])).to.be.revertedWithCustomError(
        f.accounts,
        "NothingToMove",
      );
      await f.channels.claim(f.config, DEPOSIT, await voucherOf(f, f.config, DEPOSIT));
      expect(await balanceOf(f, f.payee)).to.equal(DEPOSIT);
    });

    it("does not shadow a channel by a lock of the same id [NX-CHN-01]", async () => {
      const f = await loadFixture(channelFixture);
      const thief = f.accounts.connect(f.attacker);
      await thief.deposit(f.addresses.usdc, f.attacker.address, 5n);
      await thief.allowModule(f.addresses.usdc, f.attacker.address, true);
      await thief.lock(f.addresses.usdc, f.id, f.attacker.address, 5n, 4n);
      expect((await f.channels.channelOf(f.config)).deposited).to.equal(DEPOSIT);
    });
  });

  describe("a module that was trusted and turned", () => {
    it("reaches what its believers still have and no other module's locks [NX-ACC-02]", async () => {
      const f = await loadFixture(channelFixture);
      const { usdc } = f.addresses;
      await f.accounts.connect(f.depositor).allowModule(usdc, f.attacker.address, true);
      const thief = f.accounts.connect(f.attacker);
      const left = FUNDS - DEPOSIT;
      await expect(thief.lock(usdc, LOCK_ID, f.depositor.address, left + 1n, 0n))
        .to.be.revertedWithCustomError(f.accounts, "BalanceTooSmall")
        .withArgs(usdc, f.depositor.address, left, left + 1n);
      await f.channels.claim(f.config, DEPOSIT, await voucherOf(f, f.config, DEPOSIT));
      expect(await balanceOf(f, f.payee)).to.equal(DEPOSIT);
    });
  });

  describe("a hostile token", () => {
    it("that moves its own locks from inside a deposit counts nothing twice [NX-ACC-01]", async () => {
      const f = await loadFixture(moneyFixture);
      const { hostile, accounts } = f.addresses;
      const ledger = f.accounts.connect(f.attacker);
      await ledger.deposit(hostile, hostile, 50n);
      const inner = f.accounts.interface.encodeFunctionData("transfer", [hostile, f.attacker.address, 50n]);
      await f.hostile.reenterWith(accounts, inner);
      await f.hostile.behave(TRANSFERS.reentering, BALANCES.honest);
      await ledger.deposit(hostile, f.attacker.address, 7n);
      expect(await f.hostile.reentered()).to.equal(true);
      expect(await f.accounts.balanceOf(hostile, f.attacker.address)).to.equal(57n);
      expect(await f.accounts.owedOf(hostile)).to.equal(await f.hostile.balanceOf(accounts));
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS);
    });
  });

  describe("dust sent to an account", () => {
    it("hinders it in nothing", async () => {
      const f = await loadFixture(channelFixture);
      await f.accounts.connect(f.attacker).deposit(f.addresses.usdc, f.depositor.address, 1n);
      await f.accounts.connect(f.attacker).deposit(f.addresses.usdc, f.payee.address, 1n);
      await f.channels.connect(f.payee).close(f.config, CLAIMED, CLAIMED, await voucherOf(f, f.config, CLAIMED));
      expect(await balanceOf(f, f.payee)).to.equal(CLAIMED + 1n);
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - CLAIMED + 1n);
    });
  });
});

describe("attacks on channels", () => {
  it("a voucher for another deployment over the same ledger is refused [NX-CHN-01]", async () => {
    const f = await loadFixture(channelFixture);
    const twin = await ethers.deployContract("PaymentChannels", [f.addresses.accounts]);
    await f.accounts.connect(f.depositor).allowModule(f.addresses.usdc, await twin.getAddress(), true);
    await twin.connect(f.depositor).open(f.config, DEPOSIT);
    const id = await twin.channelIdOf(f.config);
    expect(id).not.to.equal(f.id);
    await expect(twin.claim(f.config, CLAIMED, await voucherOf(f, f.config, CLAIMED)))
      .to.be.revertedWithCustomError(twin, "InvalidVoucher")
      .withArgs(id, CLAIMED, f.config.payerAuthorizer);
  });

  it("an agreement to close cannot be kept for later: it expires", async () => {
    const f = await loadFixture(channelFixture);
    const expired = (await now()) - 1n;
    await expect(f.channels.connect(f.depositor).cooperativeClose(f.config, 0n, expired, "0x"))
      .to.be.revertedWithCustomError(f.channels, "AgreementExpired")
      .withArgs(f.id, expired);
  });
});

describe("attacks on jobs", () => {
  it("terms that differ in one word are another job, and its money is not touched [NX-ESC-01]", async () => {
    const f = await loadFixture(deliveredFixture);
    const forged = { ...f.terms, worker: f.attacker.address };
    await expect(f.escrow.connect(f.depositor).approve(forged, 0n))
      .to.be.revertedWithCustomError(f.escrow, "WrongJobStatus")
      .withArgs(await f.escrow.jobIdOf(forged), 0n);
  });

  it("two jobs that differ in their spec alone live side by side", async () => {
    const f = await loadFixture(fundedFixture);
    const twin = await termsOf(f, { ...f.terms, spec: ethers.id("another job") });
    await f.escrow.connect(f.depositor).fund(twin);
    await f.escrow.connect(f.payee).deliver(twin, RESULT);
    await f.escrow.connect(f.depositor).approve(twin, 0n);
    expect((await f.escrow.jobOf(f.terms)).reserved).to.equal(f.terms.cap);
  });

  it("who works for itself pays the fee for it", async () => {
    const f = await loadFixture(deliveredFixture);
    await f.escrow.connect(f.depositor).approve(f.terms, 0n);
    const both = (await balanceOf(f, f.depositor)) + (await balanceOf(f, f.payee));
    expect(both).to.equal(FUNDS - feeOf(f.terms.cap));
  });

  it("the fee is that of the funding, whatever is set later [NX-FEE-01]", async () => {
    const f = await loadFixture(deliveredFixture);
    await f.escrow.connect(f.admin).setJobFee(500n);
    await f.escrow.connect(f.depositor).approve(f.terms, 0n);
    expect(await f.accounts.feesOf(f.addresses.usdc, f.payee.address)).to.equal(feeOf(f.terms.cap));
  });
});
