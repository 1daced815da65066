import { expect } from "chai";
import fc from "fast-check";
import { type ChainSnapshot, valueAt } from "../../../../keepers/core/chainSnapshot.ts";
import { firstInvalid } from "../../../../keepers/core/conditionRule.ts";
import { CONDITION_KIND } from "../../../../keepers/core/proposal.ts";
import { type Address, blockNumber, seconds, unixSeconds } from "../../../../keepers/core/units.ts";
import { v2Pool } from "../../../../keepers/market/pool.ts";
import { type Rebalance, decide } from "../../../../keepers/agents/rebalance/decide.ts";
import type { RebalancePolicy } from "../../../../keepers/agents/rebalance/policy.ts";
import { emptyWindow } from "../../../../keepers/quant/priceWindow.ts";
import { conditionsOf, reasonOf, entryOf } from "../../../../keepers/agents/rebalance/plan.ts";
import { TREASURY, USDC, WAD, WSEI, account, chainSnapshot, tokenState } from "../../../support/keeperBuilders.ts";

const POLICY: RebalancePolicy = {
  base: USDC,
  targets: new Map([[WSEI, 250n]]),
  bandBps: 100n,
  edgeBps: 0n,
  maxTradeUsd: 20_000n * WAD,
  slippageBps: 200n,
  lifetime: seconds(600n),
};

/** Ten million dollars on each side, so that a trade moves it by little, at the price of 0.30. */
const DEEP = v2Pool({
  address: account(0x7001),
  token0: USDC,
  token1: WSEI,
  reserve0: 10n ** 13n,
  reserve1: 10n ** 26n / 3n,
  feePips: 3000n,
});
const SHALLOW = {
  ...DEEP,
  address: account(0x7002),
  reserve0: DEEP.reserve0 / 1_000n,
  reserve1: DEEP.reserve1 / 1_000n,
};

const holding = (usdc: bigint, wsei: bigint, changes: Partial<ChainSnapshot> = {}): ChainSnapshot =>
  chainSnapshot({
    tokens: [tokenState(USDC, { balance: usdc * 10n ** 6n }), tokenState(WSEI, { balance: wsei * WAD })],
    ...changes,
  });

const NOTHING: ReadonlySet<Address> = new Set();
const answer = (view: ChainSnapshot, pools = [SHALLOW, DEEP], policy = POLICY, skip = NOTHING) =>
  decide({ view, pools, skip, window: emptyWindow([]), atMost: new Map() }, policy);
const tradeOf = (view: ChainSnapshot, policy = POLICY): Rebalance => {
  const decision = answer(view, [SHALLOW, DEEP], policy);
  if (decision.kind === "rest") throw new Error(decision.why);
  return decision.trade;
};
const whyNot = (...args: Parameters<typeof answer>): string => {
  const decision = answer(...args);
  return decision.kind === "rest" ? decision.why : "it trades";
};

