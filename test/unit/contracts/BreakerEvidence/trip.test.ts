import { expect } from "chai";
import { DAY, ZERO, ethers, loadFixture, networkHelpers, now, takeSnapshot, time } from "../../../support/chain.ts";
import { LEVEL } from "../../../support/enums.ts";
import {
  ASSET,
  BOUNTY,
  CAUSE,
  EVIDENCE,
  type Evidence,
  MAX_SECONDS,
  MIN_SECONDS,
  PRICE,
  BOUNTY_FUNDS,
  WINDOW,
  COOL_DOWN,
  evidenceFixture,
  pass,
  refuse,
  say,
  sayAll,
} from "../../../support/evidence.ts";

const { priceRefused, priceMoved } = CAUSE;

const expectIncomplete = async (f: Evidence, cause: bigint, status: bigint): Promise<void> => {
  await expect(f.evidence.trip(ASSET, cause))
    .to.be.revertedWithCustomError(f.evidence, "EvidenceIncomplete")
    .withArgs(ASSET, cause, status);
  expect(await f.breaker.levelOf(ASSET)).to.equal(LEVEL.normal);
};

/** Refused and observed, with the time passed that evidence needs. */
const refusedFixture = async () => {
  const f = await evidenceFixture();
  await refuse(f);
  await f.evidence.observe(ASSET);
  await pass(MIN_SECONDS);
  return f;
};

/** Observed at 100 dollars, and then at `price` with the time passed that evidence needs. */
const movedTo = async (f: Evidence, price: bigint): Promise<void> => {
  await f.evidence.observe(ASSET);
  await pass(MIN_SECONDS);
  await sayAll(f, price);
};

const bountyOf = (f: Evidence): Promise<bigint> => f.accounts.balanceOf(f.addresses.usdc, f.anyone.address);

/** Ends the trip of a refused price. */
const seeGone = async (f: Evidence): Promise<void> => {
  await sayAll(f, PRICE);
  await f.evidence.observe(ASSET);
  await pass(COOL_DOWN);
  await f.evidence.restore(ASSET, priceRefused);
};

const tripRefused = async (f: Evidence): Promise<void> => {
  await refuse(f);
  await f.evidence.observe(ASSET);
  await pass(MIN_SECONDS);
  await f.evidence.trip(ASSET, priceRefused);
};

