import { expect } from "chai";
import { type PlayedTrade, type RecordedTrade, playTrade, spreadsOf } from "../../../../keepers/backtest/divergence.ts";
import { type Pool, v2Pool } from "../../../../keepers/market/pool.ts";
import { poolAfter, quoteExactInput } from "../../../../keepers/market/quote.ts";
import { expectNear } from "../../../support/near.ts";
import { addressOf } from "../../../support/pools.ts";

const [A, B] = [addressOf(0xa1), addressOf(0xb1)];
const E18 = 10n ** 18n;
const PAIR: Pool = v2Pool({
  address: addressOf(0x71),
  token0: A,
  token1: B,
  reserve0: 1_000n * E18,
  reserve1: 900n * E18,
  feePips: 3_000n,
});

const quoteOf = (pool: Pool) => {
  const quote = quoteExactInput(pool, A, E18);
  if (quote.kind !== "ok") throw new Error(quote.why);
  return quote;
};
const plannedOut = quoteOf(PAIR).amountOut;
const stranger = { pool: PAIR.address, tokenIn: A, amountIn: E18, minOut: 0n, sqrtPriceLimitX96: 0n };
const behindOut = quoteOf(poolAfter(PAIR, quoteOf(PAIR).moved)).amountOut;

const tradeOf = (realisedOut: bigint, over: Partial<RecordedTrade> = {}): RecordedTrade => ({
  hash: "0x1",
  decidedAt: 7n,
  block: 8n,
  pools: [PAIR],
  strangers: [],
  hops: [{ pool: PAIR.address, tokenIn: A, amountIn: E18, expectedOut: plannedOut, realisedOut }],
  ...over,
});
const comparedOf = (trade: RecordedTrade): Extract<PlayedTrade, { kind: "compared" }> => {
  const played = playTrade(trade);
  if (played.kind === "unplayed") throw new Error(played.why);
  return played;
};

describe("The divergence of a trade [NX-QNT-24]", () => {
  it("is nought where it pays what it was to pay", () => {
    expect(comparedOf(tradeOf(plannedOut))).to.deep.equal({
      kind: "compared",
      hash: "0x1",
      decidedAt: 7n,
      block: 8n,
      strangers: 0,
      total: 0,
      byStrangers: 0,
      unexplained: 0,
    });
  });

  it("is explained by what others traded before it", () => {
    const { total, byStrangers, unexplained } = comparedOf(tradeOf(behindOut, { strangers: [stranger] }));
    expect(total).to.be.lessThan(-10);
    expect([byStrangers, unexplained]).to.deep.equal([total, 0]);
  });

  it("is unexplained as far as nothing that was recorded explains it", () => {
    const { total, byStrangers, unexplained } = comparedOf(tradeOf((plannedOut * 9_998n) / 10_000n));
    expectNear(unexplained, -2, 1e-4);
    expect([total, byStrangers]).to.deep.equal([unexplained, 0]);
    const lost = comparedOf(tradeOf((behindOut * 9_998n) / 10_000n, { strangers: [stranger] }));
    expectNear(lost.unexplained, -2, 1e-4);
    expectNear(lost.total, lost.byStrangers + lost.unexplained, 0.01);
  });

  it("is summed over the hops, and a stranger elsewhere moves nothing", () => {
    const [hop] = tradeOf((plannedOut * 9_999n) / 10_000n).hops;
    if (hop === undefined) throw new Error("a trade has a hop");
    const elsewhere = { ...stranger, pool: addressOf(0x99) };
    const { total, strangers } = comparedOf(tradeOf(0n, { hops: [hop, hop], strangers: [elsewhere] }));
    expectNear(total, -2, 1e-4);
    expect(strangers).to.equal(1);
  });

  it("is not said of a trade that the backtest would not make", () => {
    expect(playTrade(tradeOf(1n, { pools: [] }))).to.include({ kind: "unplayed", why: "unknown-pool" });
    const empty = v2Pool({ ...PAIR, reserve0: 0n, reserve1: 0n });
    expect(playTrade(tradeOf(1n, { pools: [empty] }))).to.include({ kind: "unplayed", why: "pool-empty" });
  });

  it("is told by its size: all of it where nobody came before, what is unexplained where somebody did", () => {
    const named = { kind: "compared", hash: "0x1", decidedAt: 1n, block: 2n } as const;
    const alone = Array.from({ length: 100 }, (_, index) => ({
      ...named,
      strangers: 0,
      byStrangers: 0,
      total: -index,
      unexplained: -index,
    }));
    const amid = { ...named, strangers: 2, total: 5, byStrangers: 4, unexplained: 1 };
    const unplayed = { kind: "unplayed", hash: "0x2", decidedAt: 1n, block: 2n, why: "pool-empty" } as const;
    expect(spreadsOf([...alone, amid, unplayed])).to.deep.equal({
      alone: { count: 100, median: 49, p99: 98 },
      amid: { count: 1, median: 5, p99: 5 },
      amidUnexplained: { count: 1, median: 1, p99: 1 },
      unplayed: 1,
    });
    expect(spreadsOf([]).alone).to.equal(undefined);
  });
});