describe("What to do about the treasury's spread", () => {
  it("buys what is missing of a token through the pool that pays the most", () => {
    const trade = tradeOf(holding(500_000n, 0n));
    expect([trade.tokenIn, trade.tokenOut, trade.amountIn]).to.deep.equal([USDC, WSEI, 12_500n * 10n ** 6n]);
    expect(trade.pool.address).to.equal(DEEP.address);
    expect([trade.partBps, trade.targetBps]).to.deep.equal([0n, 250n]);
    expect(trade.deadline).to.equal(1_600n);
    // No more than 2 % below what the pool pays, which is less than the oracle's price says.
    const fair = 12_500n * WAD;
    expect(valueAt({ decimals: 18 }, trade.minOut, (3n * WAD) / 10n) >= (fair * 96n) / 100n).to.equal(true);
    expect(trade.maxLoss > 0n && trade.maxLoss < 1_000n * WAD).to.equal(true);
  });

  it("sells what is too much of it", () => {
    const trade = tradeOf(holding(400_000n, 333_333n));
    expect([trade.tokenIn, trade.tokenOut]).to.deep.equal([WSEI, USDC]);
    const usd = valueAt({ decimals: 18 }, trade.amountIn, (3n * WAD) / 10n);
    expect(usd <= POLICY.maxTradeUsd && usd > 19_999n * WAD).to.equal(true);
    expect(trade.floor < 333_333n * WAD - trade.amountIn && trade.floor > 0n).to.equal(true);
  });

  it("rests within the band, without a price, without money, without a pool that is fair, and on what it is told to skip", () => {
    expect(whyNot(holding(490_000n, 33_000n))).to.equal("within-bands");
    expect(whyNot(holding(500_000n, 0n), [DEEP], POLICY, new Set([WSEI]))).to.equal("within-bands");
    expect(whyNot(holding(0n, 0n))).to.equal("empty");
    expect(whyNot(holding(500_000n, 0n), [])).to.equal("no-pool");
    expect(whyNot(holding(500_000n, 0n), [SHALLOW])).to.equal("no-pool");
    const stale = [tokenState(USDC), tokenState(WSEI, { status: "QuorumMissed" })];
    expect(whyNot(chainSnapshot({ tokens: stale }))).to.equal("oracle-not-ready");
    expect(whyNot(chainSnapshot({ tokens: [tokenState(WSEI)] }))).to.equal("oracle-not-ready");
  });

  it("never trades more than one proposal may, than is held, or away from the target", () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 10n ** 6n), fc.bigInt(0n, 10n ** 7n), (usdc, wsei) => {
        const view = holding(usdc, wsei);
        const decision = answer(view, [DEEP]);
        if (decision.kind === "rest") return true;
        const { tokenIn, amountIn, partBps, targetBps, minOut } = decision.trade;
        const sold = view.tokens.find(({ token }) => token === tokenIn);
        if (sold === undefined || minOut <= 0n) return false;
        const usd = valueAt(sold, amountIn, sold.price.middle);
        return amountIn <= sold.balance && usd <= POLICY.maxTradeUsd && partBps < targetBps === (tokenIn === USDC);
      }),
    );
  });

  it("leaves alone what is exactly at the edge of its band, and trades one unit of a basis point beyond", () => {
    const wide = (targetBps: bigint) => ({ ...POLICY, targets: new Map([[WSEI, targetBps]]), bandBps: 250n });
    // A quarter of a million WSEI is 75,000 of a million dollars: 7.5 %.
    const view = holding(925_000n, 250_000n);
    expect(whyNot(view, [DEEP], wide(1_000n))).to.equal("within-bands");
    expect(whyNot(view, [DEEP], wide(500n))).to.equal("within-bands");
    expect(tradeOf(view, wide(1_001n)).tokenIn).to.equal(USDC);
    expect(tradeOf(view, wide(499n)).tokenIn).to.equal(WSEI);
  });

  it("asks for the prices of what it spreads and of its base, and of nothing else", () => {
    const STRANGER = account(0x1009);
    const stale = { status: "QuorumMissed" } as const;
    const seeing = (...others: readonly ReturnType<typeof tokenState>[]) =>
      chainSnapshot({ tokens: [tokenState(USDC), tokenState(WSEI), ...others] });
    expect(whyNot(seeing(tokenState(STRANGER, { ...stale, balance: 0n })))).to.equal("it trades");
    expect(whyNot(chainSnapshot({ tokens: [tokenState(USDC, stale), tokenState(WSEI)] }))).to.equal("oracle-not-ready");
    expect(whyNot(chainSnapshot({ tokens: [tokenState(USDC), tokenState(WSEI, stale)] }))).to.equal("oracle-not-ready");
  });

  it("has nothing to spread where what is held is worth nothing, and nothing to sell where one unit is dust", () => {
    const worthless = { price: { lower: 0n, middle: 0n, upper: 0n } };
    const view = chainSnapshot({ tokens: [tokenState(USDC, { balance: 0n }), tokenState(WSEI, worthless)] });
    expect(whyNot(view)).to.equal("within-bands");
    // The treasury is all WSEI, and has no base asset to buy more of another token with.
    const poor = { ...POLICY, targets: new Map([[account(0x1003), 5_000n]]) };
    const other = tokenState(account(0x1003), { balance: 0n, price: tokenState(WSEI).price });
    expect(whyNot(chainSnapshot({ tokens: [...holding(0n, 1_000n).tokens, other] }), [DEEP], poor)).to.equal("no-pool");
  });

  it("asks only pools of the two tokens, and of two that pay the same takes the first", () => {
    const elsewhere = v2Pool({
      address: account(0x7003),
      token0: USDC,
      token1: account(0x1003),
      reserve0: 10n ** 13n,
      reserve1: 10n ** 27n,
      feePips: 3000n,
    });
    const twin = { ...DEEP, address: account(0x7004) };
    const poolFor = (...pools: readonly (typeof DEEP)[]) => {
      const decision = answer(holding(500_000n, 0n), [...pools]);
      return decision.kind === "rest" ? decision.why : decision.trade.pool.address;
    };
    expect(poolFor(elsewhere, DEEP)).to.equal(DEEP.address);
    expect(poolFor(elsewhere)).to.equal("no-pool");
    expect(poolFor(DEEP, SHALLOW)).to.equal(DEEP.address);
    expect(poolFor(DEEP, twin)).to.equal(DEEP.address);
    expect(poolFor(twin, DEEP)).to.equal(twin.address);
    // A pool that is empty quotes nothing, and does not hide those after it.
    expect(poolFor({ ...DEEP, reserve0: 0n, reserve1: 0n }, DEEP)).to.equal(DEEP.address);
  });

  it("takes a pool at exactly the least that is fair, and none below", () => {
    const paying = { ...POLICY, slippageBps: 0n };
    expect(whyNot(holding(500_000n, 0n), [DEEP], paying)).to.equal("no-pool");
    // What the pool pays is less than the oracles say by some basis points: the least slippage that lets it pass is tight.
    const passes = (slippageBps: bigint) =>
      whyNot(holding(500_000n, 0n), [DEEP], { ...POLICY, slippageBps }) === "it trades";
    const least = Array.from({ length: 200 }, (_, index) => BigInt(index)).find(passes);
    expect(least !== undefined && least > 0n && !passes(least - 1n)).to.equal(true);
  });

  it("trades what lies farthest from its target in money first, and the lower address of two that lie as far", () => {
    const [A, B] = [account(0x1003), account(0x1004)];
    const spread = (a: bigint, b: bigint, order: readonly (typeof A)[]) => {
      const priced = (token: typeof A) => tokenState(token, { balance: 0n, price: tokenState(WSEI).price });
      const pool = (token: typeof A, n: number) => ({ ...DEEP, address: account(0x7010 + n), token1: token });
      const policy = { ...POLICY, targets: new Map([[A, a] as const, [B, b] as const]) };
      const tokens = [tokenState(USDC), ...order.map(priced)];
      const decision = answer(chainSnapshot({ tokens }), [pool(A, 1), pool(B, 2)], policy);
      return decision.kind === "rest" ? decision.why : decision.trade.token;
    };
    for (const order of [
      [A, B],
      [B, A],
    ]) {
      expect(spread(300n, 500n, order)).to.equal(B);
      expect(spread(500n, 300n, order)).to.equal(A);
      expect(spread(400n, 400n, order)).to.equal(A);
    }
  });

  it("may lose what lies between the prices' ends, and nothing where even the worst end gains", () => {
    const trade = tradeOf(holding(500_000n, 0n));
    const [usdc, wsei] = [tokenState(USDC), tokenState(WSEI)];
    const paid = valueAt(usdc, trade.amountIn, usdc.price.upper);
    const got = valueAt(wsei, trade.minOut, wsei.price.lower);
    expect(trade.maxLoss).to.equal(paid - got);
    const [view, middle] = [holding(500_000n, 0n), wsei.price.middle];
    const hopeful = view.tokens.map((state) =>
      state.token === WSEI ? { ...state, price: { middle, lower: middle * 2n, upper: middle * 2n } } : state,
    );
    expect(tradeOf({ ...view, tokens: hopeful }).maxLoss).to.equal(0n);
  });

  it("bounds what is held afterwards by the trade and a band, worth as much as the token's part may stray", () => {
    const sell = tradeOf(holding(400_000n, 333_333n));
    const total = 400_000n * WAD + (333_333n * 3n * WAD) / 10n;
    const worth = (333_333n * 3n * WAD) / 10n;
    const off = worth - (total * 250n) / 10_000n;
    const band = (off * POLICY.bandBps) / (sell.partBps - sell.targetBps);
    expect(sell.floor).to.equal(333_333n * WAD - sell.amountIn - (band * WAD) / ((3n * WAD) / 10n));
    expect(sell.ceilingUsd).to.equal(0n);
  });

  it("promises an outcome: only the two tokens move, so far and no farther, and the position ends near its target", () => {
    const buy = conditionsOf(tradeOf(holding(500_000n, 0n)), TREASURY);
    expect(firstInvalid(buy)).to.equal(undefined);
    expect(buy.map(({ kind }) => kind)).to.deep.equal([
      CONDITION_KIND.onlyMoves,
      CONDITION_KIND.onlyMoves,
      CONDITION_KIND.balanceDecreasesAtMost,
      CONDITION_KIND.balanceIncreasesAtLeast,
      CONDITION_KIND.positionAtMost,
    ]);
    // 12,500 to buy and a band of 5,000: made twice, the second is refused.
    expect(buy.at(-1)?.amount).to.equal(17_500n * WAD);
    const sell = conditionsOf(tradeOf(holding(400_000n, 333_333n)), TREASURY);
    expect(firstInvalid(sell)).to.equal(undefined);
    expect(sell.at(-1)?.kind).to.equal(CONDITION_KIND.balanceAtLeast);
    const all = { ...POLICY, targets: new Map([[WSEI, 0n]]), maxTradeUsd: 10n ** 30n };
    expect(conditionsOf(tradeOf(holding(1_000n, 5_000n), all), TREASURY).at(-1)?.amount).to.equal(1n);
  });

  it("says why in words, and keeps what it decided on as one text", () => {
    const view = holding(500_000n, 0n, { block: blockNumber(7n), time: unixSeconds(70n) });
    const trade = tradeOf(view);
    expect(reasonOf(trade, () => "WSEI")).to.equal("WSEI is 0 % of the treasury and shall be 2.5 %");
    const seen = { view, pools: [DEEP], skip: NOTHING, window: emptyWindow([]), atMost: new Map() };
    const record = entryOf(seen, POLICY, { kind: "rebalance", trade });
    expect(entryOf(seen, POLICY, { kind: "rebalance", trade: tradeOf(view) })).to.equal(record);
    expect(record).to.include('"block":"7n"').and.to.include(DEEP.address);
  });
});