describe("BreakerEvidence.trip", () => {
  describe("given the price is refused", () => {
    it("trips to ReduceOnly at the second observation, and credits the bounty in the ledger", async () => {
      const f = await loadFixture(refusedFixture);
      expect(await f.evidence.previewTrip(ASSET, priceRefused)).to.equal(EVIDENCE.complete);
      const trip = f.evidence.trip(ASSET, priceRefused);
      await expect(trip)
        .to.emit(f.evidence, "EvidenceShown")
        .withArgs(ASSET, priceRefused, f.anyone.address, BOUNTY)
        .and.to.emit(f.breaker, "TrippedByEvidence")
        .withArgs(ASSET, priceRefused);
      expect(await f.breaker.levelOf(ASSET)).to.equal(LEVEL.reduceOnly);
      expect(await f.breaker.hasCause(ASSET, priceRefused)).to.equal(true);
      expect(await bountyOf(f)).to.equal(BOUNTY);
    });

    it("reverts with EvidenceIncomplete when nobody observed it before [NX-BRK-05]", async () => {
      const f = await loadFixture(evidenceFixture);
      await refuse(f);
      await expectIncomplete(f, priceRefused, EVIDENCE.notObserved);
    });

    it("reverts with EvidenceIncomplete before ten seconds have passed [NX-BRK-05]", async () => {
      const f = await loadFixture(evidenceFixture);
      await refuse(f);
      await f.evidence.observe(ASSET);
      const observedAt = await now();
      await networkHelpers.mine(3);
      await time.setNextBlockTimestamp(observedAt + MIN_SECONDS - 1n);
      await expectIncomplete(f, priceRefused, EVIDENCE.tooSoon);
      await time.setNextBlockTimestamp(observedAt + MIN_SECONDS);
      await f.evidence.trip(ASSET, priceRefused);
    });

    it("reverts with EvidenceIncomplete before two blocks have passed, whatever the seconds [NX-BRK-05]", async () => {
      const f = await loadFixture(evidenceFixture);
      await refuse(f);
      await f.evidence.observe(ASSET);
      await time.setNextBlockTimestamp((await now()) + 100n);
      await expectIncomplete(f, priceRefused, EVIDENCE.tooSoon);
      await networkHelpers.mine(1);
      await f.evidence.trip(ASSET, priceRefused);
    });

    it("reverts with EvidenceIncomplete when the first observation is too old [NX-BRK-05]", async () => {
      const f = await loadFixture(evidenceFixture);
      await refuse(f);
      await f.evidence.observe(ASSET);
      const observedAt = await now();
      await networkHelpers.mine(3);
      await time.setNextBlockTimestamp(observedAt + MAX_SECONDS + 1n);
      await expectIncomplete(f, priceRefused, EVIDENCE.tooOld);
      // Another observation begins again.
      await f.evidence.observe(ASSET);
      await pass(MIN_SECONDS);
      await f.evidence.trip(ASSET, priceRefused);
    });

    it("counts from the first of several observations", async () => {
      const f = await loadFixture(evidenceFixture);
      await refuse(f);
      await f.evidence.observe(ASSET);
      const observedAt = await now();
      await time.setNextBlockTimestamp(observedAt + MIN_SECONDS - 1n);
      await f.evidence.observe(ASSET);
      await time.setNextBlockTimestamp(observedAt + MIN_SECONDS);
      await f.evidence.trip(ASSET, priceRefused);
    });

    it("reverts with EvidenceIncomplete when a price was seen in between [NX-BRK-05]", async () => {
      const f = await loadFixture(refusedFixture);
      await sayAll(f, PRICE);
      await f.evidence.observe(ASSET);
      await refuse(f);
      await expectIncomplete(f, priceRefused, EVIDENCE.notObserved);
    });

    it("reverts with EvidenceIncomplete when the price is back [NX-BRK-05]", async () => {
      const f = await loadFixture(refusedFixture);
      await say(f, 0, PRICE);
      await expectIncomplete(f, priceRefused, EVIDENCE.absent);
    });

    it("trips once until the cause was seen gone, even where the DAO restored [NX-BRK-06]", async () => {
      const f = await loadFixture(refusedFixture);
      await f.evidence.trip(ASSET, priceRefused);
      await f.asAdmin.breaker.restore(ASSET, LEVEL.normal, "we know");
      await pass(MIN_SECONDS);
      await expectIncomplete(f, priceRefused, EVIDENCE.spent);
      await seeGone(f);
      await tripRefused(f);
      expect(await f.breaker.levelOf(ASSET)).to.equal(LEVEL.reduceOnly);
    });
  });

  describe("given one of three sources lies or is dead", () => {
    it("reverts with EvidenceIncomplete for either cause [NX-BRK-05]", async () => {
      const f = await loadFixture(evidenceFixture);
      for (const price of [0n, 1n, (PRICE * 102n) / 100n, 1_000n * PRICE]) {
        const before = await takeSnapshot();
        await f.evidence.observe(ASSET);
        await say(f, 1, price);
        await pass(MIN_SECONDS);
        await expectIncomplete(f, priceRefused, EVIDENCE.absent);
        await expectIncomplete(f, priceMoved, EVIDENCE.absent);
        await before.restore();
      }
    });
  });

  describe("given the price moved", () => {
    for (const [words, price] of [
      ["upwards", (PRICE * 113n) / 100n],
      ["downwards", (PRICE * 88n) / 100n],
    ] as const) {
      it(`trips when the band lies beyond the mark by more than the limit, ${words}`, async () => {
        const f = await loadFixture(evidenceFixture);
        await movedTo(f, price);
        await expect(f.evidence.trip(ASSET, priceMoved))
          .to.emit(f.breaker, "TrippedByEvidence")
          .withArgs(ASSET, priceMoved);
        expect(await f.breaker.levelOf(ASSET)).to.equal(LEVEL.reduceOnly);
      });
    }

    it("reverts with EvidenceIncomplete at the limit itself [NX-BRK-05]", async () => {
      const f = await loadFixture(evidenceFixture);
      // From 101 dollars, the upper end, to 112.1, of which the lower end is 110.979: not a tenth more.
      await movedTo(f, (PRICE * 1_121n) / 1_000n);
      await expectIncomplete(f, priceMoved, EVIDENCE.absent);
      // And from 99 to 89.2, of which the upper end is 90.09.
      await sayAll(f, (PRICE * 892n) / 1_000n);
      await expectIncomplete(f, priceMoved, EVIDENCE.absent);
    });

    it("reverts with EvidenceIncomplete when the window is over [NX-BRK-05]", async () => {
      const f = await loadFixture(evidenceFixture);
      await f.evidence.observe(ASSET);
      const { time: markedAt } = (await f.evidence.watchOf(ASSET)).mark;
      await sayAll(f, 2n * PRICE);
      const before = await takeSnapshot();
      await time.setNextBlockTimestamp(markedAt + WINDOW + 1n);
      await expectIncomplete(f, priceMoved, EVIDENCE.absent);
      await before.restore();
      await time.setNextBlockTimestamp(markedAt + WINDOW);
      await f.evidence.trip(ASSET, priceMoved);
    });

    it("reverts with EvidenceIncomplete before ten seconds or two blocks have passed [NX-BRK-05]", async () => {
      const f = await loadFixture(evidenceFixture);
      await f.evidence.observe(ASSET);
      await sayAll(f, 2n * PRICE);
      await expectIncomplete(f, priceMoved, EVIDENCE.tooSoon);
      const late = await now();
      await f.asAdmin.evidence.setMoveLimit(ASSET, 0n, WINDOW);
      await f.asAdmin.evidence.setMoveLimit(ASSET, 1_000n, WINDOW);
      await time.setNextBlockTimestamp(late + WINDOW + 1n);
      await f.evidence.observe(ASSET);
      await expectIncomplete(f, priceMoved, EVIDENCE.absent);
    });

    it("reverts with EvidenceIncomplete when the asset has no limit", async () => {
      const f = await loadFixture(evidenceFixture);
      await f.asAdmin.evidence.setMoveLimit(ASSET, 0n, WINDOW);
      await movedTo(f, 2n * PRICE);
      await expectIncomplete(f, priceMoved, EVIDENCE.disabled);
    });

    it("reverts with EvidenceIncomplete when nobody observed the asset", async () => {
      const f = await loadFixture(evidenceFixture);
      await expectIncomplete(f, priceMoved, EVIDENCE.notObserved);
    });

    it("trips once until the price was seen calm [NX-BRK-06]", async () => {
      const f = await loadFixture(evidenceFixture);
      await movedTo(f, 2n * PRICE);
      await f.evidence.trip(ASSET, priceMoved);
      await f.asAdmin.breaker.restore(ASSET, LEVEL.normal, "we know");
      await movedTo(f, 4n * PRICE);
      await expectIncomplete(f, priceMoved, EVIDENCE.spent);
    });
  });

  describe("given the asset has no feed", () => {
    it("reverts with NothingToObserve", async () => {
      const f = await loadFixture(evidenceFixture);
      await expect(f.evidence.trip(ZERO, priceRefused))
        .to.be.revertedWithCustomError(f.evidence, "NothingToObserve")
        .withArgs(ZERO);
      await expect(f.evidence.observe(ZERO)).to.be.revertedWithCustomError(f.evidence, "NothingToObserve");
    });
  });

  describe("when a bounty was paid within a day", () => {
    it("trips and pays nothing [NX-BRK-07]", async () => {
      const f = await loadFixture(refusedFixture);
      await f.evidence.trip(ASSET, priceRefused);
      const { paidAt } = (await f.evidence.watchOf(ASSET)).watch;
      await seeGone(f);
      await tripRefused(f);
      expect(await bountyOf(f)).to.equal(BOUNTY);
      await seeGone(f);
      await time.increaseTo(paidAt + DAY - 1_000n);
      await refuse(f);
      await f.evidence.observe(ASSET);
      await networkHelpers.mine(2);
      await time.setNextBlockTimestamp(paidAt + DAY - 500n);
      const before = await takeSnapshot();
      await f.evidence.trip(ASSET, priceRefused);
      expect(await bountyOf(f)).to.equal(BOUNTY);
      await before.restore();
      await time.setNextBlockTimestamp(paidAt + DAY - 500n);
      await f.evidence.observe(ASSET);
      await time.setNextBlockTimestamp(paidAt + DAY);
      await f.evidence.observe(ASSET);
    });
  });

  describe("when the balance is less than the bounty", () => {
    it("pays all but one unit of it", async () => {
      const f = await loadFixture(refusedFixture);
      await f.asAdmin.evidence.setBounty(BOUNTY_FUNDS);
      await expect(f.evidence.trip(ASSET, priceRefused))
        .to.emit(f.evidence, "EvidenceShown")
        .withArgs(ASSET, priceRefused, f.anyone.address, BOUNTY_FUNDS - 1n);
      expect(await f.accounts.balanceOf(f.addresses.usdc, await f.evidence.getAddress())).to.equal(1n);
    });
  });

  describe("when there is no bounty or no balance", () => {
    it("trips and pays nothing", async () => {
      const f = await loadFixture(refusedFixture);
      const before = await takeSnapshot();
      await f.asAdmin.evidence.setBounty(0n);
      await f.evidence.trip(ASSET, priceRefused);
      expect([await bountyOf(f), (await f.evidence.watchOf(ASSET)).watch.paidAt]).to.deep.equal([0n, 0n]);
      await before.restore();
      const token = await ethers.deployContract("SandboxUSDC");
      const poor = await ethers.deployContract("BreakerEvidence", [
        f.admin.address,
        f.addresses.breaker,
        f.addresses.hub,
        await f.accounts.getAddress(),
        await token.getAddress(),
        f.addresses.treasury,
      ]);
      await poor.connect(f.admin).setBounty(BOUNTY);
      await f.asAdmin.breaker.setEvidence(await poor.getAddress());
      await poor.observe(ASSET);
      await pass(MIN_SECONDS);
      await expect(poor.trip(ASSET, priceRefused))
        .to.emit(poor, "EvidenceShown")
        .withArgs(ASSET, priceRefused, f.deployer.address, 0n);
      expect((await poor.watchOf(ASSET)).watch.paidAt).to.equal(0n);
    });
  });

  describe("when the breaker does not know the contract", () => {
    it("reverts with NotEvidence", async () => {
      const f = await loadFixture(refusedFixture);
      await f.asAdmin.breaker.setEvidence(ZERO);
      await expect(f.evidence.trip(ASSET, priceRefused))
        .to.be.revertedWithCustomError(f.breaker, "NotEvidence")
        .withArgs(await f.evidence.getAddress());
    });
  });
});
