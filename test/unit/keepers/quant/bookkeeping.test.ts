import process from "node:process";
import { expect } from "chai";
import { bookBlock } from "../../../../keepers/quant/analytics/bookkeeping.ts";
import type { BlockFacts, LogFact } from "../../../../keepers/quant/analytics/facts.ts";
import { type LedgerReport, createLedger } from "../../../../keepers/quant/analytics/ledger.ts";
import { BASE, DECIMALS, treasuryHistory } from "../../../support/treasuryHistory.ts";

const HISTORIES = process.env["NEXUS_TEST_DEEP"] === "1" ? 10_000 : 200;
const E18 = 10n ** 18n;
const USD = 10n ** 36n;

const reportOf = (blocks: readonly BlockFacts[]): LedgerReport => {
  const ledger = createLedger(DECIMALS);
  for (const event of blocks.flatMap(bookBlock)) ledger.apply(event);
  return ledger.report();
};

/** A block at prices of one dollar for USDC and 2,000 for WETH. */
const blockOf = (facts: readonly LogFact[], over: Partial<BlockFacts> = {}): BlockFacts => ({
  block: 1,
  time: 1,
  prices: new Map([
    [BASE, E18],
    ["WETH", 2_000n * E18],
  ]),
  gasPrice: E18 / 2n,
  transactions: [{ facts, gasPaid: 10n ** 16n }],
  ...over,
});
const rowsOf = (facts: readonly LogFact[]) =>
  new Map(
    reportOf([blockOf(facts)]).rows.map(({ agent, strategy, venue, cause, value }) => [
      `${agent} ${strategy} ${venue} ${cause}`,
      value,
    ]),
  );

const paid = { kind: "transfer", token: BASE, amount: -1_000_000_000n } as const;
const got = { kind: "transfer", token: "WETH", amount: E18 / 2n } as const;
const swap = {
  kind: "swap",
  pool: "pool",
  tokenIn: BASE,
  amountIn: 1_000_000_000n,
  feeIn: 3_000_000n,
  tokenOut: "WETH",
  spotOut: (51n * E18) / 100n,
  amountOut: E18 / 2n,
} as const;
const acted = { kind: "execution", agent: "7", hash: "0x01" } as const;

