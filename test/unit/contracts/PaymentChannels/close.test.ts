import { expect } from "chai";
import { loadFixture, voteKey } from "../../../support/chain.ts";
import {
  CLAIMED,
  DEPOSIT,
  STATE,
  channelFixture,
  claimedFixture,
  closedFixture,
  closingFixture,
  configOf,
  idOf,
  voucherOf,
} from "../../../support/channels.ts";
import { FUNDS, balanceOf, moneyFixture } from "../../../support/money.ts";

const MORE = 2n * CLAIMED;

describe("PaymentChannels.close", () => {
  describe("when the caller is not the receiver's", () => {
    it("reverts with NotReceiver", async () => {
      const f = await loadFixture(channelFixture);
      for (const caller of [f.depositor, f.attacker]) {
        await expect(f.channels.connect(caller).close(f.config, 0n, 0n, "0x"))
          .to.be.revertedWithCustomError(f.channels, "NotReceiver")
          .withArgs(caller.address, f.payee.address);
      }
    });
  });

  describe("given it is closed, or was never opened", () => {
    it("reverts with WrongChannelState [NX-CHN-01]", async () => {
      const f = await loadFixture(closedFixture);
      await expect(f.channels.connect(f.payee).close(f.config, MORE, MORE, await voucherOf(f, f.config, MORE)))
        .to.be.revertedWithCustomError(f.channels, "WrongChannelState")
        .withArgs(f.id, STATE.closed);
      const config = configOf(f, { withdrawDelay: 1_000n });
      await expect(f.channels.connect(f.payee).close(config, 0n, 0n, "0x"))
        .to.be.revertedWithCustomError(f.channels, "WrongChannelState")
        .withArgs(idOf(f, config), STATE.none);
    });
  });

  describe("when it takes more than the voucher says", () => {
    it("reverts with TotalAboveVoucher", async () => {
      const f = await loadFixture(channelFixture);
      const voucher = await voucherOf(f, f.config, MORE);
      await expect(f.channels.connect(f.payee).close(f.config, MORE + 1n, MORE, voucher))
        .to.be.revertedWithCustomError(f.channels, "TotalAboveVoucher")
        .withArgs(f.id, MORE + 1n, MORE);
    });
  });

  describe("when the voucher is not the signer's", () => {
    it("reverts with InvalidVoucher", async () => {
      const f = await loadFixture(channelFixture);
      const voucher = await voucherOf(f, f.config, MORE, { key: voteKey(61) });
      await expect(f.channels.connect(f.payee).close(f.config, MORE, MORE, voucher))
        .to.be.revertedWithCustomError(f.channels, "InvalidVoucher")
        .withArgs(f.id, MORE, f.config.payerAuthorizer);
    });
  });

  describe("when it takes more than was deposited", () => {
    it("reverts with TotalAboveDeposited [NX-CHN-01]", async () => {
      const f = await loadFixture(channelFixture);
      const total = DEPOSIT + 1n;
      await expect(f.channels.connect(f.payee).close(f.config, total, total, await voucherOf(f, f.config, total)))
        .to.be.revertedWithCustomError(f.channels, "TotalAboveDeposited")
        .withArgs(f.id, total, DEPOSIT);
    });
  });

  describe("when the receiver takes what its voucher says", () => {
    it("pays it, gives the payer the rest and never pays again", async () => {
      const f = await loadFixture(claimedFixture);
      await expect(f.channels.connect(f.payee).close(f.config, MORE, MORE, await voucherOf(f, f.config, MORE)))
        .to.emit(f.channels, "ChannelClosed")
        .withArgs(f.id, MORE);
      expect(await balanceOf(f, f.payee)).to.equal(MORE);
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - MORE);
      expect(await f.channels.channelOf(f.config)).to.deep.equal([STATE.closed, DEPOSIT, DEPOSIT, 0n, 0n]);
    });

    it("works when the channel is used up", async () => {
      const f = await loadFixture(channelFixture);
      const voucher = await voucherOf(f, f.config, DEPOSIT);
      await f.channels.connect(f.payee).close(f.config, DEPOSIT, DEPOSIT, voucher);
      expect(await balanceOf(f, f.payee)).to.equal(DEPOSIT);
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - DEPOSIT);
    });
  });

  describe("when the receiver takes less than its voucher says", () => {
    it("pays that", async () => {
      const f = await loadFixture(channelFixture);
      await f.channels.connect(f.payee).close(f.config, 7n, MORE, await voucherOf(f, f.config, MORE));
      expect(await balanceOf(f, f.payee)).to.equal(7n);
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - 7n);
    });
  });

  describe("when the receiver wants no more than it had", () => {
    it("needs no voucher", async () => {
      const f = await loadFixture(claimedFixture);
      await f.channels.connect(f.payee).close(f.config, 0n, 0n, "0x");
      expect(await balanceOf(f, f.payee)).to.equal(CLAIMED);
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - CLAIMED);
    });
  });

  describe("given the payer started to close it", () => {
    it("closes it at once", async () => {
      const f = await loadFixture(closingFixture);
      await f.channels.connect(f.payee).close(f.config, MORE, MORE, await voucherOf(f, f.config, MORE));
      expect((await f.channels.channelOf(f.config)).state).to.equal(STATE.closed);
      expect(await balanceOf(f, f.payee)).to.equal(MORE);
    });
  });

  describe("given the receiver authorised somebody", () => {
    it("lets it close, and pays the receiver", async () => {
      const f = await loadFixture(moneyFixture);
      const config = configOf(f, { receiverAuthorizer: f.operatorB.address });
      await f.channels.connect(f.depositor).open(config, DEPOSIT);
      await f.channels.connect(f.operatorB).close(config, 9n, 9n, await voucherOf(f, config, 9n));
      expect(await balanceOf(f, f.payee)).to.equal(9n);
      expect(await balanceOf(f, f.operatorB)).to.equal(0n);
    });
  });
});
