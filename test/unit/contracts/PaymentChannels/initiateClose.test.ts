import { expect } from "chai";
import { loadFixture, now } from "../../../support/chain.ts";
import {
  CLAIMED,
  DELAY,
  DEPOSIT,
  STATE,
  channelFixture,
  claimedFixture,
  closedFixture,
  closingFixture,
} from "../../../support/channels.ts";
import { declaredOf } from "../../../support/declared.ts";
import { balanceOf } from "../../../support/money.ts";

describe("PaymentChannels.initiateClose", () => {
  describe("when the caller is not the payer", () => {
    it("reverts with NotPayer", async () => {
      const f = await loadFixture(channelFixture);
      await expect(f.channels.connect(f.attacker).initiateClose(f.config, 0n))
        .to.be.revertedWithCustomError(f.channels, "NotPayer")
        .withArgs(f.attacker.address, f.depositor.address);
    });
  });

  describe("given it is closing or closed", () => {
    it("reverts with WrongChannelState, so that no delay begins again", async () => {
      const closing = await loadFixture(closingFixture);
      await expect(closing.channels.connect(closing.depositor).initiateClose(closing.config, 0n))
        .to.be.revertedWithCustomError(closing.channels, "WrongChannelState")
        .withArgs(closing.id, STATE.closing);
      const closed = await loadFixture(closedFixture);
      await expect(closed.channels.connect(closed.depositor).initiateClose(closed.config, 0n))
        .to.be.revertedWithCustomError(closed.channels, "WrongChannelState")
        .withArgs(closed.id, STATE.closed);
    });
  });

  describe("when the payer owes more than was deposited", () => {
    it("reverts with TotalAboveDeposited", async () => {
      const f = await loadFixture(channelFixture);
      await expect(f.channels.connect(f.depositor).initiateClose(f.config, DEPOSIT + 1n))
        .to.be.revertedWithCustomError(f.channels, "TotalAboveDeposited")
        .withArgs(f.id, DEPOSIT + 1n, DEPOSIT);
    });
  });

  describe("when the payer says what it owes", () => {
    it("pays that at once, and starts the delay", async () => {
      const f = await loadFixture(claimedFixture);
      const owed = 3n * CLAIMED;
      const starting = await f.channels.connect(f.depositor).initiateClose(f.config, owed);
      await expect(starting)
        .to.emit(f.channels, "CloseInitiated")
        .withArgs(f.id, (await now()) + DELAY, owed);
      expect(await balanceOf(f, f.payee)).to.equal(owed);
      expect(await f.channels.channelOf(f.config)).to.deep.equal([
        STATE.closing,
        DEPOSIT,
        owed,
        (await now()) + DELAY,
        declaredOf(owed),
      ]);
    });
  });

  describe("when the payer says no more than was claimed", () => {
    it("pays nothing, and starts the delay", async () => {
      const f = await loadFixture(claimedFixture);
      const starting = await f.channels.connect(f.depositor).initiateClose(f.config, 0n);
      await expect(starting)
        .to.emit(f.channels, "CloseInitiated")
        .withArgs(f.id, (await now()) + DELAY, CLAIMED);
      expect(await balanceOf(f, f.payee)).to.equal(CLAIMED);
    });
  });
});
