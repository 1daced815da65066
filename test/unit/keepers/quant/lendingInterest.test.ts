import { expect } from "chai";
import { seededRandom } from "../../../../keepers/core/random.ts";
import { RAY, rayDiv, rayMul } from "../../../../keepers/market/lending/ray.ts";
import { analyse } from "../../../../keepers/quant/analytics/analyse.ts";
import { bookBlock } from "../../../../keepers/quant/analytics/bookkeeping.ts";
import type { BlockFacts, LogFact } from "../../../../keepers/quant/analytics/facts.ts";
import { withInterest } from "../../../../keepers/quant/analytics/lendingInterest.ts";
import { type LedgerReport, createLedger } from "../../../../keepers/quant/analytics/ledger.ts";

const E18 = 10n ** 18n;
const DECIMALS = new Map([
  ["USDC", 6],
  ["aUSDC", 6],
  ["gas", 18],
]);
const PRICES = new Map([
  ["USDC", E18],
  ["aUSDC", E18],
]);

const reportOf = (blocks: readonly BlockFacts[]): LedgerReport => {
  const ledger = createLedger(DECIMALS);
  for (const event of withInterest(blocks).flatMap(bookBlock)) ledger.apply(event);
  return ledger.report();
};

/** A market's token as Aave v3 keeps it: a scaled balance and an index that grows. What is observed is what it would answer. */
const lendingHistory = (seed: number, blocks = 30): readonly BlockFacts[] => {
  const random = seededRandom(seed);
  let [index, scaled, cash] = [RAY + random.below(RAY), 0n, 10n ** 12n];
  return Array.from({ length: blocks }, (_, block): BlockFacts => {
    index += random.below(index / 100n);
    const isOut = scaled > 0n && random.uniform() < 0.4;
    const most = isOut ? rayMul(scaled, index) : cash;
    const amount = (isOut ? -1n : 1n) * (random.below(most) + 1n);
    const given: LogFact = { kind: "deposit", token: "USDC", amount: cash };
    const facts: readonly LogFact[] = [
      ...(block === 0 ? [{ kind: "transfer", token: "USDC", amount: cash } as const, given] : []),
      { kind: "transfer", token: "USDC", amount: -amount },
      { kind: "position", token: "aUSDC", amount, index, venue: "Yei" },
      { kind: "execution", agent: "3", hash: "0x01" },
    ];
    scaled += amount < 0n ? -rayDiv(-amount, index) : rayDiv(amount, index);
    cash -= amount;
    // The index goes on within the block's last seconds.
    index += random.below(10n ** 20n);
    const balances = new Map([
      ["USDC", cash],
      ["aUSDC", rayMul(scaled, index)],
    ]);
    const indexes = new Map([["aUSDC", index]]);
    const transactions = [{ gasPaid: 0n, facts }];
    return { block, time: block, prices: PRICES, gasPrice: undefined, transactions, indexes, balances };
  });
};

describe("quant/analytics/lendingInterest", () => {
  it("comes to the position's worth to the unit after 200 random histories of supplies and withdrawals [NX-QNT-18]", () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const blocks = lendingHistory(seed);
      for (const length of [1, 7, 30]) {
        const report = reportOf(blocks.slice(0, length));
        expect(report.tokenResiduals, `seed ${seed}, ${length} blocks`).to.deep.equal([]);
        expect(report.residual).to.equal(0n);
      }
    }
  });

  it("gives interest to the agent that moved the position last, and calls its proposals lending", () => {
    const { rows } = reportOf(lendingHistory(4));
    const carry = rows.filter(({ cause }) => cause === "carry");
    expect(carry.map(({ agent, strategy, venue }) => [agent, strategy, venue])).to.deep.equal([
      ["3", "lending", "Yei"],
    ]);
    expect((carry[0]?.value ?? 0n) > 0n).to.equal(true);
    // What goes out in dollars comes in as a position of the same worth, at the same venue.
    expect(rows.filter(({ cause }) => cause === "transfer")).to.deep.equal([]);
    const supply = lendingHistory(4).slice(0, 1);
    const apart = supply.map((block) => ({ ...block, prices: new Map([...PRICES, ["aUSDC", 2n * E18]]) }));
    expect(reportOf(apart).rows.map(({ strategy, venue, cause }) => [strategy, venue, cause])).to.deep.include([
      "lending",
      "Yei",
      "transfer",
    ]);
  });

  it("shows an index that is a billionth too high as a position that is worth another amount [NX-QNT-18]", () => {
    const blocks = lendingHistory(4).map((block) => ({
      ...block,
      indexes: new Map([...(block.indexes ?? [])].map(([token, index]) => [token, index + index / 10n ** 9n])),
    }));
    expect(reportOf(blocks).tokenResiduals.map(({ token }) => token)).to.deep.equal(["aUSDC"]);
  });

  it("is part of the analysis of a history, which compares the treasury at the marks alone", () => {
    const blocks = lendingHistory(4);
    const marks = new Map([0, 10, 20, 29].map((block) => [block, new Map([["Yei", 1 + block / 1_000]])]));
    const history = { blocks, decimals: DECIMALS, marks, assets: ["USDC"] };
    const terms = { tradeCost: 0, cashRate: 0, marketCost: 0 };
    const plan = { length: 1, repeats: 10, confidence: 0.9, random: seededRandom(1) };
    const { report, ticks, since, compared } = analyse(history, terms, plan);
    expect(report).to.deep.equal(reportOf(blocks));
    expect([ticks, since]).to.deep.equal([4, 0]);
    const own = compared.find(({ name }) => name === "treasury");
    expect(own?.total).to.satisfy((total: number) => total > 0);
    expect(compared.find(({ name }) => name === "hold")?.total).to.equal(0);
    // Three steps are fewer than five blocks.
    expect(own?.interval).to.equal(undefined);
  });
});
