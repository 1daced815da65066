import { expect } from "chai";
import { seededRandom } from "../../../../keepers/core/random.ts";
import { emptyStopBook, observedStops, statusOf } from "../../../../keepers/quant/risk/stopLoss.ts";
import { USDC, WAD, WSEI } from "../../../support/keeperBuilders.ts";
import { recordedDays } from "../../../support/marketPaths.ts";
import { type Moment, STOP, booksOf, firstFire, seenAt } from "../../../support/stops.ts";

const CASES = 1_000;
const START = 1_000n;
/** Seconds for which a fall must be seen: two spaces between three snapshots. */
const HELD = 120n;

type Random = ReturnType<typeof seededRandom>;

/** Four quiet minutes, a block every twenty seconds. */
const quiet = (from: bigint, count = 12): readonly Moment[] =>
  Array.from({ length: count }, (_, i) => ({ time: from + 20n * BigInt(i), price: 0.3 + 0.0003 * Math.sin(i) }));

const endOf = (moments: readonly Moment[]): bigint => (moments.at(-1)?.time ?? 0n) + 20n;

/** A stretch in the middle of quiet prices. `momentOf` says what is seen at each second that is drawn. */
const inTheMiddle = (random: Random, length: bigint, momentOf: (time: bigint) => Moment): readonly Moment[] => {
  const before = quiet(START);
  const middle: Moment[] = [];
  const start = endOf(before);
  for (let time = start; time < start + length; time += BigInt(1 + Math.floor(random.uniform() * 19)))
    middle.push(momentOf(time));
  return [...before, ...middle, ...quiet(start + length, 10)];
};

/** How many of the cases fire. */
const firesOf = (caseOf: (random: Random) => readonly Moment[]): number => {
  const random = seededRandom(17);
  return Array.from({ length: CASES }, () => firstFire(caseOf(random))).filter((index) => index !== -1).length;
};

const depthOf = (random: Random): number => 0.16 + 0.7 * random.uniform();

