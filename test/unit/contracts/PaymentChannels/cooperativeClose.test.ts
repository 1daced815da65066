import { expect } from "chai";
import { loadFixture, now, takeSnapshot, time } from "../../../support/chain.ts";
import {
  CLAIMED,
  DEPOSIT,
  STATE,
  agreementOf,
  channelFixture,
  claimedFixture,
  closedFixture,
  configOf,
} from "../../../support/channels.ts";
import { FUNDS, balanceOf, moneyFixture } from "../../../support/money.ts";

const MORE = 2n * CLAIMED;

describe("PaymentChannels.cooperativeClose", () => {
  describe("when the caller is not the payer", () => {
    it("reverts with NotPayer", async () => {
      const f = await loadFixture(channelFixture);
      const deadline = (await now()) + 100n;
      const agreement = await agreementOf(f, f.config, { total: DEPOSIT, deadline });
      await expect(f.channels.connect(f.payee).cooperativeClose(f.config, DEPOSIT, deadline, agreement))
        .to.be.revertedWithCustomError(f.channels, "NotPayer")
        .withArgs(f.payee.address, f.depositor.address);
    });
  });

  describe("given it is closed", () => {
    it("reverts with WrongChannelState [NX-CHN-01]", async () => {
      const f = await loadFixture(closedFixture);
      await expect(f.channels.connect(f.depositor).cooperativeClose(f.config, MORE, 0n, "0x"))
        .to.be.revertedWithCustomError(f.channels, "WrongChannelState")
        .withArgs(f.id, STATE.closed);
    });
  });

  describe("when the agreement has expired", () => {
    it("reverts with AgreementExpired, and not in its last second", async () => {
      const f = await loadFixture(channelFixture);
      const deadline = (await now()) + 100n;
      const agreement = await agreementOf(f, f.config, { total: MORE, deadline });
      const payer = f.channels.connect(f.depositor);
      const snapshot = await takeSnapshot();
      await time.setNextBlockTimestamp(deadline + 1n);
      await expect(payer.cooperativeClose(f.config, MORE, deadline, agreement))
        .to.be.revertedWithCustomError(f.channels, "AgreementExpired")
        .withArgs(f.id, deadline);
      await snapshot.restore();
      await time.setNextBlockTimestamp(deadline);
      await payer.cooperativeClose(f.config, MORE, deadline, agreement);
      expect(await balanceOf(f, f.payee)).to.equal(MORE);
    });
  });

  describe("when the total is below what was claimed", () => {
    it("reverts with TotalBelowClaimed [NX-CHN-01]", async () => {
      const f = await loadFixture(claimedFixture);
      const deadline = (await now()) + 100n;
      const agreement = await agreementOf(f, f.config, { total: CLAIMED - 1n, deadline });
      await expect(f.channels.connect(f.depositor).cooperativeClose(f.config, CLAIMED - 1n, deadline, agreement))
        .to.be.revertedWithCustomError(f.channels, "TotalBelowClaimed")
        .withArgs(f.id, CLAIMED - 1n, CLAIMED);
    });
  });

  describe("when the total is above what was deposited", () => {
    it("reverts with TotalAboveDeposited", async () => {
      const f = await loadFixture(channelFixture);
      const deadline = (await now()) + 100n;
      const agreement = await agreementOf(f, f.config, { total: DEPOSIT + 1n, deadline });
      await expect(f.channels.connect(f.depositor).cooperativeClose(f.config, DEPOSIT + 1n, deadline, agreement))
        .to.be.revertedWithCustomError(f.channels, "TotalAboveDeposited")
        .withArgs(f.id, DEPOSIT + 1n, DEPOSIT);
    });
  });

  describe("when the receiver agreed to something else", () => {
    it("reverts with InvalidAgreement", async () => {
      const f = await loadFixture(claimedFixture);
      const deadline = (await now()) + 100n;
      const agreement = await agreementOf(f, f.config, { total: MORE, deadline });
      const payer = f.channels.connect(f.depositor);
      for (const [total, until] of [
        [CLAIMED, deadline],
        [MORE, deadline + 1n],
      ] as const) {
        await expect(payer.cooperativeClose(f.config, total, until, agreement))
          .to.be.revertedWithCustomError(f.channels, "InvalidAgreement")
          .withArgs(f.id, f.payee.address);
      }
    });
  });

  describe("when it was the payer who signed", () => {
    it("reverts with InvalidAgreement", async () => {
      const f = await loadFixture(channelFixture);
      const deadline = (await now()) + 100n;
      const agreement = await agreementOf(f, f.config, { total: 0n, deadline }, f.depositor);
      await expect(f.channels.connect(f.depositor).cooperativeClose(f.config, 0n, deadline, agreement))
        .to.be.revertedWithCustomError(f.channels, "InvalidAgreement")
        .withArgs(f.id, f.payee.address);
    });
  });

  describe("when both agree", () => {
    it("pays the receiver to the total and the payer the rest, in one transaction", async () => {
      const f = await loadFixture(claimedFixture);
      const deadline = (await now()) + 100n;
      const agreement = await agreementOf(f, f.config, { total: MORE, deadline });
      await expect(f.channels.connect(f.depositor).cooperativeClose(f.config, MORE, deadline, agreement))
        .to.emit(f.channels, "ChannelClosed")
        .withArgs(f.id, MORE);
      expect(await balanceOf(f, f.payee)).to.equal(MORE);
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - MORE);
    });

    it("takes the word of whoever the receiver authorised", async () => {
      const f = await loadFixture(moneyFixture);
      const config = configOf(f, { receiverAuthorizer: f.operatorB.address });
      await f.channels.connect(f.depositor).open(config, DEPOSIT);
      const deadline = (await now()) + 100n;
      const agreement = await agreementOf(f, config, { total: 5n, deadline }, f.operatorB);
      await f.channels.connect(f.depositor).cooperativeClose(config, 5n, deadline, agreement);
      expect(await balanceOf(f, f.payee)).to.equal(5n);
    });
  });
});
