import { expect } from "chai";
import { loadFixture } from "../../../support/chain.ts";
import { CAUSE } from "../../../support/evidence.ts";
import { enter, holdersOf, season, sharesFixture } from "../../../support/sharesEvidence.ts";

const { sharePriceFell, sharesLeft } = CAUSE;

/** Both holders' shares are not recent. */
const twoHolders = async () => {
  const f = await sharesFixture();
  await enter(f);
  await season();
  return f;
};

describe("BreakerEvidence.previewShares", () => {
  it("tells what an observation finds, and what it would raise the mark to", async () => {
    const f = await loadFixture(twoHolders);
    for (const [cause, holders] of [
      [sharePriceFell, []],
      [sharesLeft, holdersOf(f)],
      [sharesLeft, [f.depositor.address]],
    ] as const) {
      const [atLeast, atMost] = await f.evidence.previewShares(cause, [...holders]);
      await expect(f.evidence.observeShares(cause, [...holders]))
        .to.emit(f.evidence, "SharesObserved")
        .withArgs(cause, atLeast, atMost);
    }
    await f.evidence.observeShares(sharesLeft, []);
    const all = await f.evidence.previewShares(sharesLeft, holdersOf(f));
    expect((await f.evidence.shareWatchOf(sharesLeft)).atLeast).to.equal(all.atLeast);
  });

  it("is zero where the cause has no limit", async () => {
    const f = await loadFixture(sharesFixture);
    await f.asAdmin.evidence.setShareLimit(sharesLeft, 0n, 60n);
    expect([...(await f.evidence.previewShares(sharesLeft, holdersOf(f)))]).to.deep.equal([0n, 0n]);
  });
});
