import process from "node:process";
import { expect } from "chai";
import { type Random, seededRandom } from "../../../../keepers/core/random.ts";
import { contributionsOf } from "../../../../keepers/quant/analytics/contributions.ts";
import { type AmountCause, type LedgerEvent, CAUSES } from "../../../../keepers/quant/analytics/events.ts";
import { createLedger } from "../../../../keepers/quant/analytics/ledger.ts";
import { expectNear } from "../../../support/near.ts";

const IS_DEEP = process.env["NEXUS_TEST_DEEP"] === "1";
const HISTORIES = IS_DEEP ? 10_000 : 1_000;
const DECIMALS = new Map([
  ["USDC", 6],
  ["WETH", 18],
  ["WBTC", 8],
]);
const TOKENS = [...DECIMALS.keys()];
const AMOUNT_CAUSES = [
  "carry",
  "lp-fee",
  "funding",
  "gas",
  "protocol-fee",
  "transfer",
] as const satisfies readonly AmountCause[];
const E18 = 10n ** 18n;
/** A dollar in the ledger's units. */
const USD = 10n ** 36n;

const one = <T>(random: Random, values: readonly [T, ...T[]] | readonly T[]): T => {
  const value = values[Number(random.below(BigInt(values.length)))];
  if (value === undefined) throw new Error("nothing to choose from");
  return value;
};

const whose = (random: Random) => ({
  agent: one(random, ["1", "2", "3"]),
  strategy: one(random, ["arbitrage", "lending"]),
  venue: one(random, ["DragonSwap", "Yei"]),
});

const anyAmount = (random: Random, token: string): bigint =>
  random.below(10n ** BigInt((DECIMALS.get(token) ?? 0) + 2)) + 1n;
const anyPrice = (random: Random): bigint => random.below(60_000n * E18) + 1n;

/** Any event at all: amounts are not tied to balances, since the identity must hold whatever is told. */
const anyEvent = (random: Random, time: number): LedgerEvent => {
  const token = one(random, TOKENS);
  const amount = anyAmount(random, token);
  const kind = one(random, ["price", "price", "flow", "allocation", "trade", "trade", "amount", "amount"] as const);
  if (kind === "price") return { kind, time, token, price: anyPrice(random) };
  if (kind === "flow") return { kind, time, token, amount: random.uniform() < 0.7 ? amount : -amount };
  if (kind === "allocation") return { kind, time, token, ...whose(random) };
  if (kind === "amount") {
    const cause = one(random, AMOUNT_CAUSES);
    return {
      kind,
      time,
      token,
      cause,
      amount: cause === "gas" || cause === "protocol-fee" ? -amount : amount,
      ...whose(random),
    };
  }
  const tokenOut = one(random, TOKENS);
  const spotOut = anyAmount(random, tokenOut);
  return {
    kind,
    time,
    ...whose(random),
    tokenIn: token,
    amountIn: amount,
    feeIn: random.below(amount + 1n),
    tokenOut,
    spotOut,
    amountOut: random.below(spotOut + 1n),
  };
};

const history = (seed: number, length = 30): readonly LedgerEvent[] => {
  const random = seededRandom(seed);
  const prices = TOKENS.map((token): LedgerEvent => ({ kind: "price", time: 0, token, price: anyPrice(random) }));
  return [...prices, ...Array.from({ length }, (_, i) => anyEvent(random, i + 1))];
};

