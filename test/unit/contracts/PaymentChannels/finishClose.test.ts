import { expect } from "chai";
import { loadFixture, time } from "../../../support/chain.ts";
import {
  CLAIMED,
  DEPOSIT,
  STATE,
  channelFixture,
  closedFixture,
  closingFixture,
  voucherOf,
} from "../../../support/channels.ts";
import { PURSE, balanceOf } from "../../../support/money.ts";

/** A watcher claimed `total` for the receiver in the last second of the delay. */
const watched = async (total: bigint) => {
  const f = await loadFixture(closingFixture);
  await time.setNextBlockTimestamp(f.closesAt);
  await f.channels.connect(f.anyone).claim(f.config, total, await voucherOf(f, f.config, total));
  await time.setNextBlockTimestamp(f.closesAt + 1n);
  return f;
};

describe("PaymentChannels.finishClose", () => {
  describe("given nobody started to close it", () => {
    it("reverts with WrongChannelState", async () => {
      const f = await loadFixture(channelFixture);
      await expect(f.channels.finishClose(f.config))
        .to.be.revertedWithCustomError(f.channels, "WrongChannelState")
        .withArgs(f.id, STATE.open);
    });
  });

  describe("given it is closed", () => {
    it("reverts with WrongChannelState [NX-CHN-01]", async () => {
      const f = await loadFixture(closedFixture);
      await expect(f.channels.finishClose(f.config))
        .to.be.revertedWithCustomError(f.channels, "WrongChannelState")
        .withArgs(f.id, STATE.closed);
    });
  });

  describe("when the delay is not over", () => {
    it("reverts with CloseTooEarly, in its last second too [NX-CHN-02]", async () => {
      const f = await loadFixture(closingFixture);
      await time.setNextBlockTimestamp(f.closesAt);
      await expect(f.channels.connect(f.depositor).finishClose(f.config))
        .to.be.revertedWithCustomError(f.channels, "CloseTooEarly")
        .withArgs(f.id, f.closesAt);
    });
  });

  describe("when the delay is over", () => {
    it("gives the payer the rest, whoever calls", async () => {
      const f = await loadFixture(closingFixture);
      await time.setNextBlockTimestamp(f.closesAt + 1n);
      await expect(f.channels.connect(f.attacker).finishClose(f.config))
        .to.emit(f.channels, "ChannelClosed")
        .withArgs(f.id, CLAIMED);
      expect(await balanceOf(f, f.depositor)).to.equal(PURSE - CLAIMED);
      expect(await balanceOf(f, f.payee)).to.equal(CLAIMED);
      expect((await f.channels.channelOf(f.config)).state).to.equal(STATE.closed);
    });
  });

  describe("given a watcher had to claim for the receiver", () => {
    it("makes the receiver good out of the payer's rest: a stale close is punished", async () => {
      const total = 5n * CLAIMED;
      const f = await watched(total);
      const bounty = (total - CLAIMED) / 100n;
      const penalty = total / 100n;
      await f.channels.finishClose(f.config);
      expect(await balanceOf(f, f.anyone)).to.equal(bounty);
      expect(await balanceOf(f, f.payee)).to.equal(total - bounty + penalty);
      expect(await balanceOf(f, f.depositor)).to.equal(PURSE - total - penalty);
    });

    it("takes no more than the rest", async () => {
      const total = DEPOSIT - 7n;
      const f = await watched(total);
      const bounty = (total - CLAIMED) / 100n;
      await f.channels.finishClose(f.config);
      expect(await balanceOf(f, f.payee)).to.equal(DEPOSIT - bounty);
      expect(await balanceOf(f, f.depositor)).to.equal(PURSE - DEPOSIT);
    });
  });
});
