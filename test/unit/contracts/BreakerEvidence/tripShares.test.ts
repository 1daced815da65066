import { expect } from "chai";
import { USDC, WAD, ethers, loadFixture, networkHelpers, now, time } from "../../../support/chain.ts";
import { LEVEL } from "../../../support/enums.ts";
import { ASSET, CAUSE, COOL_DOWN, EVIDENCE, MIN_SECONDS, pass } from "../../../support/evidence.ts";
import { DEPOSIT, PRICE } from "../../../support/nexus.ts";
import {
  OUTFLOW_LIMIT,
  PRICE_LIMIT,
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

const expectIncomplete = async (
  f: SharesEvidence,
  status: bigint,
  { cause = sharePriceFell, holders = [] }: { readonly cause?: bigint; readonly holders?: string[] } = {},
): Promise<void> => {
  await expect(f.evidence.tripShares(cause, holders))
    .to.be.revertedWithCustomError(f.evidence, "EvidenceIncomplete")
    .withArgs(EVERYTHING, cause, status);
};

const bountyOf = async (f: SharesEvidence): Promise<bigint> => f.accounts.balanceOf(f.addresses.usdc, f.anyone.address);

/** Both holders' shares are not recent. */
const twoHolders = async () => {
  const f = await sharesFixture();
  await enter(f);
  await season();
  return f;
};

describe("BreakerEvidence.tripShares", () => {
  describe("given a share lost more of its worth than the limit", () => {
    it("trips everything to ReduceOnly, and pays nothing [NX-BRK-04] [NX-BRK-07]", async () => {
      const f = await loadFixture(sharesFixture);
      await fallen(f);
      expect(await stateOf(f, sharePriceFell)).to.equal("complete");
      await expect(f.evidence.tripShares(sharePriceFell, []))
        .to.emit(f.evidence, "SharesObserved")
        .and.to.emit(f.evidence, "EvidenceShown")
        .withArgs(EVERYTHING, sharePriceFell, f.anyone.address, 0n)
        .and.to.emit(f.breaker, "TrippedByEvidence")
        .withArgs(EVERYTHING, sharePriceFell);
      expect(await f.breaker.levelOf(ASSET)).to.equal(LEVEL.normal);
      expect(await f.breaker.highestLevel([])).to.equal(LEVEL.reduceOnly);
      expect(await f.breaker.hasCause(EVERYTHING, sharePriceFell)).to.equal(true);
      expect(await bountyOf(f)).to.equal(0n);
    });

    it("reverts with EvidenceIncomplete when nobody observed the shares before [NX-BRK-05]", async () => {
      const f = await loadFixture(sharesFixture);
      await priceWsei(f, 15n);
      await expectIncomplete(f, EVIDENCE.notObserved);
    });

    it("reverts with EvidenceIncomplete before ten seconds have passed [NX-BRK-05]", async () => {
      const f = await loadFixture(sharesFixture);
      await f.evidence.observeShares(sharePriceFell, []);
      const observedAt = await now();
      await priceWsei(f, 15n);
      await networkHelpers.mine(3);
      await time.setNextBlockTimestamp(observedAt + MIN_SECONDS - 1n);
      await expectIncomplete(f, EVIDENCE.tooSoon);
      await time.setNextBlockTimestamp(observedAt + MIN_SECONDS);
      await f.evidence.tripShares(sharePriceFell, []);
    });

    it("reverts with EvidenceIncomplete before two blocks have passed, whatever the seconds [NX-BRK-05]", async () => {
      const f = await loadFixture(sharesFixture);
      await f.evidence.observeShares(sharePriceFell, []);
      const observedAt = await now();
      await ethers.provider.send("evm_setAutomine", [false]);
      try {
        await priceWsei(f, 15n);
        const early = await f.evidence.tripShares(sharePriceFell, [], { gasLimit: 1_000_000n });
        await time.setNextBlockTimestamp(observedAt + 100n);
        await networkHelpers.mine(1);
        const receipt = await ethers.provider.getTransactionReceipt(early.hash);
        expect(receipt?.status, "one block later").to.equal(0);
      } finally {
        await ethers.provider.send("evm_setAutomine", [true]);
      }
      await f.evidence.tripShares(sharePriceFell, []);
    });

    it("reverts with EvidenceIncomplete when the mark is older than the window [NX-BRK-05]", async () => {
      const f = await loadFixture(sharesFixture);
      await fallen(f);
      const { markedAt } = await f.evidence.shareWatchOf(sharePriceFell);
      await time.increaseTo(markedAt + PRICE_LIMIT.window + 1n);
      await expectIncomplete(f, EVIDENCE.tooOld);
    });

    it("counts from a lower mark once the window of the one before is over [NX-BRK-08]", async () => {
      const f = await loadFixture(sharesFixture);
      await marked(f, sharePriceFell);
      await priceWsei(f, 60n);
      await time.increase(PRICE_LIMIT.window + 1n);
      await marked(f, sharePriceFell);
      expect(await stateOf(f, sharePriceFell)).to.equal("absent");
      await priceWsei(f, 1n);
      expect(await stateOf(f, sharePriceFell)).to.equal("complete");
    });

    it("counts from the top, and no observation below it moves the mark within the window [NX-BRK-08]", async () => {
      const f = await loadFixture(sharesFixture);
      await marked(f, sharePriceFell);
      await priceWsei(f, 60n);
      await marked(f, sharePriceFell);
      await priceWsei(f, 150n);
      await marked(f, sharePriceFell);
      const mark = await f.evidence.shareWatchOf(sharePriceFell);
      await priceWsei(f, 100n);
      await marked(f, sharePriceFell);
      expect(await f.evidence.shareWatchOf(sharePriceFell)).to.deep.equal(mark);
      // From 1.0 + 0.45 millions to 1.0 + 0.27: an eighth less, though from the first mark it is a fortieth.
      await priceWsei(f, 85n);
      expect(await stateOf(f, sharePriceFell)).to.equal("complete");
    });

    it("trips once until the worth was seen to rest, even where the DAO restored [NX-BRK-06]", async () => {
      const f = await loadFixture(sharesFixture);
      await fallen(f);
      await f.evidence.tripShares(sharePriceFell, []);
      await f.asAdmin.breaker.restore(EVERYTHING, LEVEL.normal, "we know");
      await pass(MIN_SECONDS);
      await f.sources.usdc.setPrice(PRICE.usdc);
      await expectIncomplete(f, EVIDENCE.spent);
    });
  });

  describe("given a share kept its worth", () => {
    it("reverts with EvidenceIncomplete at a fall within the limit and the band [NX-BRK-05]", async () => {
      const f = await loadFixture(sharesFixture);
      await marked(f, sharePriceFell);
      // From 1.3 millions to 1.18, of which the band takes part.
      await priceWsei(f, 60n);
      await expectIncomplete(f, EVIDENCE.absent);
    });

    it("compares the lower end of the band at the mark with the upper end now [NX-BRK-05]", async () => {
      const f = await loadFixture(sharesFixture);
      const [lower, upper] = await f.treasury.assetsRange();
      expect(upper).to.be.greaterThan(lower);
      const [scale, supply] = [10n ** 27n, (await f.treasury.totalSupply()) + 10n ** 6n];
      await expect(f.evidence.observeShares(sharePriceFell, []))
        .to.emit(f.evidence, "SharesObserved")
        .withArgs(sharePriceFell, ((lower + 1n) * scale) / supply, ((upper + 1n) * scale + supply - 1n) / supply);
    });

    it("reverts with EvidenceIncomplete after deposits, refunds, gifts and exits in kind [NX-BRK-08]", async () => {
      const f = await loadFixture(sharesFixture);
      await enter(f);
      await marked(f, sharePriceFell);
      await f.treasury.connect(f.attacker).refund((await f.treasury.balanceOf(f.attacker.address)) / 2n);
      await f.usdc.connect(f.deployer).mint(f.addresses.treasury, 400_000n * USDC);
      await marked(f, sharePriceFell);
      await f.treasury
        .connect(f.depositor)
        .redeemInKind((await f.treasury.balanceOf(f.depositor.address)) / 2n, f.depositor.address, f.depositor.address);
      await enter(f, 2n * DEPOSIT);
      await leave(f, "depositor", 90n);
      expect(await stateOf(f, sharePriceFell)).to.equal("absent");
    });

    it("sees no difference whether the fee that is due was taken [NX-BRK-08]", async () => {
      const f = await loadFixture(sharesFixture);
      await f.treasury.connect(f.admin).setPerformanceFee(f.payee.address, 2_500n);
      await f.usdc.connect(f.deployer).mint(f.addresses.treasury, 3n * DEPOSIT);
      await marked(f, sharePriceFell);
      const before = (await f.evidence.shareWatchOf(sharePriceFell)).atLeast;
      await f.treasury.accrueFee();
      expect(await f.treasury.balanceOf(f.payee.address)).to.be.greaterThan(0n);
      expect(await stateOf(f, sharePriceFell)).to.equal("absent");
      await time.increase(PRICE_LIMIT.window + 1n);
      await f.evidence.observeShares(sharePriceFell, []);
      const after = (await f.evidence.shareWatchOf(sharePriceFell)).atLeast;
      const apart = after > before ? after - before : before - after;
      expect(apart * 10n ** 9n, "a thousand-millionth").to.be.lessThan(before);
    });

    it("reverts as the treasury does when a held asset has no value", async () => {
      const f = await loadFixture(sharesFixture);
      await marked(f, sharePriceFell);
      await f.sources.wsei.setPrice(0n);
      await expect(f.evidence.tripShares(sharePriceFell, [])).to.be.revertedWithCustomError(f.hub, "PriceUnavailable");
      await expect(f.evidence.observeShares(sharePriceFell, [])).to.be.revertedWithCustomError(
        f.hub,
        "PriceUnavailable",
      );
    });
  });

  describe("given more shares left than the limit allows", () => {
    it("trips everything, and pays nothing [NX-BRK-07] [NX-BRK-08]", async () => {
      const f = await loadFixture(twoHolders);
      await marked(f, sharesLeft, holdersOf(f));
      await leave(f, "depositor", 50n);
      await expect(f.evidence.tripShares(sharesLeft, []))
        .to.emit(f.evidence, "EvidenceShown")
        .withArgs(EVERYTHING, sharesLeft, f.anyone.address, 0n)
        .and.to.emit(f.breaker, "TrippedByEvidence")
        .withArgs(EVERYTHING, sharesLeft);
      expect([await f.breaker.highestLevel([]), await bountyOf(f)]).to.deep.equal([LEVEL.reduceOnly, 0n]);
      await expectIncomplete(f, EVIDENCE.spent, { cause: sharesLeft });
    });

    it("is not hidden by shares that are recent, once their owners are named [NX-BRK-08]", async () => {
      const f = await loadFixture(sharesFixture);
      await marked(f, sharesLeft, [f.depositor.address]);
      await leave(f, "depositor", 30n);
      await enter(f);
      expect(await stateOf(f, sharesLeft)).to.equal("absent");
      expect(await stateOf(f, sharesLeft, [f.attacker.address])).to.equal("complete");
      await f.evidence.tripShares(sharesLeft, [f.attacker.address]);
    });

    it("reverts with EvidenceIncomplete at a smaller outflow, and where too few holders were named [NX-BRK-08]", async () => {
      const f = await loadFixture(twoHolders);
      await marked(f, sharesLeft, [f.attacker.address]);
      await leave(f, "depositor", 50n);
      await expectIncomplete(f, EVIDENCE.absent, { cause: sharesLeft });
      await marked(f, sharesLeft, holdersOf(f));
      await leave(f, "depositor", 20n);
      await expectIncomplete(f, EVIDENCE.absent, { cause: sharesLeft });
      await leave(f, "attacker", 100n);
      expect(await stateOf(f, sharesLeft)).to.equal("complete");
    });

    it("no later mark that proves less takes its place within the window [NX-BRK-08]", async () => {
      const f = await loadFixture(twoHolders);
      await marked(f, sharesLeft, holdersOf(f));
      await leave(f, "depositor", 50n);
      await f.evidence.observeShares(sharesLeft, []);
      expect(await stateOf(f, sharesLeft)).to.equal("complete");
      const { markedAt } = await f.evidence.shareWatchOf(sharesLeft);
      await time.increaseTo(markedAt + OUTFLOW_LIMIT.window);
      expect(await stateOf(f, sharesLeft)).to.equal("complete");
      await time.increase(1n);
      expect(await stateOf(f, sharesLeft)).to.equal("tooOld");
    });
  });

  describe("given no more shares left than were recent", () => {
    it("reverts with EvidenceIncomplete when recent shares are given back [NX-BRK-08]", async () => {
      const f = await loadFixture(sharesFixture);
      await enter(f, 3n * DEPOSIT);
      await marked(f, sharesLeft, holdersOf(f));
      await f.treasury.connect(f.attacker).refund(await f.treasury.balanceOf(f.attacker.address));
      await expectIncomplete(f, EVIDENCE.absent, { cause: sharesLeft, holders: holdersOf(f) });
    });

    it("reverts with EvidenceIncomplete when shares only change hands [NX-BRK-08]", async () => {
      const f = await loadFixture(twoHolders);
      await marked(f, sharesLeft, holdersOf(f));
      const shares = await f.treasury.balanceOf(f.depositor.address);
      await f.treasury.connect(f.depositor).transfer(f.payee.address, shares);
      await expectIncomplete(f, EVIDENCE.absent, { cause: sharesLeft });
      await marked(f, sharesLeft, holdersOf(f));
      expect(await stateOf(f, sharesLeft, holdersOf(f))).to.equal("absent");
    });

    it("reverts with HoldersNotAscending when somebody is named twice or out of order [NX-BRK-08]", async () => {
      const f = await loadFixture(twoHolders);
      const [first = "", second = ""] = holdersOf(f);
      for (const [holders, wrong] of [
        [[first, first], first],
        [[second, first], first],
        [[EVERYTHING], EVERYTHING],
      ] as const) {
        await expect(f.evidence.observeShares(sharesLeft, [...holders]))
          .to.be.revertedWithCustomError(f.evidence, "HoldersNotAscending")
          .withArgs(wrong);
      }
    });
  });

  describe("given the cause is not about shares, or has no limit", () => {
    it("reverts with EvidenceIncomplete", async () => {
      const f = await loadFixture(sharesFixture);
      await expectIncomplete(f, EVIDENCE.disabled, { cause: CAUSE.priceMoved });
      await f.asAdmin.evidence.setShareLimit(sharesLeft, 0n, 60n);
      await expectIncomplete(f, EVIDENCE.disabled, { cause: sharesLeft });
      await expect(f.evidence.observeShares(sharesLeft, []))
        .to.be.revertedWithCustomError(f.evidence, "EvidenceIncomplete")
        .withArgs(EVERYTHING, sharesLeft, EVIDENCE.disabled);
    });

    it("is refused for an asset where the cause is about shares [NX-BRK-05]", async () => {
      const f = await loadFixture(sharesFixture);
      const { wsei } = f.addresses;
      await f.asAdmin.evidence.setMoveLimit(wsei, 1_000n, 300n);
      await f.evidence.observe(wsei);
      await pass(MIN_SECONDS);
      await f.sources.wsei.setPrice(3n * WAD);
      for (const cause of [sharePriceFell, sharesLeft]) {
        await expect(f.evidence.trip(wsei, cause))
          .to.be.revertedWithCustomError(f.evidence, "EvidenceIncomplete")
          .withArgs(wsei, cause, EVIDENCE.disabled);
        await expect(f.evidence.restore(wsei, cause))
          .to.be.revertedWithCustomError(f.evidence, "EvidenceIncomplete")
          .withArgs(wsei, cause, EVIDENCE.notTripped);
      }
      await f.evidence.trip(wsei, CAUSE.priceMoved);
      await f.evidence.observe(wsei);
      await pass(COOL_DOWN);
      expect(await f.evidence.previewRestore(wsei, CAUSE.priceMoved)).to.equal(EVIDENCE.complete);
      expect(await f.evidence.previewRestore(wsei, sharesLeft)).to.equal(EVIDENCE.notTripped);
    });
  });
});
