import { expect } from "chai";
import { address } from "../../../../keepers/core/units.ts";
import { v2Pool } from "../../../../keepers/market/pool.ts";
import { type Goal, allocate } from "../../../../keepers/quant/allocate.ts";
import { type AskedTrade, costRateOf } from "../../../../keepers/quant/costs.ts";
import { allocateOrRest } from "../../../../keepers/quant/rest.ts";
import { riskfolio, unlimited } from "../../../support/quantData.ts";
import { expectNear } from "../../../support/near.ts";

const E18 = 10n ** 18n;
const [weth, usdc] = [address(`0x${"11".repeat(20)}`), address(`0x${"22".repeat(20)}`)];

/** 1,000 WETH and 2,000,000 USDC: 2,000 dollars each. */
const pool = v2Pool({
  address: address(`0x${"33".repeat(20)}`),
  token0: weth,
  token1: usdc,
  reserve0: 1_000n * E18,
  reserve1: 2_000_000_000_000n,
  feePips: 3_000n,
});
const asked: AskedTrade = {
  pool,
  tokenIn: weth,
  amountIn: E18,
  priceIn: { price: 2_000n * E18, decimals: 18 },
  priceOut: { price: E18, decimals: 6 },
  periods: 1,
};

const rateOf = (change: Partial<AskedTrade>): number => {
  const cost = costRateOf({ ...asked, ...change });
  if (cost.kind === "refused") throw new Error(cost.why);
  return cost.rate;
};

describe("quant/costs", () => {
  it("costs the pool's fee for next to nothing, and slippage in proportion to the size [NX-QNT-03]", () => {
    expectNear(rateOf({ amountIn: E18 / 1_000n }), 0.003, 1e-5);
    // x / (1 + x) of the output is missing when x of the reserve goes in after the fee.
    expectNear(rateOf({ amountIn: 100n * E18 }), 1 - 0.997 / (1 + 0.0997), 1e-6);
  });

  it("costs more where the pool pays less than the oracles say, and nothing where it pays more", () => {
    expectNear(rateOf({ priceIn: { price: 2_020n * E18, decimals: 18 } }), 0.0138, 1e-3);
    expect(rateOf({ priceIn: { price: 1_900n * E18, decimals: 18 } })).to.equal(0);
  });

  it("is spread over the periods of holding", () => {
    expectNear(rateOf({ periods: 100 }), rateOf({}) / 100, 1e-15);
  });

  it("says why there is no cost", () => {
    expect(costRateOf({ ...asked, tokenIn: pool.address })).to.deep.include({ kind: "refused", why: "foreign-token" });
    expect(costRateOf({ ...asked, periods: 0 })).to.deep.equal({ kind: "refused", why: "no-periods" });
    const free = { price: 0n, decimals: 18 };
    expect(costRateOf({ ...asked, priceIn: free })).to.deep.equal({ kind: "refused", why: "no-price" });
    expect(costRateOf({ ...asked, priceOut: free })).to.deep.equal({ kind: "refused", why: "no-price" });
  });
});

describe("quant/rest", () => {
  const shares = riskfolio();
  const goal: Goal = { kind: "utility", aversion: 5 };
  const limits = unlimited(10);
  const costs = { heldBps: shares.assets.map(() => 1_000), rates: shares.assets.map(() => 1e-6) };
  const input = { ...shares, limits, costs };

  it("rests where gas costs more than the best allocation gains, and goes where it gains more [NX-QNT-03]", () => {
    const kept = allocate({ ...input, limits: { capsBps: costs.heldBps, groups: [] } }, goal);
    const best = allocate(input, goal);
    if (kept.kind !== "allocated" || best.kind !== "allocated") throw new Error(`${kept.kind}, ${best.kind}`);
    const gain = kept.objective - best.objective;
    expect(gain).to.be.above(1e-5);
    const rest = allocateOrRest(input, goal, gain * 1.01);
    if (rest.kind !== "rest") throw new Error(rest.kind);
    expectNear(rest.gain, gain, 1e-12);
    expect(rest.weightsBps).to.deep.equal(costs.heldBps);
    expect(allocateOrRest(input, goal, gain * 0.99).kind).to.equal("allocated");
  });

  it("goes at any price where what is held breaks a limit, or is not all of it", () => {
    const tight = { ...limits, capsBps: limits.capsBps.with(0, 500) };
    expect(allocateOrRest({ ...input, limits: tight }, goal, 1).kind).to.equal("allocated");
    const cash = { ...costs, heldBps: shares.assets.map(() => 0) };
    expect(allocateOrRest({ ...input, costs: cash }, goal, 1).kind).to.equal("allocated");
  });

  it("passes on what has no answer", () => {
    const none = { ...limits, capsBps: shares.assets.map(() => 100) };
    expect(allocateOrRest({ ...input, limits: none }, goal, 1).kind).to.equal("infeasible");
  });
});
