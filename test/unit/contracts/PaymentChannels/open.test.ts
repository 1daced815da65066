import { expect } from "chai";
import { USDC, ZERO, ethers, loadFixture } from "../../../support/chain.ts";
import { DELAY, DEPOSIT, STATE, channelFixture, closedFixture, configOf, idOf } from "../../../support/channels.ts";
import { FUNDS, balanceOf, moneyFixture } from "../../../support/money.ts";

describe("PaymentChannels.open", () => {
  describe("when the caller is not the payer", () => {
    it("reverts with NotPayer [NX-ACC-02]", async () => {
      const f = await loadFixture(moneyFixture);
      await expect(f.channels.connect(f.attacker).open(configOf(f), USDC))
        .to.be.revertedWithCustomError(f.channels, "NotPayer")
        .withArgs(f.attacker.address, f.depositor.address);
    });
  });

  describe("when it would pay nobody, or the payer", () => {
    it("reverts with InvalidReceiver", async () => {
      const f = await loadFixture(moneyFixture);
      for (const receiver of [ZERO, f.depositor.address]) {
        await expect(f.channels.connect(f.depositor).open(configOf(f, { receiver }), USDC))
          .to.be.revertedWithCustomError(f.channels, "InvalidReceiver")
          .withArgs(receiver);
      }
    });
  });

  describe("when the delay is out of bounds", () => {
    it("reverts with WithdrawDelayOutOfBounds", async () => {
      const f = await loadFixture(moneyFixture);
      const [least, most] = [900n, 30n * 86_400n];
      for (const withdrawDelay of [least - 1n, most + 1n]) {
        await expect(f.channels.connect(f.depositor).open(configOf(f, { withdrawDelay }), USDC))
          .to.be.revertedWithCustomError(f.channels, "WithdrawDelayOutOfBounds")
          .withArgs(withdrawDelay, least, most);
      }
    });
  });

  describe("when the payer did not allow the module", () => {
    it("reverts with ModuleNotAllowed [NX-ACC-02]", async () => {
      const f = await loadFixture(moneyFixture);
      await f.accounts.connect(f.depositor).allowModule(f.addresses.usdc, f.addresses.channels, false);
      await expect(f.channels.connect(f.depositor).open(configOf(f), USDC))
        .to.be.revertedWithCustomError(f.accounts, "ModuleNotAllowed")
        .withArgs(f.depositor.address, f.addresses.channels, f.addresses.usdc);
    });
  });

  describe("when the amount is zero", () => {
    it("reverts with NothingToMove", async () => {
      const f = await loadFixture(moneyFixture);
      await expect(f.channels.connect(f.depositor).open(configOf(f), 0n)).to.be.revertedWithCustomError(
        f.accounts,
        "NothingToMove",
      );
    });
  });

  describe("when the token was never deposited", () => {
    it("reverts with BalanceTooSmall", async () => {
      const f = await loadFixture(moneyFixture);
      await f.accounts.connect(f.depositor).allowModule(f.addresses.hostile, f.addresses.channels, true);
      await expect(f.channels.connect(f.depositor).open(configOf(f, { token: f.addresses.hostile }), 5n))
        .to.be.revertedWithCustomError(f.accounts, "BalanceTooSmall")
        .withArgs(f.addresses.hostile, f.depositor.address, 0n, 5n);
    });
  });

  describe("given the channel was opened before", () => {
    it("reverts with LockExists, even when it is closed [NX-CHN-01]", async () => {
      for (const fixture of [channelFixture, closedFixture]) {
        const f = await loadFixture(fixture);
        await expect(f.channels.connect(f.depositor).open(f.config, USDC))
          .to.be.revertedWithCustomError(f.accounts, "LockExists")
          .withArgs(f.addresses.channels, f.id);
      }
    });
  });

  describe("when all is well", () => {
    it("locks the amount under the id that ethers computes", async () => {
      const f = await loadFixture(channelFixture);
      expect(await f.channels.channelIdOf(f.config)).to.equal(f.id);
      expect(await f.channels.channelOf(f.config)).to.deep.equal([STATE.open, DEPOSIT, 0n, 0n, 0n]);
      const made = await f.accounts.lockOf(f.addresses.channels, f.addresses.usdc, f.id);
      expect([made.deposited, made.paid]).to.deep.equal([DEPOSIT, 0n]);
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - DEPOSIT);
    });

    it("tells all of its terms by ChannelOpened and the ledger's Locked", async () => {
      const f = await loadFixture(moneyFixture);
      const config = configOf(f, { salt: ethers.id("salt"), withdrawDelay: DELAY + 1n });
      const id = idOf(f, config);
      const opening = await f.channels.connect(f.depositor).open(config, USDC);
      await expect(opening)
        .to.emit(f.channels, "ChannelOpened")
        .withArgs(id, config.receiver, config.payerAuthorizer, ZERO, config.withdrawDelay, config.salt);
      await expect(opening)
        .to.emit(f.accounts, "Locked")
        .withArgs(f.addresses.channels, id, config.payer, config.token, USDC);
    });
  });
});
