import { expect } from "chai";
import { type PlannedHop, type Snapshot, decide } from "../../../../keepers/agents/arbitrage/decide.ts";
import { seededRandom } from "../../../../keepers/core/random.ts";
import type { Address } from "../../../../keepers/core/units.ts";
import { quoteExactInput } from "../../../../keepers/market/quote.ts";
import { randomMarket } from "../../../../scripts/bench/randomMarket.ts";
import {
  POLICY,
  bruteForce,
  limitIn,
  marketSnapshot,
  netOf,
  smallMarket,
  toleranceOf,
} from "../../../support/arbitrage.ts";

const SEEDS = Array.from({ length: 25 }, (_, seed) => seed);

const FEW_SEEDS = SEEDS.slice(0, 10);

const bigMarket = (seed: number) => randomMarket(seededRandom(seed), { tokens: 12, pools: 60, noise: 0.004 });

/** Freezes a value to its leaves; typed arrays cannot be frozen and are left as they are. */
const frozen = <T>(value: T): T => {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
};

/** Takes the hops one after another at what the pools really pay; the token and the amount at the end. */
const walk = (snapshot: Snapshot, hops: readonly PlannedHop[], amountIn: bigint): readonly [Address, bigint] => {
  let [token, amount] = [snapshot.base, amountIn];
  for (const hop of hops) {
    expect([hop.tokenIn, hop.amountIn]).to.deep.equal([token, amount]);
    expect(hop.amountIn <= limitIn(snapshot, hop.tokenIn)).to.equal(true);
    const quote = quoteExactInput(hop.pool, hop.tokenIn, hop.amountIn);
    if (quote.kind === "refused") throw new Error(quote.why);
    expect(quote.amountOut >= hop.minOut).to.equal(true);
    [token, amount] = [hop.tokenOut, quote.amountOut];
  }
  return [token, amount];
};

describe("arbitrage/decide on invented markets", () => {
  it("finds what brute force over all cycles and sizes finds", () => {
    let gains = 0;
    for (const seed of SEEDS) {
      const market = smallMarket(seed);
      const snapshot = marketSnapshot(market);
      const brute = bruteForce(snapshot, POLICY);
      const decision = decide(snapshot, POLICY);
      if (brute === undefined || brute.netProfit < POLICY.minProfit) {
        expect(decision.kind, `seed ${seed}`).to.equal("refuse");
        continue;
      }
      gains += 1;
      const short = brute.netProfit - (netOf(decision) ?? 0n);
      expect(short <= toleranceOf(market, brute.hops), `seed ${seed}: short by ${short}`).to.equal(true);
    }
    expect(gains).to.be.greaterThan(10);
  });

  it("finds it as well where limits bind", () => {
    for (const seed of SEEDS) {
      const market = smallMarket(seed, 0.02);
      const spendLimits = market.tokens.map((token) => ({
        token: token.address,
        // About five hundred dollars of each.
        amount: (500n * 10n ** 18n * 10n ** BigInt(token.decimals)) / token.valueE18,
      }));
      const snapshot = marketSnapshot(market, { spendLimits });
      const brute = bruteForce(snapshot, POLICY);
      if (brute === undefined || brute.netProfit < POLICY.minProfit) continue;
      const short = brute.netProfit - (netOf(decide(snapshot, POLICY)) ?? 0n);
      expect(short <= toleranceOf(market, brute.hops), `seed ${seed}: short by ${short}`).to.equal(true);
    }
  });

  it("overlooks no gain however small: with gas for nothing it gains what brute force gains", () => {
    for (const seed of SEEDS) {
      const market = smallMarket(seed, 0.001);
      const snapshot = marketSnapshot(market, { gasPrice: 0n });
      const brute = bruteForce(snapshot, POLICY);
      if (brute === undefined) continue;
      const short = brute.netProfit - (netOf(decide(snapshot, POLICY)) ?? 0n);
      expect(short <= toleranceOf(market, brute.hops), `seed ${seed}: short by ${short}`).to.equal(true);
    }
  });

  it("plans only what the pools really pay, hop by hop, from the base token and back to it, within every limit", () => {
    let plans = 0;
    for (const seed of FEW_SEEDS) {
      const market = bigMarket(seed);
      const snapshot = marketSnapshot(market, { balance: 3n * 10n ** 9n });
      const decision = decide(snapshot, { ...POLICY, maxPlans: 4 });
      if (decision.kind !== "propose") continue;
      for (const { hops, amountIn, expectedOut } of [decision.plan, ...decision.others]) {
        plans += 1;
        expect(walk(snapshot, hops, amountIn), `seed ${seed}`).to.deep.equal([snapshot.base, expectedOut]);
      }
    }
    expect(plans).to.be.greaterThan(20);
  });

  it("offers further plans best first, none sharing a pool with another, no more than are wanted", () => {
    let several = 0;
    for (const seed of FEW_SEEDS) {
      const decision = decide(marketSnapshot(bigMarket(seed)), { ...POLICY, maxPlans: 3 });
      if (decision.kind !== "propose") continue;
      const plans = [decision.plan, ...decision.others];
      const pools = plans.flatMap(({ hops }) => hops.map(({ pool }) => pool.address));
      expect(new Set(pools).size).to.equal(pools.length);
      expect(plans.length).to.be.at.most(3);
      expect(plans.every(({ netProfit }) => netProfit >= POLICY.minProfit)).to.equal(true);
      const profits = plans.map(({ netProfit }) => netProfit);
      expect(profits).to.deep.equal(profits.toSorted((a, b) => (a > b ? -1 : 1)));
      if (plans.length > 1) several += 1;
    }
    expect(several).to.be.greaterThan(5);
  });

  it("answers the same to the same question, changes nothing that it is given, and does not care for the order [NX-KEE-03]", () => {
    for (const seed of FEW_SEEDS) {
      const snapshot = frozen(marketSnapshot(bigMarket(seed)));
      const decision = decide(snapshot, POLICY);
      expect(decide(snapshot, POLICY)).to.deep.equal(decision);
      const reversed = decide({ ...snapshot, pools: snapshot.pools.toReversed() }, POLICY);
      expect(netOf(reversed)).to.equal(netOf(decision));
    }
  });
});
