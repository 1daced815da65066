import { expect } from "chai";
import { DAY, WAD, loadFixture, networkHelpers, now, time } from "../../../support/chain.ts";
import {
  ASSET,
  BOUNTY,
  CAUSE,
  COOL_DOWN,
  EVIDENCE,
  type Evidence,
  MAX_SECONDS,
  MIN_SECONDS,
  PRICE,
  WINDOW,
  evidenceFixture,
  pass,
  refuse,
  sayAll,
} from "../../../support/evidence.ts";

const { priceRefused, priceMoved, sharePriceFell } = CAUSE;
const FITS = (1n << 96n) - 1n;

/** Sources whose intervals do not grow with age, so that a band is as wide as it is told. */
const exactFixture = async () => {
  const f = await evidenceFixture();
  const readers = await Promise.all(f.feed.map((source) => source.getAddress()));
  const sources = readers.map((reader) => ({ reader, maxAge: DAY, deviationBps: 0n }));
  await f.asAdmin.hub.setFeed(ASSET, { decimals: 18n, quorum: 2n, maxBandBps: 1_000n }, sources);
  return f;
};
const sayExact = async (f: Pick<Evidence, "feed">, price: bigint, interval = 0n): Promise<void> => {
  for (const source of f.feed) await source.setAnswer(price, await now(), interval);
};

const watchOf = async (f: Evidence) => (await f.evidence.watchOf(ASSET)).watch;
const previewTrip = (f: Evidence, cause: bigint): Promise<bigint> => f.evidence.previewTrip(ASSET, cause);
const bountyOf = (f: Evidence): Promise<bigint> => f.accounts.balanceOf(f.addresses.usdc, f.anyone.address);

/** A price that doubled tripped the asset. */
const tripMoved = async (f: Evidence): Promise<void> => {
  await f.evidence.observe(ASSET);
  await sayAll(f, 2n * PRICE);
  await pass(MIN_SECONDS);
  await f.evidence.trip(ASSET, priceMoved);
};

const tripRefusedAt = async (f: Evidence, second?: bigint): Promise<void> => {
  await refuse(f);
  await f.evidence.observe(ASSET);
  await networkHelpers.mine(2);
  if (second === undefined) await time.increase(MIN_SECONDS);
  else await time.setNextBlockTimestamp(second);
  await f.evidence.trip(ASSET, priceRefused);
};

