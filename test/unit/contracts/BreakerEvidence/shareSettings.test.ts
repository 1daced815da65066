import { expect } from "chai";
import { loadFixture } from "../../../support/chain.ts";
import { CAUSE, MIN_SECONDS } from "../../../support/evidence.ts";
import { sharesFixture } from "../../../support/sharesEvidence.ts";

const { priceMoved, sharePriceFell, sharesLeft } = CAUSE;

describe("BreakerEvidence.setShareLimit", () => {
  it("sets limit and window and emits ShareLimitChanged", async () => {
    const f = await loadFixture(sharesFixture);
    await expect(f.asAdmin.evidence.setShareLimit(sharesLeft, 9_999n, MIN_SECONDS))
      .to.emit(f.evidence, "ShareLimitChanged")
      .withArgs(sharesLeft, 9_999n, MIN_SECONDS);
    const { maxFallBps, window } = await f.evidence.shareWatchOf(sharesLeft);
    expect([maxFallBps, window]).to.deep.equal([9_999n, MIN_SECONDS]);
  });

  it("reverts with NotAdmin for anyone else", async () => {
    const f = await loadFixture(sharesFixture);
    await expect(f.evidence.setShareLimit(sharesLeft, 1n, 60n))
      .to.be.revertedWithCustomError(f.evidence, "NotAdmin")
      .withArgs(f.anyone.address);
  });

  it("reverts with InvalidShareLimit for a cause that is not about shares, and for a fall of everything", async () => {
    const f = await loadFixture(sharesFixture);
    for (const [cause, bps] of [
      [priceMoved, 1n],
      [sharePriceFell, 10_000n],
    ] as const) {
      await expect(f.asAdmin.evidence.setShareLimit(cause, bps, 60n))
        .to.be.revertedWithCustomError(f.evidence, "InvalidShareLimit")
        .withArgs(cause, bps);
    }
  });

  it("reverts with WindowTooShort below the time between two observations", async () => {
    const f = await loadFixture(sharesFixture);
    await expect(f.asAdmin.evidence.setShareLimit(sharesLeft, 1n, MIN_SECONDS - 1n))
      .to.be.revertedWithCustomError(f.evidence, "WindowTooShort")
      .withArgs(MIN_SECONDS - 1n);
  });
});
