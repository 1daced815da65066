import { expect } from "chai";
import { type OffChainAnswer, type PriceSample, validate } from "../../../../keepers/market/prices/validate.ts";

const NOW = 1_700_000_000n;
const policy = { now: NOW, maxAge: 60n, aheadSlack: 2n, maxJumpBps: 2_000n };
const answer = (change: Partial<OffChainAnswer> = {}): OffChainAnswer => ({
  source: "pyth",
  asset: "SEI/USD",
  price: 31_000_000n,
  exponent: -8,
  publishTime: NOW - 1n,
  interval: 1_000n,
  ...change,
});
const before: PriceSample = {
  source: "pyth",
  asset: "SEI/USD",
  price: 31n * 10n ** 16n,
  interval: 0n,
  publishTime: NOW - 2n,
};
const verdict = (change: Partial<OffChainAnswer>): string => {
  const result = validate(answer(change), before, policy);
  return result.kind === "ok" ? "ok" : result.fault;
};

describe("market/prices/validate", () => {
  it("brings an answer to dollars with 18 decimals", () => {
    expect(validate(answer(), before, policy)).to.deep.equal({
      kind: "ok",
      sample: {
        source: "pyth",
        asset: "SEI/USD",
        price: 31n * 10n ** 16n,
        interval: 10n ** 13n,
        publishTime: NOW - 1n,
      },
    });
  });

  for (const [words, change, fault] of [
    ["an exponent of -40", { exponent: -40 }, "exponent"],
    ["an exponent below -18", { exponent: -19 }, "exponent"],
    ["an exponent above zero", { exponent: 1 }, "exponent"],
    ["an exponent that is no integer", { exponent: -0.5 }, "exponent"],
    ["an exponent that is NaN", { exponent: Number.NaN }, "exponent"],
    ["a price of zero", { price: 0n }, "not-positive"],
    ["a negative price", { price: -1n }, "not-positive"],
    ["a price above 128 bits", { price: 1n << 128n, exponent: -18 }, "too-large"],
    ["an interval as wide as the price", { interval: 31_000_000n }, "interval"],
    ["a negative interval", { interval: -1n }, "interval"],
    ["a price that is too old", { publishTime: NOW - 61n }, "too-old"],
    ["a clock that is ten minutes ahead", { publishTime: NOW + 600n }, "ahead"],
    ["the same answer twice", { publishTime: NOW - 2n }, "duplicate"],
    ["an older answer", { publishTime: NOW - 3n }, "duplicate"],
    ["a price in another unit", { price: 3_100_000_000n }, "unit"],
    ["a price with ten decimals too few", { price: 31n, exponent: -12, interval: 0n }, "unit"],
    ["a price of twice the last", { price: 62_000_000n }, "jump"],
    ["a price a hair beyond the allowed jump", { price: 37_200_001n }, "jump"],
  ] as const) {
    it(`refuses ${words}`, () => {
      expect(verdict(change)).to.equal(fault);
    });
  }

  it("takes what lies at a bound", () => {
    expect(verdict({ price: 37_200_000n })).to.equal("ok");
    expect(verdict({ price: 24_800_000n })).to.equal("ok");
    expect(verdict({ price: 24_799_999n })).to.equal("jump");
    expect(verdict({ publishTime: NOW + 2n })).to.equal("ok");
    expect(verdict({ publishTime: NOW + 3n })).to.equal("ahead");
    expect(verdict({ interval: 30_999_999n })).to.equal("ok");
    expect(validate(answer({ price: 31n, exponent: 0, interval: 0n }), undefined, policy).kind).to.equal("ok");
    expect(validate(answer({ publishTime: NOW - 60n }), undefined, policy).kind).to.equal("ok");
    expect(validate(answer({ price: 10n ** 14n, exponent: 0 }), undefined, policy).kind).to.equal("ok");
  });
});