describe("BreakerEvidence at its bounds", () => {
  it("tells each state of a trip before it is tried, for prices alone [NX-BRK-05]", async () => {
    const f = await loadFixture(evidenceFixture);
    expect([await previewTrip(f, priceRefused), await previewTrip(f, priceMoved)]).to.deep.equal([
      EVIDENCE.absent,
      EVIDENCE.notObserved,
    ]);
    expect(await previewTrip(f, sharePriceFell)).to.equal(EVIDENCE.disabled);
    await refuse(f);
    expect(await previewTrip(f, priceRefused)).to.equal(EVIDENCE.notObserved);
  });

  it("counts a move again after its trip has ended, and ends it once [NX-BRK-06]", async () => {
    const f = await loadFixture(evidenceFixture);
    await tripMoved(f);
    expect(await f.evidence.previewRestore(ASSET, priceRefused)).to.equal(EVIDENCE.notTripped);
    await f.evidence.observe(ASSET);
    await pass(COOL_DOWN);
    await f.evidence.restore(ASSET, priceMoved);
    expect((await watchOf(f)).isMoveSpent).to.equal(false);
    expect(await f.evidence.previewRestore(ASSET, priceMoved)).to.equal(EVIDENCE.notTripped);
    await f.evidence.observe(ASSET);
    await sayAll(f, 4n * PRICE);
    await pass(MIN_SECONDS);
    await f.evidence.trip(ASSET, priceMoved);
  });

  it("counts no move that is as large as the limit, to the unit, up or down [NX-BRK-05]", async () => {
    const f = await loadFixture(exactFixture);
    await sayExact(f, 110n * WAD);
    await f.evidence.observe(ASSET);
    await pass(MIN_SECONDS);
    for (const [price, status] of [
      [121n * WAD, EVIDENCE.absent],
      [121n * WAD + 1n, EVIDENCE.complete],
      [100n * WAD, EVIDENCE.absent],
      [100n * WAD - 1n, EVIDENCE.complete],
    ] as const) {
      await sayExact(f, price);
      expect(await previewTrip(f, priceMoved), String(price)).to.equal(status);
    }
  });

  it("leaves the mark where the price left it until somebody trips, within the window [NX-BRK-05]", async () => {
    const f = await loadFixture(evidenceFixture);
    await f.evidence.observe(ASSET);
    const { mark } = await f.evidence.watchOf(ASSET);
    await sayAll(f, 2n * PRICE);
    await f.evidence.observe(ASSET);
    expect((await f.evidence.watchOf(ASSET)).mark.time).to.equal(mark.time);
    await pass(MIN_SECONDS);
    await f.evidence.trip(ASSET, priceMoved);
    const moved = (await f.evidence.watchOf(ASSET)).mark;
    expect(moved.lower).to.be.greaterThan(mark.upper);
    // Spent, and where it is calm: the mark stays.
    await f.evidence.observe(ASSET);
    expect((await f.evidence.watchOf(ASSET)).mark.time).to.equal(moved.time);
  });

  it("ends a trip by a move whose limit was taken away since, wherever the price is", async () => {
    const f = await loadFixture(evidenceFixture);
    await tripMoved(f);
    await f.asAdmin.evidence.setMoveLimit(ASSET, 0n, WINDOW);
    await sayAll(f, 9n * PRICE);
    await f.evidence.observe(ASSET);
    await pass(COOL_DOWN);
    await sayAll(f, 20n * PRICE);
    await f.evidence.restore(ASSET, priceMoved);
  });

  it("takes a refusal as the first until ten minutes after it, and as another from then on [NX-BRK-05]", async () => {
    const f = await loadFixture(evidenceFixture);
    await refuse(f);
    await f.evidence.observe(ASSET);
    const first = (await watchOf(f)).refusedAt;
    await networkHelpers.mine(2);
    await time.setNextBlockTimestamp(first + MAX_SECONDS);
    await f.evidence.observe(ASSET);
    expect((await watchOf(f)).refusedAt).to.equal(first);
    expect(await previewTrip(f, priceRefused)).to.equal(EVIDENCE.complete);
    await time.setNextBlockTimestamp(first + MAX_SECONDS + 1n);
    await f.evidence.observe(ASSET);
    expect((await watchOf(f)).refusedAt).to.equal(first + MAX_SECONDS + 1n);
  });

  it("notes both ends of the band, and nothing of a price that is refused or does not fit", async () => {
    const f = await loadFixture(exactFixture);
    await sayExact(f, PRICE, WAD);
    await expect(f.evidence.observe(ASSET))
      .to.emit(f.evidence, "Observed")
      .withArgs(ASSET, true, 99n * WAD, 101n * WAD);
    const seen = await watchOf(f);
    expect([seen.readyAt, seen.calmAt, seen.refusedAt]).to.deep.equal([await now(), await now(), 0n]);
    // The upper end is a unit too large, and the lower one is not.
    await sayExact(f, FITS, 1n);
    await expect(f.evidence.observe(ASSET)).to.emit(f.evidence, "Observed").withArgs(ASSET, false, 0n, 0n);
    const lost = await watchOf(f);
    expect([lost.readyAt, lost.calmAt, lost.refusedAt]).to.deep.equal([0n, 0n, await now()]);
    await sayExact(f, FITS);
    expect(await previewTrip(f, priceRefused)).to.equal(EVIDENCE.absent);
  });

  it("pays a second bounty a day after the first to the second, and one of a single unit [NX-BRK-07]", async () => {
    const f = await loadFixture(evidenceFixture);
    await tripRefusedAt(f);
    const { paidAt } = await watchOf(f);
    await sayAll(f, PRICE);
    await f.evidence.observe(ASSET);
    await time.increaseTo(paidAt + DAY - 60n);
    await f.evidence.restore(ASSET, priceRefused);
    await f.asAdmin.evidence.setBounty(1n);
    await tripRefusedAt(f, paidAt + DAY);
    expect(await bountyOf(f)).to.equal(BOUNTY + 1n);
    expect((await watchOf(f)).paidAt).to.equal(paidAt + DAY);
  });
});
