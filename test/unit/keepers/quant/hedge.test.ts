import { expect } from "chai";
import fc from "fast-check";
import { seededRandom } from "../../../../keepers/core/random.ts";
import { type HedgeInput, type HedgeVenue, sizeHedge } from "../../../../keepers/quant/risk/hedge.ts";

const UNIT = 10n ** 18n;
const USD = 10n ** 18n;

const VENUE: HedgeVenue = {
  name: "venue",
  lotUnits: UNIT / 10n,
  feePips: 500n,
  fundingPips: 1_000n,
  maintenancePips: 30_000n,
  mostMarginUsd: 100_000n * USD,
};

/** 7.34 in spot and 2.7 in a pool, less 0.5 owed: 9.54 at 2,000 dollars. */
const INPUT: HedgeInput = {
  exposures: [
    { position: "spot", units: (734n * UNIT) / 100n },
    { position: "pool", units: (27n * UNIT) / 10n },
    { position: "debt", units: -UNIT / 2n },
  ],
  priceUsd: 2_000n * USD,
  method: { kind: "delta" },
  bandUsd: 100n * USD,
  movePips: 70_000n,
  mostCostPips: 5_000n,
  venue: VENUE,
};

/** Returns of a future, and of what is held: `beta` times as much, with noise. */
const returnsOf = (beta: number, noise: number, rows = 500) => {
  const random = seededRandom(5);
  const future = Array.from({ length: rows }, () => 0.001 * random.normal());
  return { future, held: future.map((value) => beta * value + noise * random.normal()) };
};

describe("The size of a hedge", () => {
  it("takes off the delta in whole lots, and says what stays, its margin and its cost [NX-QNT-23]", () => {
    expect(sizeHedge(INPUT)).to.deep.equal({
      kind: "hedge",
      venue: "venue",
      ratioBps: 10_000n,
      sizeUnits: (-95n * UNIT) / 10n,
      // 19,000 dollars: ten per cent of margin; two fees and the funding.
      marginUsd: 1_900n * USD,
      costUsd: 38n * USD,
      residualUnits: UNIT / 25n,
      residualUsd: 80n * USD,
    });
  });

  it("never leaves more than half a lot of what it wants, and never turns the exposure over by more [NX-QNT-23]", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 21n), max: 10n ** 21n }), (units) => {
        const venue = { ...VENUE, mostMarginUsd: 10n ** 30n };
        const answer = sizeHedge({ ...INPUT, exposures: [{ position: "spot", units }], bandUsd: 0n, venue });
        if (answer.kind !== "hedge") return Math.abs(Number(units)) <= Number(VENUE.lotUnits) / 2;
        const left = answer.residualUnits < 0n ? -answer.residualUnits : answer.residualUnits;
        return 2n * left <= VENUE.lotUnits;
      }),
    );
  });

  it("hedges by the ratio of minimum variance, which leaves less variance than any near it [NX-QNT-23]", () => {
    const { held, future } = returnsOf(1.3, 4e-4);
    const answer = sizeHedge({ ...INPUT, method: { kind: "minimum-variance", held, future } });
    if (answer.kind !== "hedge") throw new Error(answer.kind);
    const ratio = Number(answer.ratioBps) / 10_000;
    const varianceAt = (h: number): number => {
      const left = held.map((value, i) => value - h * (future[i] ?? 0));
      const centre = left.reduce((sum, value) => sum + value, 0) / left.length;
      return left.reduce((sum, value) => sum + (value - centre) * (value - centre), 0);
    };
    for (const other of [ratio - 0.01, ratio + 0.01, 1]) expect(varianceAt(ratio)).to.be.lessThan(varianceAt(other));
    expect(Math.abs(ratio - 1.3)).to.be.lessThan(0.06);
    expect(answer.sizeUnits < (-95n * UNIT) / 10n).to.equal(true);
  });

  it("answers no-venue with the risk that stays and the alternative, where none stands [NX-QNT-23]", () => {
    const answer = sizeHedge({ ...INPUT, venue: undefined });
    expect(answer).to.deep.include({
      kind: "no-venue",
      wantedUnits: (-954n * UNIT) / 100n,
      residualUnits: (954n * UNIT) / 100n,
      residualUsd: 19_080n * USD,
      alternative: { kind: "reduce-position", units: (954n * UNIT) / 100n, usd: 19_080n * USD },
    });
    // A position cannot be reduced by more than there is of it.
    const large = returnsOf(1.3, 0);
    const more = sizeHedge({ ...INPUT, venue: undefined, method: { kind: "minimum-variance", ...large } });
    expect(more).to.deep.include({ wantedUnits: (-954n * 13n * UNIT) / 1_000n });
    expect(more.kind === "no-venue" && more.alternative.units).to.equal((954n * UNIT) / 100n);
  });

  it("lies no more margin at a venue than may lie there, and reports the rest as residual [NX-QNT-23]", () => {
    const answer = sizeHedge({ ...INPUT, venue: { ...VENUE, mostMarginUsd: 1_000n * USD } });
    expect(answer).to.deep.include({ kind: "hedge", sizeUnits: -5n * UNIT, marginUsd: 1_000n * USD });
    expect(answer).to.deep.include({ residualUnits: (454n * UNIT) / 100n });
  });

  it("hedges nothing within the band or below half a lot, and nothing that costs too much [NX-QNT-23]", () => {
    expect(sizeHedge({ ...INPUT, bandUsd: 19_080n * USD }).kind).to.equal("within-band");
    expect(sizeHedge({ ...INPUT, venue: { ...VENUE, lotUnits: 20n * UNIT } }).kind).to.equal("within-band");
    const answer = sizeHedge({ ...INPUT, mostCostPips: 1_999n });
    expect(answer).to.deep.include({ kind: "too-expensive", costUsd: 38n * USD, residualUsd: 19_080n * USD });
    // Funding that a short pays is paid to a long.
    const owed = sizeHedge({ ...INPUT, exposures: [{ position: "debt", units: -10n * UNIT }] });
    expect(owed).to.deep.include({ kind: "hedge", sizeUnits: 10n * UNIT, costUsd: 0n });
  });

  it("refuses what it cannot size, with the reason [NX-QNT-23]", () => {
    const { held, future } = returnsOf(1, 0);
    const whyOf = (changes: Partial<HedgeInput>): string => {
      const answer = sizeHedge({ ...INPUT, ...changes });
      return answer.kind === "refused" ? answer.why : answer.kind;
    };
    const by = (one: readonly number[], other: readonly number[]) => {
      return { method: { kind: "minimum-variance" as const, held: one, future: other } };
    };
    expect(whyOf({ priceUsd: 0n })).to.equal("no-price");
    expect(whyOf({ venue: { ...VENUE, lotUnits: 0n } })).to.equal("no-lot");
    expect(whyOf(by(held.slice(1), future))).to.equal("too-few-returns");
    expect(whyOf(by(held.slice(0, 29), future.slice(0, 29)))).to.equal("too-few-returns");
    expect(whyOf(by([Number.NaN, ...held.slice(1)], future))).to.equal("not-a-number");
    expect(
      whyOf(
        by(
          held,
          held.map(() => 0.01),
        ),
      ),
    ).to.equal("future-stands-still");
  });
});
