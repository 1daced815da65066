import { expect } from "chai";
import fc from "fast-check";
import { type ChainView, valueAt } from "../../../../keepers/core/chainView.ts";
import { firstInvalid } from "../../../../keepers/core/conditionRule.ts";
import { CONDITION_KIND } from "../../../../keepers/core/proposal.ts";
import { type Address, blockNumber, seconds, unixSeconds } from "../../../../keepers/core/units.ts";
import { v2Pool } from "../../../../keepers/market/pool.ts";
import { type Rebalance, type RebalancePolicy, decide } from "../../../../keepers/rebalance/decide.ts";
import { conditionsOf, reasonOf, recordOf } from "../../../../keepers/rebalance/plan.ts";
import { TREASURY, USDC, WAD, WSEI, account, chainView, tokenState } from "../../../support/keeperBuilders.ts";

const POLICY: RebalancePolicy = {
  base: USDC,
  targets: new Map([[WSEI, 250n]]),
  bandBps: 100n,
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

const holding = (usdc: bigint, wsei: bigint, changes: Partial<ChainView> = {}): ChainView =>
  chainView({
    tokens: [tokenState(USDC, { balance: usdc * 10n ** 6n }), tokenState(WSEI, { balance: wsei * WAD })],
    ...changes,
  });

const NOTHING: ReadonlySet<Address> = new Set();
const answer = (view: ChainView, pools = [SHALLOW, DEEP], policy = POLICY, skip = NOTHING) =>
  decide({ view, pools }, policy, skip);
const tradeOf = (view: ChainView, policy = POLICY): Rebalance => {
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
    expect(valueAt({ decimals: 18 }, trade.leastOut, (3n * WAD) / 10n) >= (fair * 96n) / 100n).to.equal(true);
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
    expect(whyNot(chainView({ tokens: stale }))).to.equal("oracle-not-ready");
    expect(whyNot(chainView({ tokens: [tokenState(WSEI)] }))).to.equal("oracle-not-ready");
  });

  it("never trades more than one proposal may, than is held, or away from the target", () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 10n ** 6n), fc.bigInt(0n, 10n ** 7n), (usdc, wsei) => {
        const view = holding(usdc, wsei);
        const decision = answer(view, [DEEP]);
        if (decision.kind === "rest") return true;
        const { tokenIn, amountIn, partBps, targetBps, leastOut } = decision.trade;
        const sold = view.tokens.find(({ token }) => token === tokenIn);
        if (sold === undefined || leastOut <= 0n) return false;
        const usd = valueAt(sold, amountIn, sold.price.middle);
        return amountIn <= sold.balance && usd <= POLICY.maxTradeUsd && partBps < targetBps === (tokenIn === USDC);
      }),
    );
  });

  it("promises an outcome: only the two tokens move, so far and no farther, and the position ends near its target", () => {
    const buy = conditionsOf(tradeOf(holding(500_000n, 0n)), TREASURY);
    expect(firstInvalid(buy)).to.equal(undefined);
    expect(buy.map(({ kind }) => kind)).to.deep.equal([
      CONDITION_KIND.onlyMoves,
      CONDITION_KIND.onlyMoves,
      CONDITION_KIND.balanceFallsAtMost,
      CONDITION_KIND.balanceRisesAtLeast,
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
    expect(reasonOf(trade, "WSEI")).to.equal("WSEI is 0 % of the treasury and shall be 2.5 %");
    expect(recordOf(view, POLICY, trade)).to.equal(recordOf(view, POLICY, tradeOf(view)));
    expect(recordOf(view, POLICY, trade))
      .to.include('"block":"7"')
      .and.to.include(DEEP.address);
  });
});
