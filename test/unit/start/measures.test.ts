import { expect } from "chai";
import fc from "fast-check";
import { amountText, decimal, signedText } from "../../../keepers/views/amounts.ts";
import { captureOf, episodesOf } from "../../../scripts/run/episodes.ts";
import { percentile, spreadOf } from "../../../keepers/views/percentile.ts";
import { reportLines, reportOf } from "../../../scripts/start/report.ts";
import { EMPTY_SLOW } from "../../../keepers/views/slowStories.ts";

describe("gap episodes", () => {
  const values = (...list: readonly (readonly [number, bigint])[]) => list.map(([block, value]) => ({ block, value }));

  it("are runs of consecutive blocks with a profit, worth the largest of it", () => {
    const found = episodesOf(values([1, 0n], [2, 5n], [3, 9n], [4, 7n], [5, 0n], [6, 2n], [7, -1n]));
    expect(found).to.deep.equal([
      { first: 2, last: 4, value: 9n },
      { first: 6, last: 6, value: 2n },
    ]);
  });

  it("end where a block was not looked at", () => {
    expect(episodesOf(values([1, 5n], [3, 6n]))).to.have.length(2);
  });

  it("count a trade that was mined in the block after one of theirs, and no other", () => {
    const episodes = [{ first: 10, last: 12, value: 100n }];
    const takenIn = (block: number) => captureOf(episodes, [{ block, profit: 60n }]).taken;
    expect([10, 11, 12, 13, 14].map(takenIn)).to.deep.equal([0n, 60n, 60n, 60n, 0n]);
  });

  it("give the share of what was taken, which several trades in one episode push above one", () => {
    const episodes = [
      { first: 1, last: 3, value: 100n },
      { first: 7, last: 7, value: 300n },
    ];
    const trades = [
      { block: 2, profit: 90n },
      { block: 4, profit: 70n },
      { block: 8, profit: 290n },
      { block: 20, profit: 1_000n },
    ];
    expect(captureOf(episodes, trades)).to.deep.equal({
      taken: 450n,
      available: 400n,
      share: 1.125,
      cappedShare: 0.975,
    });
    expect(captureOf([], trades).share).to.equal(null);
  });

  it("never share more than all when capped", () => {
    const amount = fc.bigInt({ min: 0n, max: 1_000n });
    const blockValues = fc.array(amount, { maxLength: 40 }).map((all) => all.map((value, block) => ({ block, value })));
    const trades = fc.array(fc.record({ block: fc.nat(50), profit: amount }));
    fc.assert(
      fc.property(blockValues, trades, (all, taken) => {
        const episodes = episodesOf(all);
        const share = captureOf(episodes, taken).cappedShare;
        const worth = all.reduce((sum, { value }) => sum + value, 0n);
        const counted = episodes.reduce((sum, { value }) => sum + value, 0n);
        return (share === null ? counted === 0n : share >= 0 && share <= 1) && counted <= worth;
      }),
    );
  });
});

describe("percentiles", () => {
  it("are the nearest rank", () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([1, 50, 99, 100].map((percent) => percentile(values, percent))).to.deep.equal([1, 50, 99, 100]);
    expect(percentile([7], 99)).to.equal(7);
    expect(spreadOf([3, 1, 2])).to.deep.equal({ p50: 2, p99: 3 });
    expect(spreadOf([])).to.deep.equal({ p50: null, p99: null });
  });
});

describe("amounts", () => {
  it("are exact as decimals", () => {
    expect([1_500_000n, -1n, 0n, 10n ** 12n].map((units) => decimal(units, 6))).to.deep.equal([
      "1.5",
      "-0.000001",
      "0",
      "1000000",
    ]);
    expect(decimal(-1234n, 0)).to.equal("-1234");
  });

  it("come back from their decimal form", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
        fc.integer({ min: 0, max: 18 }),
        (units, decimals) => {
          const [whole = "", fraction = ""] = decimal(units, decimals).replace("-", "").split(".");
          const back = BigInt(whole + fraction.padEnd(decimals, "0"));
          return (units < 0n ? -back : back) === units;
        },
      ),
    );
  });

  it("are cut and grouped for people", () => {
    expect(amountText(1_234_567_899_999n, 6, 2)).to.equal("1,234,567.89");
    expect(amountText(999n, 0, 0)).to.equal("999");
    expect([signedText(1_000_000n, 6, 1), signedText(-1_000_000n, 6, 1)]).to.deep.equal(["+1.0", "-1.0"]);
    // What is shown as nought has no sign: it is none in what can be read.
    const small = [amountText(-4n, 6, 2), signedText(-9_999n, 6, 2), signedText(9_999n, 6, 2), amountText(-1n, 0, 0)];
    expect(small).to.deep.equal(["0.00", "0.00", "0.00", "-1"]);
    expect([signedText(-10_000n, 6, 2), signedText(10_000n, 6, 2)]).to.deep.equal(["-0.01", "+0.01"]);
    expect([signedText(-400_000n, 6, 0), signedText(1_400_000n, 6, 0)]).to.deep.equal(["0", "+1"]);
  });
});

describe("the report", () => {
  const report = reportOf({
    blocks: 150,
    decimals: 6,
    proposals: 3,
    refused: { "too-old": 1 },
    episodes: [{ first: 1, last: 1, value: 4_000_000n }],
    trades: [
      { block: 2, profit: 3_000_000n },
      { block: 9, profit: 1n },
    ],
    treasuryBefore: 500_000_000_000n,
    treasuryAfter: 500_003_500_000n,
    profitGross: 3_500_000n,
    gasPaid: 499_999n,
    latencyMs: [400.04, 500],
    latencyBlocks: [1, 1],
    slow: { ...EMPTY_SLOW, proposed: 5, ends: { vetoed: 1, expired: 1 }, votesFor: 8, votesAgainst: 2 },
    slowExecuted: 2,
    slowChange: -1_500_000n,
  });

  it("has the fields that were agreed, amounts as decimal strings", () => {
    expect(report).to.deep.equal({
      blocks: 150,
      opportunities: 1,
      proposals: 3,
      enacted: 2,
      refused: { "too-old": 1 },
      treasuryBefore: "500000",
      treasuryAfter: "500003.5",
      profitGross: "3.5",
      gasPaid: "0.499999",
      profitNet: "3.000001",
      captured: 0.75,
      latencyMs: { p50: 400, p99: 500 },
      latencyBlocks: { p50: 1, p99: 1 },
      slow: { proposals: 5, executed: 2, vetoed: 1, lapsed: 1, open: 1, votesFor: 8, votesAgainst: 2, changed: "-1.5" },
    });
  });

  it("is told in lines", () => {
    const text = reportLines(report, 0.5).join("\n");
    expect(text)
      .to.include("75.00 %")
      .and.to.include("50.00 % with no gap")
      .and.to.include("1 × it was decided on too old a block");
    expect(text).to.include("slow path: 5 proposed, 2 executed, 1 vetoed, 1 lapsed, 1 open; 8 votes for, 2 against");
  });
});
