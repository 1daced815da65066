import { expect } from "chai";
import { loadFixture } from "../../../support/chain.ts";
import { LEVEL } from "../../../support/enums.ts";
import { CAUSE, COOL_DOWN, EVIDENCE, MIN_SECONDS, pass } from "../../../support/evidence.ts";
import {
  type SharesEvidence,
  enter,
  fallen,
  holdersOf,
  leave,
  marked,
  priceWsei,
  season,
  sharesFixture,
  stateOf,
} from "../../../support/sharesEvidence.ts";

const { sharePriceFell, sharesLeft } = CAUSE;
const EVERYTHING = `0x${"00".repeat(20)}`;

const expectIncomplete = async (f: SharesEvidence, cause: bigint, status: bigint): Promise<void> => {
  expect(await f.evidence.previewRestoreShares(cause, [])).to.equal(status);
  await expect(f.evidence.restoreShares(cause, []))
    .to.be.revertedWithCustomError(f.evidence, "EvidenceIncomplete")
    .withArgs(EVERYTHING, cause, status);
};

const fallenFixture = async () => {
  const f = await sharesFixture();
  await fallen(f);
  await f.evidence.tripShares(sharePriceFell, []);
  return f;
};

describe("BreakerEvidence.restoreShares", () => {
  it("ends the trip once the worth was seen to rest for the cool-down, and lets the cause trip again [NX-BRK-06]", async () => {
    const f = await loadFixture(fallenFixture);
    await f.evidence.observeShares(sharePriceFell, []);
    await pass(COOL_DOWN);
    await expect(f.evidence.restoreShares(sharePriceFell, []))
      .to.emit(f.evidence, "CauseGone")
      .withArgs(EVERYTHING, sharePriceFell)
      .and.to.emit(f.breaker, "RestoredByEvidence")
      .withArgs(EVERYTHING, sharePriceFell);
    expect(await f.breaker.highestLevel([])).to.equal(LEVEL.normal);
    expect((await f.evidence.shareWatchOf(sharePriceFell)).goneAt).to.equal(0n);
    await expectIncomplete(f, sharePriceFell, EVIDENCE.notTripped);
    await priceWsei(f, 100n);
    await fallen(f);
    expect(await stateOf(f, sharePriceFell)).to.equal("complete");
  });

  it("reverts with EvidenceIncomplete before anybody saw it rest, and before the cool-down is over [NX-BRK-06]", async () => {
    const f = await loadFixture(fallenFixture);
    await pass(COOL_DOWN);
    await expectIncomplete(f, sharePriceFell, EVIDENCE.notObserved);
    await f.evidence.observeShares(sharePriceFell, []);
    await pass(COOL_DOWN - MIN_SECONDS);
    await expectIncomplete(f, sharePriceFell, EVIDENCE.tooSoon);
  });

  it("reverts with EvidenceIncomplete while the worth falls further, however old the mark is, and counts again [NX-BRK-06]", async () => {
    const f = await loadFixture(fallenFixture);
    await f.evidence.observeShares(sharePriceFell, []);
    await f.evidence.observeShares(sharePriceFell, []);
    await pass(2n * 3_600n);
    await f.sources.usdc.setPrice(10n ** 18n);
    // The base asset is worth more and the rest nothing: a share falls from 1.045 millions to one, far less than the limit.
    await priceWsei(f, 1n);
    expect(await f.evidence.previewRestoreShares(sharePriceFell, [])).to.equal(EVIDENCE.complete);
    await priceWsei(f, 100n);
    await f.evidence.observeShares(sharePriceFell, []);
    await pass(2n * 3_600n);
    await priceWsei(f, 15n);
    await expectIncomplete(f, sharePriceFell, EVIDENCE.absent);
    await f.evidence.observeShares(sharePriceFell, []);
    await expectIncomplete(f, sharePriceFell, EVIDENCE.notObserved);
    await f.evidence.observeShares(sharePriceFell, []);
    await expectIncomplete(f, sharePriceFell, EVIDENCE.tooSoon);
  });

  it("ends an outflow once no more of it was seen for the cool-down [NX-BRK-06]", async () => {
    const f = await loadFixture(sharesFixture);
    await enter(f);
    await season();
    await marked(f, sharesLeft, holdersOf(f));
    await leave(f, "depositor", 50n);
    await f.evidence.tripShares(sharesLeft, holdersOf(f));
    await leave(f, "attacker", 90n);
    await expectIncomplete(f, sharesLeft, EVIDENCE.absent);
    await f.evidence.observeShares(sharesLeft, []);
    await f.evidence.observeShares(sharesLeft, []);
    await pass(COOL_DOWN);
    await f.evidence.restoreShares(sharesLeft, []);
    expect(await f.breaker.highestLevel([])).to.equal(LEVEL.normal);
  });

  it("leaves another cause and a guardian's level as they are [NX-BRK-04]", async () => {
    const f = await loadFixture(fallenFixture);
    await f.breaker.connect(f.guardian).trip(EVERYTHING, LEVEL.halted, "look");
    await f.evidence.observeShares(sharePriceFell, []);
    await pass(COOL_DOWN);
    await f.evidence.restoreShares(sharePriceFell, []);
    expect(await f.breaker.highestLevel([])).to.equal(LEVEL.halted);
  });

  it("ends a trip whose limit was taken away since, once the cool-down is over [NX-BRK-06]", async () => {
    const f = await loadFixture(fallenFixture);
    await f.asAdmin.evidence.setShareLimit(sharePriceFell, 0n, 3_600n);
    await f.evidence.observeShares(sharePriceFell, []);
    await pass(COOL_DOWN);
    await f.evidence.restoreShares(sharePriceFell, []);
    expect(await f.breaker.highestLevel([])).to.equal(LEVEL.normal);
    await expect(f.evidence.observeShares(sharePriceFell, [])).to.be.revertedWithCustomError(
      f.evidence,
      "EvidenceIncomplete",
    );
  });
});
