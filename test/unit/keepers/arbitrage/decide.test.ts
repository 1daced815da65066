import { expect } from "chai";
import { type Policy, type Snapshot, decide } from "../../../../keepers/agents/arbitrage/decide.ts";
import type { Address } from "../../../../keepers/core/units.ts";
import { gainfulCycles } from "../../../../keepers/market/cycles.ts";
import { type Pool, v3Pool } from "../../../../keepers/market/pool.ts";
import { quoteExactInput } from "../../../../keepers/market/quote.ts";
import { bestApproximateSize } from "../../../../keepers/market/approximateSize.ts";
import { sqrtPriceX96Of } from "../../../../keepers/market/toPrice.ts";
import { E18, E6, GAP, POLICY, USDC, WETH, WSEI, aSnapshot, pair, planOf } from "../../../support/arbitrage.ts";
import { addressOf, stateOf } from "../../../support/pools.ts";

const bestApproximateGain = (pools: readonly Pool[]): number => {
  const [cycle] = gainfulCycles(pools, USDC, { maxHops: 3, isUsable: () => true });
  if (cycle === undefined) throw new Error("no cycle");
  return bestApproximateSize(cycle, [Infinity, Infinity, Infinity]).gain;
};

describe("arbitrage/decide", () => {
  it("buys where the token is cheap and sells where it is dear", () => {
    const plan = planOf(decide(aSnapshot(), POLICY));
    expect(plan.hops.map(({ pool, tokenIn, tokenOut }) => [pool, tokenIn, tokenOut])).to.deep.equal([
      [GAP[0], USDC, WSEI],
      [GAP[1], WSEI, USDC],
    ]);
    expect(plan.netProfit > 0n).to.equal(true);
  });

  it("accounts for every unit: gross is out less in, net is gross less gas, gas is units × price in base tokens", () => {
    const { amountIn, expectedOut, grossProfit, gasCost, netProfit } = planOf(decide(aSnapshot(), POLICY));
    expect(grossProfit).to.equal(expectedOut - amountIn);
    // 460,000 gas × 50 gwei = 0.023 native tokens, at 0.30 each.
    expect(gasCost).to.equal(6_900n);
    expect(netProfit).to.equal(grossProfit - gasCost);
  });

  it("demands of each hop exactly what the next one spends, and of the last the input, the gas and the least profit", () => {
    const { hops, amountIn, gasCost } = planOf(decide(aSnapshot(), POLICY));
    expect(hops[0]).to.deep.include({ amountIn, minOut: hops[1]?.amountIn });
    expect(hops[1]?.minOut).to.equal(amountIn + gasCost + POLICY.minProfit);
  });

  it("dates the plan: from its snapshot's block, until its lifetime is over", () => {
    expect(planOf(decide(aSnapshot(), POLICY))).to.include({ snapshotBlock: 7n, deadline: 1_030n });
  });

  it("takes three hops where two do not gain, unless told not to", () => {
    const pools = [
      pair([USDC, 30_000n * E6], [WSEI, 100_000n * E18]),
      pair([WSEI, 100_000n * E18], [WETH, 10n * E18]),
      pair([USDC, 33_000n * E6], [WETH, 10n * E18]),
    ];
    const snapshot = aSnapshot({ pools });
    expect(planOf(decide(snapshot, POLICY)).hops.map(({ tokenIn }) => tokenIn)).to.deep.equal([USDC, WSEI, WETH]);
    expect(decide(snapshot, { ...POLICY, maxHops: 2 })).to.include({ kind: "refuse", why: "no-gainful-cycle" });
  });

  const refusals: readonly [string, string, Partial<Snapshot>][] = [
    ["the treasury holds nothing", "no-capital", { balance: 0n }],
    ["the base token may not be spent", "no-capital", { spendLimits: [{ token: WSEI, amount: 1n }] }],
    ["nobody knows what gas costs", "gas-price-unknown", { nativePriceE18: 0n }],
    ["there are no pools", "no-gainful-cycle", { pools: [] }],
    ["there is one pool only", "no-gainful-cycle", { pools: [GAP[0]] }],
    ["the prices agree", "no-gainful-cycle", { pools: [GAP[0], { ...GAP[0], address: addressOf(0xee) }] }],
    ["the middle token may not be spent", "no-gainful-cycle", { spendLimits: [{ token: USDC, amount: E6 }] }],
    [
      "the pools are empty",
      "no-gainful-cycle",
      { pools: [pair([USDC, 0n], [WSEI, 0n]), pair([USDC, 0n], [WSEI, 0n])] },
    ],
    ["gas eats the gain", "below-minimum", { gasPrice: 10n ** 15n }],
  ];
  for (const [when, why, over] of refusals) {
    it(`refuses when ${when}: ${why}`, () => {
      expect(decide(aSnapshot(over), POLICY)).to.include({ kind: "refuse", why });
    });
  }

  it("tells what the best cycle would have brought when it refuses it as too little", () => {
    const plan = planOf(decide(aSnapshot(), POLICY));
    const decision = decide(aSnapshot(), { ...POLICY, minProfit: plan.netProfit + 1n });
    const { amountIn, expectedOut, grossProfit, gasCost, netProfit } = plan;
    const best = { amountIn, expectedOut, grossProfit, gasCost, netProfit };
    expect(decision).to.deep.equal({ kind: "refuse", why: "below-minimum", best });
    expect(decide(aSnapshot(), { ...POLICY, minProfit: plan.netProfit }).kind).to.equal("propose");
  });

  it("never proposes a plan that only breaks even", () => {
    const { grossProfit } = planOf(decide(aSnapshot(), POLICY));
    // One unit of gas that costs the whole gain, and one that leaves a unit of it.
    const policy = { ...POLICY, gasOverhead: 1n, gasPerHop: { v2: 0n, v3: 0n }, minProfit: 0n };
    const costing = (cost: bigint): Snapshot => aSnapshot({ gasPrice: cost * 10n ** 12n, nativePriceE18: E18 });
    expect(decide(costing(grossProfit), policy)).to.include({ kind: "refuse", why: "below-minimum" });
    expect(planOf(decide(costing(grossProfit - 1n), policy)).netProfit).to.equal(1n);
  });

  it("spends no more than the treasury holds and the limits allow, whichever is less, in every token", () => {
    const free = planOf(decide(aSnapshot(), POLICY));
    const cap = free.amountIn / 3n;
    const [, second] = free.hops;
    if (second === undefined) throw new Error("two hops were planned");
    const limited = (token: Address, amount: bigint): Partial<Snapshot> => ({
      spendLimits: [...aSnapshot().spendLimits.filter((limit) => limit.token !== token), { token, amount }],
    });
    expect(planOf(decide(aSnapshot({ balance: cap }), POLICY)).amountIn).to.equal(cap);
    expect(planOf(decide(aSnapshot(limited(USDC, cap)), POLICY)).amountIn).to.equal(cap);
    const narrow = planOf(decide(aSnapshot(limited(WSEI, second.amountIn / 3n)), POLICY));
    const spent = narrow.hops[1]?.amountIn ?? 0n;
    expect(spent <= second.amountIn / 3n).to.equal(true);
    // Close to the limit, too: one more unit of the base would pass it.
    expect(second.amountIn / 3n - spent < 10n ** 14n).to.equal(true);
  });

  it("prefers the larger profit after gas, not the larger gain", () => {
    // The v3 pool is ten times deeper and takes a smaller fee, but its gas is made to cost a hundred and twenty dollars.
    const dear = { ...POLICY, gasPerHop: { v2: 80_000n, v3: 8_000_000_000n } };
    const liquidity = 54_772_255_750_516_611n;
    const v3 = v3Pool({
      ...stateOf({
        feePips: 500n,
        tickSpacing: 10,
        sqrtPriceX96: sqrtPriceX96Of(100_000n * E18, 30_000n * E6),
        positions: [{ lower: -880_000, upper: 880_000, liquidity: liquidity * 10n }],
      }),
      token0: USDC,
      token1: WSEI,
    });
    const snapshot = aSnapshot({ pools: [...GAP, v3] });
    const kinds = (policy: Policy) => planOf(decide(snapshot, policy)).hops.map(({ pool }) => pool.kind);
    expect(kinds(POLICY)).to.deep.equal(["v3", "v2"]);
    expect(kinds(dear)).to.deep.equal(["v2", "v2"]);
  });

  it("judges by whole units: a cycle that rounds away its lead loses to one that does not", () => {
    // A unit of the coarse tokens is worth a thousand units of the base: two of them in a row waste as much.
    const round = (a: Address, b: Address, market: { unit: bigint; dear: bigint }): readonly Pool[] => [
      pair([USDC, 10n ** 9n], [a, E6 * market.unit]),
      pair([a, E6 * market.unit], [b, E6 * market.unit]),
      pair([USDC, market.dear], [b, E6 * market.unit]),
    ];
    const [fineA, fineB] = [addressOf(0xe1), addressOf(0xe2)];
    const coarse = round(WSEI, WETH, { unit: 1n, dear: 1_102_000_000n });
    const fine = round(fineA, fineB, { unit: 10n ** 12n, dear: 1_101_980_000n });
    const spendLimits = [USDC, WSEI, WETH, fineA, fineB].map((token) => ({ token, amount: 10n ** 30n }));
    const snapshot = (pools: readonly Pool[]): Snapshot => aSnapshot({ pools, spendLimits, gasPrice: 0n });
    const best = planOf(decide(snapshot(fine), POLICY)).netProfit;
    expect(planOf(decide(snapshot(coarse), POLICY)).netProfit < best).to.equal(true);
    expect(planOf(decide(snapshot([...coarse, ...fine]), POLICY)).netProfit).to.equal(best);
    expect(bestApproximateGain(coarse) > bestApproximateGain(fine)).to.equal(true);
  });

  it("works within the known window of a v3 pool and never beyond it", () => {
    const sqrtPriceX96 = sqrtPriceX96Of(100_000n * E18, 30_000n * E6);
    const positions = [{ lower: -880_000, upper: 880_000, liquidity: 55n * 10n ** 15n }];
    const state = {
      ...stateOf({ feePips: 500n, tickSpacing: 10, sqrtPriceX96, positions }),
      token0: USDC,
      token1: WSEI,
    };
    const windowed = (below: number): Pool =>
      v3Pool({ ...state, ticks: [], lowestKnownTick: state.tick - below, highestKnownTick: state.tick + 10 });
    const size = (below: number): bigint =>
      planOf(decide(aSnapshot({ pools: [windowed(below), GAP[1]] }), POLICY)).amountIn;
    const whole = planOf(decide(aSnapshot({ pools: [v3Pool(state), GAP[1]] }), POLICY)).amountIn;
    expect(size(50) < whole).to.equal(true);
    expect(size(5_000)).to.equal(whole);
    const inWindow = quoteExactInput(windowed(50), USDC, size(50));
    expect(inWindow.kind).to.equal("ok");
    expect(quoteExactInput(windowed(50), USDC, (size(50) * 101n) / 100n).kind).to.equal("refused");
  });
});
