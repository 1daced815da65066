import { expect } from "chai";
import fc from "fast-check";
import { type Position, type Scenario, stress } from "../../../../keepers/quant/risk/stress.ts";
import { recordedFall } from "../../../../keepers/quant/risk/recordedFall.ts";

const USD = 10n ** 18n;
const nothing: Scenario = {
  name: "nothing",
  words: "nothing happens",
  shocksBps: {},
  depthDivisor: 1n,
  blocked: [],
  gasFactor: 1n,
  carryBps: 0n,
};
const held: Position = {
  holdings: [
    { asset: "WETH", kind: "spot", valueUsd: 100n * USD, depthUsd: 1_000n * USD, liquidationThresholdBps: 8_000n },
    { asset: "SEI", kind: "staked", valueUsd: 50n * USD, depthUsd: 0n, liquidationThresholdBps: 0n },
  ],
  debts: [{ asset: "USDC", valueUsd: 40n * USD }],
};

describe("quant/risk/stress", () => {
  it("changes nothing where nothing happens", () => {
    const result = stress(nothing, held, 0n);
    expect(result).to.deep.include({ changeUsd: 0n, navBeforeUsd: 110n * USD, isLiquidated: false });
    expect(result.healthBeforeBps).to.equal(20_000n);
    expect(result.healthAfterBps).to.equal(20_000n);
  });

  it("applies an asset's own shock before the one for all others, to debt as well", () => {
    const result = stress({ ...nothing, shocksBps: { "*": -5_000n, USDC: 1_000n } }, held, 0n);
    expect(result.navAfterUsd).to.equal(75n * USD - 44n * USD);
    expect(result.healthAfterBps).to.equal((50n * 8_000n) / 44n);
    expect(result.isLiquidated).to.equal(true);
  });

  it("counts what can be left, and the cost of selling it: half of the price's move, more in thin pools, plus gas", () => {
    // 100 into a depth of 1,000 moves the price by 0.1 %, of which half is lost; without a market all of it.
    const open = stress(nothing, held, USD);
    expect(open.exitableUsd).to.equal(150n * USD);
    expect(open.exitCostUsd).to.equal(USD / 20n + 50n * USD + 2n * USD);
    const thin = stress({ ...nothing, depthDivisor: 10n, blocked: ["staked"], gasFactor: 20n }, held, USD);
    expect(thin.exitableUsd).to.equal(100n * USD);
    expect(thin.exitCostUsd).to.equal(USD / 2n + 20n * USD);
  });

  it("rounds what is owed up and what is held down, and lets debt at exactly its limit stand", () => {
    const one = { asset: "A", kind: "spot", valueUsd: 1n, depthUsd: 1n, liquidationThresholdBps: 10_000n } as const;
    const rounded = stress(
      { ...nothing, shocksBps: { A: 1n } },
      { holdings: [one], debts: [{ asset: "A", valueUsd: 1n }] },
      0n,
    );
    expect(rounded).to.deep.include({ navAfterUsd: -1n, isLiquidated: true });
    const even = stress(nothing, { holdings: [one], debts: [{ asset: "A", valueUsd: 1n }] }, 0n);
    expect(even).to.deep.include({ healthAfterBps: 10_000n, isLiquidated: false });
  });

  it("charges carry on holdings, and has no health factor without debt", () => {
    const result = stress({ ...nothing, carryBps: -270n }, { ...held, debts: [] }, 0n);
    expect(result.changeUsd).to.equal((-150n * USD * 270n) / 10_000n);
    expect(result.healthAfterBps).to.equal(undefined);
  });

  it("never finds more value after a deeper fall, nor a larger cost of sale than the value, for any holdings", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.bigInt({ min: 0n, max: 10n ** 30n })), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.bigInt({ min: -10_000n, max: 0n }),
        fc.bigInt({ min: 1n, max: 1_000n }),
        (values, shock, depthDivisor) => {
          const holdings = values.map(([valueUsd, depthUsd]) => ({
            asset: "A",
            kind: "spot" as const,
            valueUsd,
            depthUsd,
            liquidationThresholdBps: 0n,
          }));
          const at = (bps: bigint) =>
            stress({ ...nothing, depthDivisor, shocksBps: { A: bps } }, { holdings, debts: [] }, 0n);
          const [less, more] = [at(shock), at(shock / 2n)];
          expect(less.navAfterUsd <= more.navAfterUsd).to.equal(true);
          expect(less.exitCostUsd <= less.exitableUsd).to.equal(true);
          expect(less.navAfterUsd >= 0n).to.equal(true);
        },
      ),
    );
  });
});

describe("quant/risk/recordedFall", () => {
  it("finds no fall where nothing fell, and none across more than an hour", () => {
    const table = { assets: ["A"], stepSeconds: 60, times: [0, 3_660], prices: [[2], [1]] };
    expect(recordedFall(table)).to.equal(undefined);
    expect(recordedFall({ ...table, times: [0, 3_600] })?.shocksBps).to.deep.equal({ A: -5_000n });
  });

  it("says what the other assets did in the worst stretch of any", () => {
    const prices = [
      [10, 10],
      [9, 11],
      [9.5, 10.8],
    ];
    const fall = recordedFall({ assets: ["A", "B"], stepSeconds: 60, times: [0, 60, 120], prices });
    expect(fall?.shocksBps["A"]).to.equal(-1_000n);
    expect(Number(fall?.shocksBps["B"])).to.be.within(999, 1_000);
  });
});
