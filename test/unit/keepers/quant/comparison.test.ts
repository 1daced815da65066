import { expect } from "chai";
import { seededRandom } from "../../../../keepers/core/random.ts";
import { type Tick, compare } from "../../../../keepers/quant/analytics/benchmarks.ts";
import { type StrategyStep, applyStep } from "../../../../keepers/quant/analytics/effects.ts";
import { bootstrapInterval } from "../../../../keepers/quant/analytics/intervals.ts";
import { treasuryValue } from "../../../../keepers/quant/analytics/treasuryValue.ts";
import { expectNear } from "../../../support/near.ts";

const YEAR = 365 * 86_400;
const E18 = 10n ** 18n;
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const tick = (time: number, value: number, over: Partial<Tick> & { readonly weth: number }): Tick => ({
  time,
  value,
  flow: over.flow ?? 0,
  prices: new Map([
    ["USDC", 1],
    ["WETH", over.weth],
  ]),
  markets: over.markets ?? new Map(),
});

describe("quant/analytics: comparison", () => {
  const ticks = [
    tick(0, 1_000, {
      weth: 2_000,
      markets: new Map([
        ["Yei", 1],
        ["Takara", 1],
      ]),
    }),
    tick(YEAR / 2, 2_100, {
      weth: 2_200,
      flow: 1_000,
      markets: new Map([
        ["Yei", 1.02],
        ["Takara", 1.01],
      ]),
    }),
    tick(YEAR, 1_995, {
      weth: 1_980,
      markets: new Map([
        ["Yei", 1.03],
        ["Takara", 1.04],
      ]),
    }),
  ];
  const terms = {
    held: new Map([
      ["USDC", 0.75],
      ["WETH", 0.25],
    ]),
    tradeCost: 0.01,
    cashRate: 0.04,
    marketCost: 0.001,
  };

  it("compares on one clock and with costs, and takes flows out of the treasury's own return [NX-QNT-17]", () => {
    const [own, hold, equal, best, cash] = compare(ticks, terms);
    expect([own, hold, equal, best, cash].map((one) => one?.name)).to.deep.equal([
      "treasury",
      "hold",
      "equal weights",
      "best market: Takara",
      "cash",
    ]);
    expectNear(own?.total, 1.1 * 0.95 - 1, 1e-12);
    expectNear(hold?.total, 0.75 + (0.25 * 1_980) / 2_000 - 1, 1e-12);
    // A quarter is bought at first; then WETH is 1.1 of 2.1 parts, and 0.05 / 2.1 of all are sold.
    const first = (1 - 0.25 * 0.01) * 1.05;
    const second = (1 - (0.05 / 2.1) * 0.01) * ((1 + 0.9) / 2);
    expectNear(equal?.total, first * second - 1, 1e-12);
    expectNear(best?.total, 1.04 * 0.999 * 0.999 - 1, 1e-12);
    expectNear(cash?.total, 1.02 * 1.02 - 1, 1e-12);
  });

  it("compares nothing on fewer than two ticks, and with no market where there is none", () => {
    expect(compare(ticks.slice(0, 1), terms)).to.deep.equal([]);
    const without = ticks.map((one) => ({ ...one, markets: new Map() }));
    expect(compare(without, terms).map(({ name }) => name)).to.not.include("best market: Takara");
  });

  /** A series in which each value is mostly the one before. */
  const clustered = (seed: number, count: number): readonly number[] => {
    const random = seededRandom(seed);
    let value = 0;
    return Array.from({ length: count }, () => (value = 0.8 * value + 0.6 * random.normal()));
  };
  const planOf = (length: number, seed = 1) => ({ length, repeats: 100, confidence: 0.9, random: seededRandom(seed) });

  it("holds the truth about as often as it says where neighbours have to do with one another, which single draws do not [NX-QNT-17]", () => {
    const covered = (length: number): number =>
      Array.from({ length: 100 }, (_, seed) =>
        bootstrapInterval(clustered(seed, 400), mean, planOf(length, seed)),
      ).filter((found) => found !== undefined && found.lower <= 0 && found.upper >= 0).length / 100;
    const [blocks, single] = [covered(25), covered(1)];
    expect(blocks).to.be.within(0.78, 0.97);
    expect(single).to.be.below(0.6);
  });

  it("gives the same interval for the same seed, and none for fewer than five blocks or without an answer", () => {
    const values = clustered(3, 100);
    expect(bootstrapInterval(values, mean, planOf(10))).to.deep.equal(bootstrapInterval(values, mean, planOf(10)));
    expect(bootstrapInterval(values, mean, planOf(10))).to.not.deep.equal(
      bootstrapInterval(values, mean, planOf(10, 2)),
    );
    expect(bootstrapInterval(values, mean, planOf(10))?.blocks).to.equal(10);
    expect(bootstrapInterval(values, mean, planOf(26))).to.equal(undefined);
    expect(bootstrapInterval(values, () => Number.NaN, planOf(10))).to.equal(undefined);
  });

  it("counts what became of each strategy's proposals, and compares only what both sides are known of [NX-QNT-17]", () => {
    const steps: readonly StrategyStep[] = [
      { strategy: "arbitrage", kind: "proposed" },
      { strategy: "arbitrage", kind: "voted", isFor: true },
      { strategy: "arbitrage", kind: "voted", isFor: false },
      { strategy: "arbitrage", kind: "executed", predicted: 10n, realised: 8n },
      { strategy: "arbitrage", kind: "executed", predicted: 10n, realised: undefined },
      { strategy: "arbitrage", kind: "missed", why: "PriceMoved" },
      { strategy: "arbitrage", kind: "missed", why: "PriceMoved" },
      { strategy: "rebalance", kind: "missed", why: "Vetoed" },
    ];
    const none = { proposed: 0, votesFor: 0, votesAgainst: 0, executed: 0, compared: 0, predicted: 0n, realised: 0n };
    expect(steps.reduce(applyStep, [])).to.deep.equal([
      {
        strategy: "arbitrage",
        proposed: 1,
        votesFor: 1,
        votesAgainst: 1,
        executed: 2,
        missed: { PriceMoved: 2 },
        compared: 1,
        predicted: 10n,
        realised: 8n,
      },
      { strategy: "rebalance", ...none, missed: { Vetoed: 1 } },
    ]);
  });

  it("values balances up to their caps, unit for unit where they count as the base asset, rounded outwards", () => {
    const base = { token: "USDC", decimals: 6, band: { lower: E18, upper: E18 } };
    const band = { lower: 2_000n * E18 - 1n, upper: 2_000n * E18 + 1n };
    const weth = { token: "WETH", decimals: 18, cap: 2n * E18, isUnit: false, band };
    const position = { token: "aUSDC", decimals: 6, cap: 50n, isUnit: true, band: undefined };
    const held = new Map([
      ["USDC", 100n],
      ["WETH", 5n * E18],
      ["aUSDC", 70n],
    ]);
    expect(treasuryValue(base, [weth, position], held)).to.deep.equal({
      lower: 3_999_999_999n + 150n,
      upper: 4_000_000_001n + 150n,
      middle: 4_000_000_150n,
      unvalued: undefined,
    });
    expect(treasuryValue(base, [{ ...weth, band: undefined }], held)).to.deep.equal({
      lower: 100n,
      upper: 100n,
      middle: 100n,
      unvalued: "WETH",
    });
    // The least part of a token at the least price is worth something at the upper end.
    const least = { ...weth, band: { lower: 1n, upper: 1n } };
    expect(treasuryValue(base, [least], new Map([["WETH", 1n]]))).to.include({ lower: 0n, upper: 1n });
    // A thousandth of the cap is dust, and counts nothing without a price.
    const dust = new Map([["WETH", 2n * 10n ** 15n]]);
    expect(treasuryValue(base, [{ ...weth, band: undefined }], dust).unvalued).to.equal(undefined);
    expect(treasuryValue({ ...base, band: undefined }, [weth], held).unvalued).to.equal("USDC");
  });
});