describe("quant/analytics", () => {
  it(`leaves nothing over in ${HISTORIES} random histories, after any event [NX-QNT-09]`, () => {
    for (let seed = 0; seed < HISTORIES; seed += 1) {
      const ledger = createLedger(DECIMALS);
      for (const event of history(seed)) {
        ledger.apply(event);
        expect(ledger.report().residual, `seed ${seed}`).to.equal(0n);
      }
      const { results, valueResiduals } = ledger.report();
      for (const { token, residual } of valueResiduals) expect(residual, `${token}, seed ${seed}`).to.equal(0n);
      for (const dimension of ["agent", "strategy", "venue", "cause"] as const) {
        const sum = [...ledger.resultOf(dimension).values()].reduce((total, value) => total + value, 0n);
        expect(sum, `${dimension} of seed ${seed}`).to.equal(results);
      }
    }
  }).timeout(600_000);

  for (const planted of CAUSES) {
    it(`shows a fault in ${planted} alone as a residual of its size [NX-QNT-09]`, () => {
      let faults = 0n;
      const ledger = createLedger(DECIMALS, (event, view) =>
        contributionsOf(event, view).map((contribution) => {
          if (contribution.cause !== planted) return contribution;
          faults += 1n;
          return { ...contribution, value: contribution.value + 1n };
        }),
      );
      for (const event of history(7, 300)) ledger.apply(event);
      expect(faults > 0n).to.equal(true);
      const { residual, valueResiduals } = ledger.report();
      expect(residual).to.equal(-faults);
      expect(valueResiduals.reduce((sum, left) => sum + left.residual, 0n)).to.equal(-faults);
      expect(valueResiduals.some((left) => left.residual !== 0n)).to.equal(true);
    });
  }

  const [time, mine] = [0, { agent: "7", strategy: "arbitrage", venue: "DragonSwap" }];
  const started = () => {
    const ledger = createLedger(DECIMALS);
    ledger.apply({ kind: "price", time, token: "USDC", price: E18 });
    ledger.apply({ kind: "price", time, token: "WETH", price: 2_000n * E18 });
    ledger.apply({ kind: "flow", time, token: "USDC", amount: 10_000n * 10n ** 6n });
    return ledger;
  };

  it("splits a trade into arbitrage, pool fee and slippage, each by its own rule", () => {
    const ledger = started();
    // 1,000 $ of which 3 are the fee; the rest would buy 0.51 WETH at the pool's price and buys 0.505.
    ledger.apply({
      kind: "trade",
      time: 1,
      ...mine,
      tokenIn: "USDC",
      amountIn: 1_000_000_000n,
      feeIn: 3_000_000n,
      tokenOut: "WETH",
      spotOut: (51n * E18) / 100n,
      amountOut: (505n * E18) / 1_000n,
    });
    const causes = ledger.resultOf("cause");
    expect(causes.get("arbitrage")).to.equal(23n * USD);
    expect(causes.get("pool-fee")).to.equal(-3n * USD);
    expect(causes.get("slippage")).to.equal(-10n * USD);
    expect(ledger.report()).to.deep.include({
      netValue: 10_010n * USD,
      flows: 10_000n * USD,
      results: 10n * USD,
      residual: 0n,
    });
    expect(ledger.resultOf("agent")).to.deep.equal(new Map([["7", 10n * USD]]));
  });

  it("gives a change of price to the allocation in force, and to nobody before there is one", () => {
    const ledger = createLedger(DECIMALS);
    ledger.apply({ kind: "price", time, token: "WETH", price: 2_000n * E18 });
    ledger.apply({ kind: "flow", time, token: "WETH", amount: E18 });
    ledger.apply({ kind: "price", time: 1, token: "WETH", price: 2_100n * E18 });
    ledger.apply({ kind: "allocation", time: 2, token: "WETH", ...mine });
    ledger.apply({ kind: "price", time: 3, token: "WETH", price: 1_900n * E18 });
    expect(ledger.resultOf("agent")).to.deep.equal(
      new Map([
        ["none", 100n * USD],
        ["7", -200n * USD],
      ]),
    );
  });

  it("names each token whose balance on the chain is another, and by how much", () => {
    const ledger = started();
    ledger.apply({ kind: "observed", time: 1, balances: new Map([["USDC", 10_000_000_001n]]) });
    expect(ledger.report().tokenResiduals).to.deep.equal([
      { token: "USDC", observed: 10_000_000_001n, expected: 10_000_000_000n },
    ]);
    ledger.apply({ kind: "observed", time: 2, balances: new Map([["USDC", 10_000_000_000n]]) });
    expect(ledger.report().tokenResiduals).to.deep.equal([]);
  });

  it("chains returns between flows, weighs them by money beside it, and compares with holding", () => {
    const ledger = started();
    const carry = (at: number, amount: bigint): LedgerEvent => ({
      kind: "amount",
      time: at,
      ...mine,
      cause: "carry",
      token: "USDC",
      amount,
    });
    // 10 % on 10,000, then 90,000 come, then 5 % of 101,000 are lost; the second half of the time.
    ledger.apply(carry(50, 1_000_000_000n));
    ledger.apply({ kind: "flow", time: 50, token: "USDC", amount: 90_000_000_000n });
    ledger.apply(carry(100, -5_050_000_000n));
    const { performance, holdValue, netValue } = ledger.report();
    expectNear(performance.timeWeighted, 1.1 * 0.95 - 1, 1e-12);
    expectNear(performance.moneyWeighted, -4_050 / (10_000 + 45_000), 1e-12);
    expect(performance.annual).to.equal(undefined);
    expect(holdValue).to.equal(100_000n * USD);
    expect(netValue).to.equal(95_950n * USD);
  });

  it("counts idle time, and says nothing of a year before thirty days", () => {
    const days = 86_400;
    const after = (idle: number) => {
      const ledger = started();
      ledger.apply({ kind: "amount", time: days, ...mine, cause: "carry", token: "USDC", amount: 100_000_000n });
      ledger.apply({ kind: "observed", time: idle * days, balances: new Map() });
      return ledger.report().performance.annual;
    };
    expect(after(29)).to.equal(undefined);
    expectNear(after(73), Math.expm1(5 * Math.log1p(0.01)), 1e-12);
  });

  it("refuses a token without price or decimals, and time that goes back", () => {
    const ledger = started();
    const flow = (token: string, at = 1): LedgerEvent => ({ kind: "flow", time: at, token, amount: 1n });
    expect(() => ledger.apply(flow("WBTC"))).to.throw(RangeError, "WBTC has no price yet");
    expect(() => ledger.apply({ kind: "price", time: 1, token: "DOGE", price: 1n })).to.throw(
      RangeError,
      "DOGE has no known",
    );
    ledger.apply(flow("USDC", 5));
    expect(() => ledger.apply(flow("USDC", 4))).to.throw(RangeError, "time goes back from 5 to 4");
  });
});
