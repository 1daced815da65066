import { expect } from "chai";
import type { TradeRequest, Market, MarketStep } from "../../../scripts/sandbox/requests.ts";
import { DEFAULT_PARAMS, seededMarket } from "../../../scripts/sandbox/market.ts";
import { fairPrice } from "../../../scripts/sandbox/planner.ts";
import { type AssetName, POOLS, trades } from "../../../scripts/sandbox/pools.ts";
import { expectNear } from "../../support/near.ts";

const take = (market: Market, count: number): readonly MarketStep[] => {
  const steps: MarketStep[] = [];
  for (const step of market.steps()) {
    steps.push(step);
    if (steps.length === count) break;
  }
  return steps;
};

const logs = (steps: readonly MarketStep[], asset: AssetName): readonly number[] =>
  steps.map(({ prices }) => Math.log(Number(prices[asset]) / 1e18));

/** Logarithmic moves from each block to the next. */
const moves = (values: readonly number[]): readonly number[] =>
  values.slice(1).map((value, i) => value - (values[i] ?? value));

const poolOf = (pending: TradeRequest) => {
  const pool = POOLS.find(({ name }) => name === pending.pool);
  if (pool === undefined) throw new Error(`no pool ${pending.pool}`);
  return pool;
};

describe("sandbox: the seeded market", () => {
  it("is the same for the same seed", () => {
    expect(take(seededMarket(7), 2_000)).to.deep.equal(take(seededMarket(7), 2_000));
  });

  it("starts again with each call of steps", () => {
    const market = seededMarket(3);
    expect(take(market, 300)).to.deep.equal(take(market, 300));
  });

  it("differs between seeds", () => {
    const [one, two] = [take(seededMarket(1), 50), take(seededMarket(2), 50)];
    expect(one.map(({ prices }) => prices)).to.not.deep.equal(two.map(({ prices }) => prices));
    expect(one.map(({ requests }) => requests)).to.not.deep.equal(two.map(({ requests }) => requests));
  });

  it("keeps its prices when only the traders' habits change", () => {
    const busy = { ...DEFAULT_PARAMS, traders: { ...DEFAULT_PARAMS.traders, visitRate: 0.5 } };
    const prices = (market: Market) => take(market, 500).map((step) => step.prices);
    expect(prices(seededMarket(4, busy))).to.deep.equal(prices(seededMarket(4)));
  });

  it("keeps prices positive and inside the band plus one jump, for 20,000 blocks", () => {
    const steps = take(seededMarket(5), 20_000);
    for (const asset of ["SEI", "ETH"] as const) {
      const { startUsd, jumpMax } = DEFAULT_PARAMS.assets[asset];
      const far = logs(steps, asset).map((x) => Math.abs(x - Math.log(startUsd)));
      expect(Math.max(...far)).to.be.lessThan(DEFAULT_PARAMS.band + jumpMax + 0.01);
      expect(Math.max(...far)).to.be.greaterThan(0.03);
    }
  });

  it("jumps as often and as far as its parameters say", () => {
    const steps = take(seededMarket(6), 20_000);
    for (const asset of ["SEI", "ETH"] as const) {
      const { jumpRate, jumpMin, jumpMax } = DEFAULT_PARAMS.assets[asset];
      const jumps = moves(logs(steps, asset))
        .map(Math.abs)
        .filter((move) => move > 0.002);
      // Four standard deviations of a Poisson count.
      expectNear(jumps.length, 20_000 * jumpRate, 4 * Math.sqrt(20_000 * jumpRate));
      expect(Math.min(...jumps)).to.be.greaterThan(jumpMin - 0.001);
      expect(Math.max(...jumps)).to.be.lessThan(jumpMax + 0.001);
    }
  });

  it("moves little between jumps", () => {
    const quiet = moves(logs(take(seededMarket(8), 20_000), "SEI")).filter((move) => Math.abs(move) < 0.002);
    const deviation = Math.sqrt(quiet.reduce((sum, move) => sum + move * move, 0) / quiet.length);
    expectNear(deviation, DEFAULT_PARAMS.assets.SEI.diffusion, DEFAULT_PARAMS.assets.SEI.diffusion * 0.05);
  });

  it("sends one order a pool at most, and few in all", () => {
    const steps = take(seededMarket(9), 5_000);
    for (const { requests } of steps) {
      expect(new Set(requests.map(({ pool }) => pool)).size).to.equal(requests.length);
    }
    const orders = steps.reduce((sum, { requests }) => sum + requests.length, 0);
    expect(orders / steps.length).to.be.within(0.5, 3);
  });

  it("lets one pool follow a jump at once and the others after three to eight blocks", () => {
    const quiet = { ...DEFAULT_PARAMS.traders, pushRate: 0, visitRate: 0, noise: 0 };
    const still = { ...DEFAULT_PARAMS.assets.ETH, jumpRate: 0 };
    const rare = { ...DEFAULT_PARAMS.assets.SEI, jumpRate: 1 / 200 };
    const steps = take(
      seededMarket(10, { ...DEFAULT_PARAMS, traders: quiet, assets: { SEI: rare, ETH: still } }),
      3_000,
    );
    const jumpsAt = moves(logs(steps, "SEI")).flatMap((move, i) => (Math.abs(move) > 0.002 ? [i + 1] : []));
    const alone = jumpsAt.filter(
      (at) => at + 8 < steps.length && jumpsAt.every((o) => o === at || Math.abs(o - at) > 8),
    );
    expect(alone.length).to.be.greaterThan(5);
    const affected = POOLS.filter((pool) => trades(pool, "SEI")).length;
    for (const at of alone) {
      const counts = Array.from({ length: 9 }, (_, delay) => steps[at + delay]?.requests.length ?? 0);
      expect(counts.slice(0, 3)).to.deep.equal([1, 0, 0]);
      expect(counts.reduce((sum, count) => sum + count, 0)).to.equal(affected);
    }
  });

  it("aims at the fair price of the block in which the order is sent", () => {
    const exact = { ...DEFAULT_PARAMS, traders: { ...DEFAULT_PARAMS.traders, noise: 0, pushRate: 0 } };
    for (const { prices, requests } of take(seededMarket(11, exact), 500)) {
      for (const pending of requests) {
        expect(pending).to.include({ kind: "toPrice", price: fairPrice(poolOf(pending), prices) });
      }
    }
  });

  it("pushes pools off the fair price now and then, by no less and no more than it may", () => {
    const onlyPushes = { ...DEFAULT_PARAMS.traders, noise: 0, visitRate: 0, pushRate: 1 / 20 };
    const still = { ...DEFAULT_PARAMS.assets.ETH, jumpRate: 0 };
    const params = { ...DEFAULT_PARAMS, traders: onlyPushes, assets: { SEI: { ...still, startUsd: 0.3 }, ETH: still } };
    const off = take(seededMarket(12, params), 4_000).flatMap(({ prices, requests }) =>
      requests.map((pending) => {
        const price = pending.kind === "toPrice" ? pending.price : 0n;
        return Math.abs(Math.log(Number(price) / Number(fairPrice(poolOf(pending), prices))));
      }),
    );
    const pushes = off.filter((distance) => distance > 1e-6);
    expectNear(pushes.length, 200, 60);
    expect(Math.min(...pushes)).to.be.greaterThan(onlyPushes.pushMin - 1e-6);
    expect(Math.max(...pushes)).to.be.lessThan(onlyPushes.pushMax + 1e-6);
  });
});