describe("quant/analytics/bookkeeping", () => {
  it(`books ${HISTORIES} random histories of a treasury with nothing left over in any token [NX-QNT-15]`, () => {
    for (let seed = 0; seed < HISTORIES; seed += 1) {
      const report = reportOf(treasuryHistory(seed));
      expect(report.residual, `seed ${seed}`).to.equal(0n);
      for (const { token, residual } of report.valueResiduals) expect(residual, `${token}, seed ${seed}`).to.equal(0n);
      expect(report.tokenResiduals, `seed ${seed}`).to.deep.equal([]);
    }
  }).timeout(600_000);

  const corrupted: Readonly<Record<string, (fact: LogFact) => LogFact>> = {
    transfer: (fact) => (fact.kind === "transfer" ? { ...fact, amount: fact.amount + 1n } : fact),
    deposit: (fact) => (fact.kind === "deposit" ? { ...fact, amount: fact.amount + 1n } : fact),
    "in-kind": (fact) =>
      fact.kind === "in-kind"
        ? { ...fact, amounts: fact.amounts.map(([token, amount]) => [token, amount + 1n]) }
        : fact,
    paid: (fact) => (fact.kind === "paid" ? { ...fact, amount: fact.amount + 1n } : fact),
    interest: (fact) => (fact.kind === "interest" ? { ...fact, amount: fact.amount + 1n } : fact),
  };
  for (const [kind, corrupt] of Object.entries(corrupted)) {
    it(`shows one wrong ${kind} as a token whose balance is another [NX-QNT-15]`, () => {
      const whole = treasuryHistory(11, 60);
      let isDone = false;
      const wrong = whole.map((block) => ({
        ...block,
        transactions: block.transactions.map(({ facts, gasPaid }) => ({
          gasPaid,
          facts: facts.map((fact) => {
            const changed = isDone ? fact : corrupt(fact);
            isDone ||= changed !== fact;
            return changed;
          }),
        })),
      }));
      expect(isDone).to.equal(true);
      expect(reportOf(whole).tokenResiduals).to.deep.equal([]);
      expect(reportOf(wrong).tokenResiduals).to.not.deep.equal([]);
    });
  }

  it("says block by block what a recomputation from the start says [NX-QNT-16]", () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const blocks = treasuryHistory(seed, 30);
      const live = createLedger(DECIMALS);
      blocks.forEach((block, index) => {
        for (const event of bookBlock(block)) live.apply(event);
        expect(live.report(), `block ${index} of seed ${seed}`).to.deep.equal(reportOf(blocks.slice(0, index + 1)));
      });
    }
  });

  it("gives a trade, its gas and the fee on its gain to the proposal that made it", () => {
    const cycle = { ...swap, tokenIn: "WETH", amountIn: E18 / 2n, feeIn: 0n, tokenOut: BASE, spotOut: 1_100_000_000n };
    const back = { ...cycle, amountOut: 1_100_000_000n } as const;
    const rows = rowsOf([
      paid,
      swap,
      back,
      { kind: "transfer", token: BASE, amount: 1_100_000_000n },
      acted,
      { kind: "fee", token: BASE, amount: 8_000_000n },
    ]);
    expect(rows).to.deep.equal(
      new Map([
        // 1,020 - 997 dollars, then 1,100 - 1,000.
        ["7 arbitrage pool arbitrage", 123n * USD],
        ["7 arbitrage pool pool-fee", -3n * USD],
        ["7 arbitrage pool slippage", -20n * USD],
        ["7 arbitrage treasury protocol-fee", -8n * USD],
        ["7 arbitrage chain gas", -USD / 200n],
      ]),
    );
  });

  it("gives prices after a change of holdings to who changed them", () => {
    const later = blockOf([], { block: 2, time: 2, prices: new Map([["WETH", 2_200n * E18]]), transactions: [] });
    const { rows } = reportOf([blockOf([paid, swap, got, acted]), later]);
    expect(rows.filter(({ cause }) => cause === "price")).to.deep.equal([
      { agent: "7", strategy: "rebalance", venue: "treasury", cause: "price", value: 100n * USD },
    ]);
  });

  it("believes no swap of which a leg is neither the treasury's nor passed on, and books the transfers by themselves", () => {
    const foreign = { ...swap, amountOut: E18 / 2n + 1n };
    // 1,000 dollars go and 1,000 come: the two transfers cancel, and only gas is left.
    expect(rowsOf([paid, foreign, got, acted])).to.deep.equal(new Map([["7 other chain gas", -USD / 200n]]));
    const gift = { kind: "transfer", token: "WETH", amount: E18 } as const;
    expect(rowsOf([gift]).get("none idle treasury transfer")).to.equal(2_000n * USD);
  });

  it("takes no other transfer of the same amount for the payment of what is owed", () => {
    const owed = { kind: "owed", token: BASE, amount: 1_000_000_000n } as const;
    const inKind = { kind: "in-kind", amounts: [[BASE, owed.amount]] } as const;
    expect(rowsOf([owed, inKind, paid, swap, got, acted]).get("7 rebalance pool pool-fee")).to.equal(-3n * USD);
  });

  it("books an exit in kind when it is owed, and its payment not again", () => {
    const inKind = { kind: "in-kind", amounts: [["WETH", E18]] } as const;
    const gift = { kind: "transfer", token: "WETH", amount: E18 } as const;
    const first = blockOf([gift, { kind: "owed", token: "WETH", amount: E18 }, inKind]);
    const payment = blockOf(
      [
        { kind: "paid", token: "WETH", amount: E18 },
        { ...gift, amount: -E18 },
      ],
      { time: 2 },
    );
    for (const blocks of [[first], [first, payment]]) {
      const { flows, balances, netValue } = reportOf(blocks);
      expect({ flows, netValue, left: balances.get("WETH") }).to.deep.equal({
        flows: -2_000n * USD,
        netValue: 0n,
        left: 0n,
      });
    }
  });
});
