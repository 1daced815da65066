import { expect } from "chai";
import { USDC, loadFixture } from "../../../support/chain.ts";
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
} from "../../../support/channels.ts";
import { FUNDS, balanceOf, moneyFixture } from "../../../support/money.ts";

describe("PaymentChannels.topUp", () => {
  describe("when the caller is not the payer", () => {
    it("reverts with NotPayer", async () => {
      const f = await loadFixture(channelFixture);
      await expect(f.channels.connect(f.payee).topUp(f.config, USDC))
        .to.be.revertedWithCustomError(f.channels, "NotPayer")
        .withArgs(f.payee.address, f.depositor.address);
    });
  });

  describe("given the channel was never opened", () => {
    it("reverts with WrongChannelState", async () => {
      const f = await loadFixture(moneyFixture);
      const config = configOf(f);
      await expect(f.channels.connect(f.depositor).topUp(config, USDC))
        .to.be.revertedWithCustomError(f.channels, "WrongChannelState")
        .withArgs(idOf(f, config), STATE.none);
    });
  });

  describe("given the payer started to close it", () => {
    it("reverts with WrongChannelState (top-up during a challenge)", async () => {
      const f = await loadFixture(closingFixture);
      await expect(f.channels.connect(f.depositor).topUp(f.config, USDC))
        .to.be.revertedWithCustomError(f.channels, "WrongChannelState")
        .withArgs(f.id, STATE.closing);
    });
  });

  describe("given it is closed", () => {
    it("reverts with WrongChannelState [NX-CHN-01]", async () => {
      const f = await loadFixture(closedFixture);
      await expect(f.channels.connect(f.depositor).topUp(f.config, USDC))
        .to.be.revertedWithCustomError(f.channels, "WrongChannelState")
        .withArgs(f.id, STATE.closed);
    });
  });

  describe("given it is open", () => {
    it("adds to what it holds and leaves what was claimed", async () => {
      const f = await loadFixture(claimedFixture);
      await f.channels.connect(f.depositor).topUp(f.config, USDC);
      expect(await f.channels.channelOf(f.config)).to.deep.equal([STATE.open, DEPOSIT + USDC, CLAIMED, 0n, 0n]);
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - DEPOSIT - USDC);
    });

    it("reverts with NothingToMove for nothing", async () => {
      const f = await loadFixture(channelFixture);
      await expect(f.channels.connect(f.depositor).topUp(f.config, 0n)).to.be.revertedWithCustomError(
        f.accounts,
        "NothingToMove",
      );
    });
  });
});
