import { expect } from "chai";
import { loadFixture, networkHelpers, now, time } from "../../../support/chain.ts";
import { LEVEL } from "../../../support/enums.ts";
import {
  ASSET,
  CAUSE,
  COOL_DOWN,
  EVIDENCE,
  type Evidence,
  MIN_SECONDS,
  PRICE,
  evidenceFixture,
  pass,
  refuse,
  sayAll,
} from "../../../support/evidence.ts";

const { priceRefused, priceMoved } = CAUSE;

const expectIncomplete = async (f: Evidence, cause: bigint, status: bigint): Promise<void> => {
  await expect(f.evidence.restore(ASSET, cause))
    .to.be.revertedWithCustomError(f.evidence, "EvidenceIncomplete")
    .withArgs(ASSET, cause, status);
};

/** A refused price tripped the asset, and is back since. */
const refusedFixture = async () => {
  const f = await evidenceFixture();
  await refuse(f);
  await f.evidence.observe(ASSET);
  await pass(MIN_SECONDS);
  await f.evidence.trip(ASSET, priceRefused);
  await sayAll(f, PRICE);
  return f;
};

/** A price that doubled tripped the asset. */
const movedFixture = async () => {
  const f = await evidenceFixture();
  await f.evidence.observe(ASSET);
  await sayAll(f, 2n * PRICE);
  await pass(MIN_SECONDS);
  await f.evidence.trip(ASSET, priceMoved);
  return f;
};

describe("BreakerEvidence.restore", () => {
  describe("given a refused price tripped the asset", () => {
    it("ends the trip once the price was seen for the cool-down", async () => {
      const f = await loadFixture(refusedFixture);
      await f.evidence.observe(ASSET);
      await pass(COOL_DOWN);
      expect(await f.evidence.previewRestore(ASSET, priceRefused)).to.equal(EVIDENCE.complete);
      await expect(f.evidence.restore(ASSET, priceRefused))
        .to.emit(f.evidence, "CauseGone")
        .withArgs(ASSET, priceRefused)
        .and.to.emit(f.evidence, "Observed")
        .and.to.emit(f.breaker, "RestoredByEvidence")
        .withArgs(ASSET, priceRefused);
      expect(await f.breaker.levelOf(ASSET)).to.equal(LEVEL.normal);
      expect(await f.breaker.allNormal()).to.equal(true);
    });

    it("reverts with EvidenceIncomplete before the cool-down is over [NX-BRK-06]", async () => {
      const f = await loadFixture(refusedFixture);
      await f.evidence.observe(ASSET);
      const seenAt = await now();
      await time.setNextBlockTimestamp(seenAt + COOL_DOWN - 1n);
      await expectIncomplete(f, priceRefused, EVIDENCE.tooSoon);
      await time.setNextBlockTimestamp(seenAt + COOL_DOWN);
      await f.evidence.restore(ASSET, priceRefused);
    });

    it("reverts with EvidenceIncomplete when nobody saw the price since [NX-BRK-06]", async () => {
      const f = await loadFixture(refusedFixture);
      await pass(COOL_DOWN);
      await expectIncomplete(f, priceRefused, EVIDENCE.notObserved);
    });

    it("reverts with EvidenceIncomplete while the price is refused [NX-BRK-06]", async () => {
      const f = await loadFixture(refusedFixture);
      await f.evidence.observe(ASSET);
      await pass(COOL_DOWN);
      await refuse(f);
      await expectIncomplete(f, priceRefused, EVIDENCE.absent);
    });

    it("counts again when the price was refused again [NX-BRK-06]", async () => {
      const f = await loadFixture(refusedFixture);
      await f.evidence.observe(ASSET);
      await refuse(f);
      await f.evidence.observe(ASSET);
      await pass(COOL_DOWN);
      await sayAll(f, PRICE);
      await expectIncomplete(f, priceRefused, EVIDENCE.notObserved);
    });

    it("leaves another cause and a guardian's level as they are [NX-BRK-04]", async () => {
      const f = await loadFixture(refusedFixture);
      await f.evidence.observe(ASSET);
      await sayAll(f, 2n * PRICE);
      await pass(MIN_SECONDS);
      await f.evidence.trip(ASSET, priceMoved);
      await f.breaker.connect(f.guardian).trip(ASSET, LEVEL.halted, "all of it");
      await networkHelpers.mine(1);
      await pass(COOL_DOWN);
      await f.evidence.restore(ASSET, priceRefused);
      expect(await f.breaker.hasCause(ASSET, priceMoved)).to.equal(true);
      expect(await f.breaker.levelOf(ASSET)).to.equal(LEVEL.halted);
    });

    it("is possible where the DAO restored before", async () => {
      const f = await loadFixture(refusedFixture);
      await f.asAdmin.breaker.restore(ASSET, LEVEL.normal, "we know");
      await f.evidence.observe(ASSET);
      await pass(COOL_DOWN);
      await f.evidence.restore(ASSET, priceRefused);
      expect((await f.evidence.watchOf(ASSET)).watch.isRefusalSpent).to.equal(false);
    });
  });

  describe("given a moved price tripped the asset", () => {
    it("ends the trip once the price was seen calm for the cool-down", async () => {
      const f = await loadFixture(movedFixture);
      await f.evidence.observe(ASSET);
      await pass(COOL_DOWN);
      await f.evidence.restore(ASSET, priceMoved);
      expect(await f.breaker.levelOf(ASSET)).to.equal(LEVEL.normal);
    });

    it("ends nothing while the price is far from its mark, however old the mark is [NX-BRK-06]", async () => {
      const f = await loadFixture(movedFixture);
      await f.evidence.observe(ASSET);
      await pass(COOL_DOWN);
      await sayAll(f, PRICE / 5n);
      await expectIncomplete(f, priceMoved, EVIDENCE.absent);
      // The price falls on from one observation to the next: none of them is calm.
      await f.evidence.observe(ASSET);
      await pass(COOL_DOWN);
      await sayAll(f, PRICE / 10n);
      await f.evidence.observe(ASSET);
      await expectIncomplete(f, priceMoved, EVIDENCE.notObserved);
    });

    it("counts again when the price moved again [NX-BRK-06]", async () => {
      const f = await loadFixture(movedFixture);
      await f.evidence.observe(ASSET);
      await sayAll(f, PRICE);
      await expectIncomplete(f, priceMoved, EVIDENCE.absent);
      await f.evidence.observe(ASSET);
      await pass(COOL_DOWN - 10n);
      await expectIncomplete(f, priceMoved, EVIDENCE.notObserved);
      await f.evidence.observe(ASSET);
      await pass(COOL_DOWN - 10n);
      await expectIncomplete(f, priceMoved, EVIDENCE.tooSoon);
      await pass(10n);
      await f.evidence.restore(ASSET, priceMoved);
    });
  });

  describe("given no cause tripped the asset", () => {
    it("reverts with EvidenceIncomplete", async () => {
      const f = await loadFixture(evidenceFixture);
      await expectIncomplete(f, priceRefused, EVIDENCE.notTripped);
      await expectIncomplete(f, priceMoved, EVIDENCE.notTripped);
    });
  });
});