describe("When a stop-loss fires", () => {
  it("never fires for any of 1,000 wicks that are shorter than the snapshots that must show a fall [NX-QNT-19]", () => {
    const fires = firesOf((random) => {
      const price = 0.3 * (1 - depthOf(random));
      return inTheMiddle(random, 1n + BigInt(Math.floor(random.uniform() * Number(HELD - 1n))), (time) => ({
        time,
        price,
      }));
    });
    expect(fires).to.equal(0);
  });

  it("never fires in 1,000 falls of which the price is not ready, and says so [NX-QNT-19]", () => {
    const statuses = ["QuorumMissed", "BandTooWide", "SourcesDisagree", "UnknownAsset"] as const;
    const fires = firesOf((random) => {
      const price = 0.3 * (1 - depthOf(random));
      const status = statuses[Math.floor(random.uniform() * statuses.length)] ?? "QuorumMissed";
      return inTheMiddle(random, 600n, (time) => ({ time, price, status }));
    });
    expect(fires).to.equal(0);
    const [book] = booksOf([{ time: START, price: 0.1, status: "QuorumMissed" }]);
    const status = book === undefined ? undefined : statusOf(book, WSEI);
    expect(status).to.deep.equal({
      kind: "unjudged",
      why: "price-not-ready",
      words: `the price of ${WSEI} is QuorumMissed`,
    });
  });

  it("never fires for any of 1,000 lies of the oracles alone or of a pool alone [NX-QNT-19]", () => {
    const fires = firesOf((random) => {
      const wrong = 0.3 * (1 - depthOf(random));
      const isPool = random.uniform() < 0.5;
      return inTheMiddle(random, 600n, (time) =>
        isPool ? { time, price: 0.3, pool: wrong } : { time, price: wrong, pool: 0.3 },
      );
    });
    expect(fires).to.equal(0);
  });

  it("never fires for any of 1,000 lies upwards, after which the true price looks fallen [NX-QNT-19]", () => {
    const fires = firesOf((random) => {
      const price = 0.3 * (1 + depthOf(random));
      // A long lie of the oracles alone, or a short one that the pool joins.
      const isLone = random.uniform() < 0.5;
      const pools = isLone ? { pool: 0.3 } : {};
      return inTheMiddle(random, isLone ? 600n : HELD - 1n, (time) => ({ time, price, ...pools }));
    });
    expect(fires).to.equal(0);
  });

  it("never fires while only the lower end of the band is below [NX-QNT-19]", () => {
    const fall = Array.from({ length: 40 }, (_, i) => ({ time: endOf(quiet(START)) + 20n * BigInt(i), price: 0.25 }));
    expect(firstFire([...quiet(START), ...fall.map((moment) => ({ ...moment, band: 300n }))])).to.equal(-1);
    // The same middle with a narrow band fires.
    expect(firstFire([...quiet(START), ...fall])).to.be.at.least(0);
  });

  it("never fires while the pool still pays more than the stop, nor where the higher end of agreement is passed [NX-QNT-19]", () => {
    const start = endOf(quiet(START));
    const fallTo = (price: number, pool: number) =>
      Array.from({ length: 20 }, (_, i) => ({ time: start + 20n * BigInt(i), price, pool, band: 10n }));
    // The mark is about 0.2983, the stop about 0.2535.
    expect(firstFire([...quiet(START), ...fallTo(0.2525, 0.256)])).to.equal(-1);
    expect(firstFire([...quiet(START), ...fallTo(0.2525, 0.253)])).to.be.at.least(0);
    expect(firstFire([...quiet(START), ...fallTo(0.24, 0.246)])).to.equal(-1);
    expect(firstFire([...quiet(START), ...fallTo(0.24, 0.234)])).to.equal(-1);
  });

  it("begins a row again after a block that contradicts, a gap, or no pool, and says why [NX-QNT-19]", () => {
    const start = endOf(quiet(START));
    const low = (seconds: number): Moment => ({ time: start + BigInt(seconds), price: 0.2 });
    const high: Moment = { time: start + 110n, price: 0.3 };
    expect(firstFire([...quiet(START), low(0), low(60), high, low(120), low(180)])).to.equal(-1);
    expect(firstFire([...quiet(START), low(0), low(60), low(181)])).to.equal(-1);
    expect(firstFire([...quiet(START), low(0), low(60), low(119)])).to.equal(-1);
    expect(firstFire([...quiet(START), low(0), low(60), low(120)])).to.equal(14);
    const lone = observedStops(emptyStopBook(STOP), { ...seenAt(high), pools: [] }, STOP);
    expect(statusOf(lone, WSEI)).to.deep.include({ kind: "unjudged", why: "no-pool" });
    const bare = { ...seenAt(high).view, tokens: [] };
    const missing = observedStops(emptyStopBook(STOP), { view: bare, pools: [] }, STOP);
    expect(statusOf(missing, WSEI)).to.deep.include({ kind: "unjudged", why: "prices-missing" });
  });

  it("changes nothing for a block that was seen, or an older one [NX-QNT-19]", () => {
    const book = booksOf(quiet(START)).at(-1) ?? emptyStopBook(STOP);
    const newest = quiet(START).at(-1)?.time ?? START;
    for (const time of [START, newest]) expect(observedStops(book, seenAt({ time, price: 0.1 }), STOP)).to.equal(book);
  });

  it("raises no mark by prices that an interruption divides [NX-QNT-19]", () => {
    const start = endOf(quiet(START));
    const high = (second: number): Moment => ({ time: start + BigInt(second), price: 0.5 });
    const unready: Moment = { ...high(61), status: "SourcesDisagree" };
    expect(firstFire([...quiet(START), high(0), high(60), unready, high(62), ...quiet(start + 70n)])).to.equal(-1);
    // Without the interruption the mark is raised, and what follows is a fall.
    expect(firstFire([...quiet(START), high(0), high(60), high(120), ...quiet(start + 140n)])).to.be.at.least(0);
  });

  it("fires within k + 1 snapshots of each of 300 falls that last, gaps of a block in them or not [NX-QNT-20]", () => {
    const random = seededRandom(23);
    for (let n = 0; n < 300; n += 1) {
      const depth = 0.17 + 0.6 * random.uniform();
      const before = quiet(START);
      const start = endOf(before);
      const fall = Array.from({ length: 30 }, (_, i) => ({
        time: start + 20n * BigInt(i),
        price: 0.3 * (1 - depth) * (1 + 0.005 * random.normal()),
      })).filter((_, i) => i === 0 || random.uniform() < 0.9);
      const index = firstFire([...before, ...fall]);
      expect(index).to.not.equal(-1);
      const took = (fall[index - before.length]?.time ?? 0n) - start;
      expect(took >= HELD && took <= HELD + STOP.everySeconds * 2n, `fires after ${took} s`).to.equal(true);
    }
  });

  it("fires on the recorded days' falls at the third minute that shows them [NX-QNT-20]", () => {
    // The recorded pair falls by little, so the stop lies near.
    const policy = { ...STOP, levels: new Map([[WSEI, { priceUsd: 0n, distanceBps: 120n }]]) };
    let falls = 0;
    for (const { ticks } of recordedDays()) {
      const moments = ticks.map((tick, minute) => ({
        time: START + 60n * BigInt(minute),
        band: 5n,
        price: Math.exp(-(tick - (ticks[0] ?? 0)) * Math.log(1.0001)),
      }));
      const books = booksOf(moments, policy);
      const kinds = books.map((book) => statusOf(book, WSEI));
      const first = kinds.findIndex((status) => status?.kind === "fires");
      if (first === -1) continue;
      falls += 1;
      const row = kinds.slice(first - 3, first + 1).map((status) => status?.kind);
      expect(row).to.deep.equal(["above", "below", "below", "fires"]);
    }
    expect(falls).to.be.at.least(2);
  });

  it("takes the higher of a fixed price and the distance, and a fixed one from the first snapshot on [NX-QNT-20]", () => {
    const at = (priceUsd: bigint, distanceBps: bigint) => ({
      ...STOP,
      levels: new Map([[WSEI, { priceUsd, distanceBps }]]),
    });
    const low = [0, 60, 120].map((seconds) => ({ time: START + BigInt(seconds), price: 0.27 }));
    expect(firstFire(low, at((28n * WAD) / 100n, 0n))).to.equal(2);
    expect(firstFire(low, at((26n * WAD) / 100n, 0n))).to.equal(-1);
    expect(firstFire(low, at(0n, 1_500n))).to.equal(-1);
    const later = low.map(({ time }) => ({ time: time - START + endOf(quiet(START)), price: 0.27 }));
    expect(firstFire([...quiet(START), ...later], at((28n * WAD) / 100n, 5_000n))).to.equal(14);
    expect(firstFire([...quiet(START), ...later], at((10n * WAD) / 100n, 500n))).to.equal(14);
  });

  it("asks for the base asset's price too", () => {
    const seen = seenAt({ time: START, price: 0.3 });
    const tokens = seen.view.tokens.map((one) =>
      one.token === USDC ? { ...one, status: "QuorumMissed" as const } : one,
    );
    const book = observedStops(emptyStopBook(STOP), { ...seen, view: { ...seen.view, tokens } }, STOP);
    expect(statusOf(book, WSEI)).to.deep.include({ kind: "unjudged", why: "price-not-ready" });
  });
});
