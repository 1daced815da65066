import { expect } from "chai";
import { WAD, loadFixture, time } from "../../../support/chain.ts";
import {
  ASSET,
  BOUNTY,
  COOL_DOWN,
  MAX_MOVE_BPS,
  MAX_SECONDS,
  MIN_SECONDS,
  PRICE,
  WINDOW,
  evidenceFixture,
  sayAll,
} from "../../../support/evidence.ts";

describe("BreakerEvidence settings", () => {
  describe("setMoveLimit", () => {
    it("reverts with NotAdmin for anyone else", async () => {
      const f = await loadFixture(evidenceFixture);
      await expect(f.evidence.setMoveLimit(ASSET, 1n, WINDOW))
        .to.be.revertedWithCustomError(f.evidence, "NotAdmin")
        .withArgs(f.anyone.address);
    });

    it("reverts with WindowTooShort below the time between two observations", async () => {
      const f = await loadFixture(evidenceFixture);
      await expect(f.asAdmin.evidence.setMoveLimit(ASSET, 1n, MIN_SECONDS - 1n))
        .to.be.revertedWithCustomError(f.evidence, "WindowTooShort")
        .withArgs(MIN_SECONDS - 1n);
    });

    it("sets limit and window and emits MoveLimitChanged", async () => {
      const f = await loadFixture(evidenceFixture);
      await expect(f.asAdmin.evidence.setMoveLimit(ASSET, 7n, MIN_SECONDS))
        .to.emit(f.evidence, "MoveLimitChanged")
        .withArgs(ASSET, 7n, MIN_SECONDS);
      const { watch } = await f.evidence.watchOf(ASSET);
      expect([watch.maxMoveBps, watch.window]).to.deep.equal([7n, MIN_SECONDS]);
    });
  });

  describe("setBounty", () => {
    it("reverts with NotAdmin for anyone else", async () => {
      const f = await loadFixture(evidenceFixture);
      await expect(f.evidence.setBounty(1n)).to.be.revertedWithCustomError(f.evidence, "NotAdmin");
    });

    it("sets the bounty and emits BountyChanged", async () => {
      const f = await loadFixture(evidenceFixture);
      await expect(f.asAdmin.evidence.setBounty(1n)).to.emit(f.evidence, "BountyChanged").withArgs(1n);
      expect(await f.evidence.bounty()).to.equal(1n);
    });
  });

  describe("observe", () => {
    it("notes a band, and keeps it until the window is over", async () => {
      const f = await loadFixture(evidenceFixture);
      await expect(f.evidence.observe(ASSET)).to.emit(f.evidence, "Observed");
      const { mark } = await f.evidence.watchOf(ASSET);
      expect([mark.lower, mark.upper].map((end) => end / WAD)).to.deep.equal([98n, 101n]);
      await sayAll(f, (PRICE * 101n) / 100n);
      await time.setNextBlockTimestamp(mark.time + WINDOW);
      await f.evidence.observe(ASSET);
      expect((await f.evidence.watchOf(ASSET)).mark.time).to.equal(mark.time);
      await time.setNextBlockTimestamp(mark.time + WINDOW + 1n);
      await f.evidence.observe(ASSET);
      expect((await f.evidence.watchOf(ASSET)).mark.time).to.equal(mark.time + WINDOW + 1n);
    });

    it("notes no band where no move is limited", async () => {
      const f = await loadFixture(evidenceFixture);
      await f.asAdmin.evidence.setMoveLimit(ASSET, 0n, WINDOW);
      await f.evidence.observe(ASSET);
      expect((await f.evidence.watchOf(ASSET)).mark.time).to.equal(0n);
    });
  });

  describe("views", () => {
    it("say what the constructor was told", async () => {
      const f = await loadFixture(evidenceFixture);
      const { evidence, admin, addresses } = f;
      expect([await evidence.ADMIN(), await evidence.BOUNTY_TOKEN(), await evidence.bounty()]).to.deep.equal([
        admin.address,
        addresses.usdc,
        BOUNTY,
      ]);
      const times = [await evidence.MIN_SECONDS(), await evidence.MAX_SECONDS(), await evidence.COOL_DOWN()];
      expect(times).to.deep.equal([MIN_SECONDS, MAX_SECONDS, COOL_DOWN]);
      expect([await evidence.MIN_BLOCKS(), await evidence.BOUNTY_PERIOD()]).to.deep.equal([2n, 86_400n]);
      expect((await evidence.watchOf(ASSET)).watch.maxMoveBps).to.equal(MAX_MOVE_BPS);
    });
  });
});
