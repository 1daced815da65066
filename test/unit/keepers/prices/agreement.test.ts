import { expect } from "chai";
import fc from "fast-check";
import { type FeedRule, type RawAnswer, agree } from "../../../../keepers/market/prices/agreement.ts";

const WAD = 10n ** 18n;
const NOW = 1_700_000_000n;
const RULE = { maxAge: 1_000n, deviationBps: 100n };

const ruleOf = (count: number, quorum: number, maxBandBps = 10_000n): FeedRule => ({
  quorum,
  maxBandBps,
  sources: Array.from({ length: count }, () => RULE),
});
const dollars = (price: number, change: Partial<NonNullable<RawAnswer>> = {}): RawAnswer => ({
  price: BigInt(Math.round(price * 1e6)) * 10n ** 12n,
  updatedAt: NOW,
  interval: 0n,
  ...change,
});
const brief = (rule: FeedRule, answers: readonly RawAnswer[]) => {
  const { status, middle, lower, upper, confidenceBps, states } = agree(rule, answers, NOW);
  const ends = [lower, middle, upper].map((end) => Number((end * 10_000n) / WAD) / 10_000);
  return { status, ends, confidenceBps, states };
};

describe("market/prices/agreement", () => {
  it("takes one source for what it is", () => {
    expect(brief(ruleOf(1, 1), [dollars(100)])).to.deep.equal({
      status: "Ready",
      ends: [99, 100, 101],
      confidenceBps: 9_900n,
      states: ["Agreeing"],
    });
  });

  it("leaves out one that stands apart, and is less sure", () => {
    expect(brief(ruleOf(3, 2), [dollars(102), dollars(100), dollars(150)])).to.deep.equal({
      status: "Ready",
      ends: [99, 101, 103.02],
      confidenceBps: 6_533n,
      states: ["Agreeing", "Agreeing", "Outlier"],
    });
  });

  it("leaves the farthest end on each side out of three that agree", () => {
    expect(brief(ruleOf(3, 2), [dollars(102), dollars(100), dollars(101)]).ends).to.deep.equal([99.99, 101, 102.01]);
    expect(brief(ruleOf(3, 3), [dollars(102), dollars(100), dollars(101)]).ends).to.deep.equal([99, 101, 103.02]);
  });

  it("has no price where two groups contradict, or none reaches the quorum", () => {
    const pairs = [dollars(100), dollars(110), dollars(101), dollars(111)];
    expect(brief(ruleOf(4, 2), pairs).status).to.equal("SourcesDisagree");
    expect(brief(ruleOf(4, 3), [dollars(100), dollars(110), dollars(101), dollars(120)])).to.deep.equal({
      status: "SourcesDisagree",
      ends: [0, 0, 0],
      confidenceBps: 0n,
      states: ["Outlier", "Outlier", "Outlier", "Outlier"],
    });
  });

  it("says why a source does not count", () => {
    const answers = [
      undefined,
      dollars(0),
      dollars(1, { price: 1n << 128n }),
      dollars(1, { updatedAt: NOW + 1n }),
      dollars(1, { updatedAt: NOW - 1_001n }),
      dollars(1, { interval: WAD }),
      dollars(1, { updatedAt: NOW - 1_000n, interval: WAD - 1n }),
    ];
    const { status, states, fresh } = agree(ruleOf(7, 2), answers, NOW);
    expect([status, fresh]).to.deep.equal(["QuorumMissed", 1]);
    expect(states).to.deep.equal(["Unreadable", "NotAPrice", "NotAPrice", "Ahead", "Stale", "Unsure", "Outlier"]);
    expect(agree(ruleOf(0, 1), [], NOW).status).to.equal("UnknownAsset");
  });

  it("refuses a band that is too wide, and says which it was", () => {
    const answer = brief(ruleOf(1, 1, 199n), [dollars(100)]);
    expect([answer.status, answer.ends, answer.confidenceBps]).to.deep.equal(["BandTooWide", [99, 100, 101], 0n]);
    expect(brief(ruleOf(1, 1, 200n), [dollars(100)]).status).to.equal("Ready");
  });

  it("keeps the truth in the band while fewer sources than the quorum are wrong [NX-ORA-03]", () => {
    const wrong = fc.record({
      price: fc.oneof(fc.bigInt(90n * WAD, 110n * WAD), fc.bigInt(0n, 1n << 129n)),
      updatedAt: fc.bigInt(NOW - 1_100n, NOW + 10n),
      interval: fc.oneof(fc.constant(0n), fc.bigInt(0n, 200n * WAD)),
    });
    const right = fc.record({
      price: fc.bigInt(9_901n, 10_100n).map((bps) => (bps * WAD) / 100n),
      updatedAt: fc.bigInt(NOW - 1_000n, NOW),
      interval: fc.constant(0n),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(wrong, { maxLength: 3 }),
        fc.array(right),
        (quorum, bad, good) => {
          const liars = bad.slice(0, quorum - 1);
          const answers = [...liars, ...good.slice(0, 4 - liars.length)];
          const { status, lower, middle, upper } = agree(ruleOf(answers.length, quorum, 65_535n), answers, NOW);
          if (status !== "Ready") return;
          expect(lower <= 100n * WAD && 100n * WAD <= upper, "the truth left the band").to.equal(true);
          expect(lower <= middle && middle <= upper, "the middle left the band").to.equal(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
