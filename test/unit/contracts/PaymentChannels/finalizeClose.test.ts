import { expect } from "chai";
import { USDC, ethers, loadFixture, now, time } from "../../../support/chain.ts";
import {
  CLAIMED,
  DELAY,
  DEPOSIT,
  STATE,
  channelFixture,
  closedFixture,
  closingFixture,
  voucherOf,
} from "../../../support/channels.ts";
import { penaltyOf } from "../../../support/declared.ts";
import { FUNDS, balanceOf } from "../../../support/money.ts";

/** A watchtower claimed `total` for the receiver in the last second of the delay. */
const watched = async (total: bigint) => {
  const f = await loadFixture(closingFixture);
  await time.setNextBlockTimestamp(f.closesAt);
  await f.channels.connect(f.anyone).claim(f.config, total, await voucherOf(f, f.config, total));
  await time.setNextBlockTimestamp(f.closesAt + 1n);
  return f;
};

describe("PaymentChannels.finalizeClose", () => {
  describe("given nobody started to close it", () => {
    it("reverts with WrongChannelState", async () => {
      const f = await loadFixture(channelFixture);
      await expect(f.channels.finalizeClose(f.config))
        .to.be.revertedWithCustomError(f.channels, "WrongChannelState")
        .withArgs(f.id, STATE.open);
    });
  });

  describe("given it is closed", () => {
    it("reverts with WrongChannelState [NX-CHN-01]", async () => {
      const f = await loadFixture(closedFixture);
      await expect(f.channels.finalizeClose(f.config))
        .to.be.revertedWithCustomError(f.channels, "WrongChannelState")
        .withArgs(f.id, STATE.closed);
    });
  });

  describe("when the delay is not over", () => {
    it("reverts with CloseTooEarly, in its last second too [NX-CHN-02]", async () => {
      const f = await loadFixture(closingFixture);
      await time.setNextBlockTimestamp(f.closesAt);
      await expect(f.channels.connect(f.depositor).finalizeClose(f.config))
        .to.be.revertedWithCustomError(f.channels, "CloseTooEarly")
        .withArgs(f.id, f.closesAt);
    });
  });

  describe("when the delay is over", () => {
    it("gives the payer the rest, whoever calls", async () => {
      const f = await loadFixture(closingFixture);
      await time.setNextBlockTimestamp(f.closesAt + 1n);
      await expect(f.channels.connect(f.attacker).finalizeClose(f.config))
        .to.emit(f.channels, "ChannelClosed")
        .withArgs(f.id, CLAIMED);
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - CLAIMED);
      expect(await balanceOf(f, f.payee)).to.equal(CLAIMED);
      expect((await f.channels.channelOf(f.config)).state).to.equal(STATE.closed);
    });
  });

  describe("given a watchtower had to claim for the receiver", () => {
    it("makes the receiver good out of the payer's rest: a stale close is punished [NX-CHN-03]", async () => {
      const total = 5n * CLAIMED;
      const f = await watched(total);
      const bounty = (total - CLAIMED) / 100n;
      const penalty = penaltyOf(total, CLAIMED);
      await f.channels.finalizeClose(f.config);
      expect(await balanceOf(f, f.anyone)).to.equal(bounty);
      expect(await balanceOf(f, f.payee)).to.equal(total - bounty + penalty);
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - total - penalty);
    });

    it("takes no more than the rest", async () => {
      const total = DEPOSIT - 7n;
      const f = await watched(total);
      const bounty = (total - CLAIMED) / 100n;
      await f.channels.finalizeClose(f.config);
      expect(await balanceOf(f, f.payee)).to.equal(DEPOSIT - bounty);
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - DEPOSIT);
    });
  });

  describe("given something else than a watchtower's claim brought to light what was left out", () => {
    const total = 5n * CLAIMED;
    const early = DELAY / 2n - 2n;
    const late = DELAY - 1n;

    for (const { by, after, batched } of [
      { by: "a batch, just before a watchtower", after: late, batched: true },
      { by: "a claim in the first half of the delay", after: early, batched: false },
      { by: "a batch in the first half of the delay", after: early, batched: true },
    ]) {
      it(`costs the payer as much: ${by} [NX-CHN-03]`, async () => {
        const f = await loadFixture(closingFixture);
        const voucher = await voucherOf(f, f.config, total);
        await time.setNextBlockTimestamp((await now()) + after);
        const claims = [{ ...f.config, maxClaimableAmount: total }];
        const compact = ethers.Signature.from(voucher).compactSerialized;
        const payer = f.channels.connect(f.depositor);
        if (batched) await payer.claimMany(f.config, claims, compact);
        else await payer.claim(f.config, total, voucher);
        await time.increaseTo(f.closesAt + 1n);
        await f.channels.finalizeClose(f.config);
        const penalty = penaltyOf(total, CLAIMED);
        expect(await balanceOf(f, f.payee)).to.equal(total + penalty);
        expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - total - penalty);
      });
    }

    it("wins the payer nothing to play the watchtower itself [NX-CHN-03]", async () => {
      const f = await loadFixture(closingFixture);
      await time.increaseTo(f.closesAt - 1n);
      await f.channels.connect(f.depositor).claim(f.config, total, await voucherOf(f, f.config, total));
      await time.increaseTo(f.closesAt + 1n);
      await f.channels.finalizeClose(f.config);
      const rounding = (total - CLAIMED) / 100n - penaltyOf(total, CLAIMED);
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - total + rounding);
      expect(rounding <= CLAIMED / 51_200n, "more than rounding").to.equal(true);
    });
  });

  describe("given the payer left out a ten-thousandth of a dollar of nine hundred", () => {
    it("costs it no more than that deserves, not a part of the whole [NX-CHN-03]", async () => {
      const f = await loadFixture(channelFixture);
      const [owed, leftOut] = [900n * USDC, 100n];
      await f.channels.connect(f.depositor).initiateClose(f.config, owed - leftOut);
      const closesAt = (await now()) + DELAY;
      await time.setNextBlockTimestamp(closesAt);
      await f.channels.connect(f.anyone).claim(f.config, owed, await voucherOf(f, f.config, owed));
      expect(await balanceOf(f, f.anyone)).to.equal(leftOut / 100n);
      await time.increaseTo(closesAt + 1n);
      await f.channels.finalizeClose(f.config);
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - owed);
    });
  });

  describe("given the payer declared what it owes", () => {
    it("costs it nothing, whatever it owes [NX-CHN-03]", async () => {
      for (const owed of [1n, 1_023n, 1_025n, 7n * USDC + 3n, DEPOSIT - 1n]) {
        const f = await loadFixture(channelFixture);
        await f.channels.connect(f.depositor).initiateClose(f.config, owed);
        await time.increaseTo((await now()) + DELAY + 1n);
        await f.channels.finalizeClose(f.config);
        expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - owed);
      }
    });
  });
});
