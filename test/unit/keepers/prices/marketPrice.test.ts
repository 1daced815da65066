import { expect } from "chai";
import type { DexPrice } from "../../../../keepers/market/prices/dexPrice.ts";
import { type MarketView, marketPrice } from "../../../../keepers/market/prices/marketPrice.ts";
import { answersOf, withAnswers } from "../../../../keepers/market/prices/samples.ts";
import type { OffChainAnswer, PriceSample } from "../../../../keepers/market/prices/validate.ts";
import { addressOf } from "../../../support/pools.ts";

const NOW = 1_700_000_000n;
const WAD = 10n ** 18n;
const POLICY = { maxAge: 30n, deviationBps: 10n, maxImpactBps: 200n, maxBandBps: 500n };

const pool = (number: number, mid: bigint, changes: Partial<DexPrice> = {}): DexPrice => ({
  pool: addressOf(number),
  mid,
  feeBps: 30n,
  sellLossBps: 35n,
  buyLossBps: 35n,
  ...changes,
});
const sample = (price: bigint, changes: Partial<PriceSample> = {}): PriceSample => ({
  source: "Pyth",
  asset: "WSEI",
  price,
  interval: 0n,
  publishTime: NOW,
  ...changes,
});
const price = (changes: Partial<MarketView>) =>
  marketPrice(
    { asset: "WSEI", now: NOW, hub: { status: "Ready", middle: WAD }, pools: [], samples: [], ...changes },
    POLICY,
  );

describe("The market's price", () => {
  it("is the middle of what more than half of pools and endpoints agree on", () => {
    const found = price({
      pools: [pool(1, WAD), pool(2, (WAD * 1_002n) / 1_000n)],
      samples: [sample((WAD * 1_001n) / 1_000n)],
    });
    expect([found.status, found.middle]).to.deep.equal(["Ready", (WAD * 1_001n) / 1_000n]);
    expect(found.sources.map(({ state }) => state)).to.deep.equal(["Agreeing", "Agreeing", "Agreeing"]);
    expect(Number(found.confidenceBps)).to.be.greaterThan(0);
  });

  it("stands where one pool of three was moved, and names it", () => {
    const found = price({ pools: [pool(1, WAD), pool(2, 2n * WAD)], samples: [sample(WAD)] });
    expect([found.status, found.middle]).to.deep.equal(["Ready", WAD]);
    expect(found.sources.map(({ state }) => state)).to.deep.equal(["Agreeing", "Outlier", "Agreeing"]);
  });

  it("is none where two contradict each other, or nothing tells", () => {
    expect(price({ pools: [pool(1, WAD), pool(2, 2n * WAD)] }).status).to.equal("SourcesDisagree");
    const old = sample(WAD, { source: "other", publishTime: NOW - 31n });
    expect(price({ samples: [sample(WAD), old] }).status, "one of two is not more than half").to.equal("QuorumMissed");
    expect(price({}).status).to.equal("UnknownAsset");
    expect(price({ pools: [pool(1, WAD), pool(2, 2n * WAD)] }).gapBps).to.equal(undefined);
  });

  it("counts no pool in which a trade loses much beyond the fee, or cannot be made", () => {
    const at = (changes: Partial<DexPrice>): number => price({ pools: [pool(1, WAD, changes)] }).sources.length;
    expect([at({ sellLossBps: 230n }), at({ sellLossBps: 231n })]).to.deep.equal([1, 0]);
    expect([at({ buyLossBps: 231n }), at({ buyLossBps: undefined })]).to.deep.equal([0, 0]);
  });

  it("counts no sample that is too old, and one of a clock that is a little ahead", () => {
    expect(price({ samples: [sample(WAD, { publishTime: NOW - 31n })] }).status).to.equal("QuorumMissed");
    expect(price({ samples: [sample(WAD, { publishTime: NOW - 30n })] }).status).to.equal("Ready");
    expect(price({ samples: [sample(WAD, { publishTime: NOW + 3n })] }).status).to.equal("Ready");
  });

  it("says how far the hub's price lies from it", () => {
    expect(price({ samples: [sample((WAD * 100n) / 101n)] }).gapBps).to.equal(100n);
    expect(price({ samples: [sample(WAD)], hub: { status: "QuorumMissed", middle: 0n } }).gapBps).to.equal(undefined);
  });
});

describe("Answers of endpoints [NX-MON-04]", () => {
  const TERMS = { now: NOW, maxAge: 30n, aheadSlack: 5n, maxJumpBps: 2_000n };
  const answer = (changes: Partial<OffChainAnswer> = {}): OffChainAnswer => ({
    source: "Pyth",
    asset: "WSEI",
    price: 100_000_000n,
    exponent: -8,
    publishTime: NOW,
    interval: 0n,
    ...changes,
  });

  it("are taken each for itself, and what is wrong with one is counted and takes no other with it", () => {
    const { samples, refusals } = withAnswers(
      new Map(),
      [answer(), answer({ asset: "WETH", exponent: -40 }), answer({ asset: "USDC", price: 0n })],
      TERMS,
    );
    expect([...samples.values()].map(({ asset, price: taken }) => [asset, taken])).to.deep.equal([["WSEI", WAD]]);
    expect(refusals.map(({ fault }) => fault)).to.deep.equal(["exponent", "not-positive"]);
  });

  it("are refused a second time, and where they jump, until what they are compared with is too old", () => {
    const first = withAnswers(new Map(), [answer()], TERMS).samples;
    expect(withAnswers(first, [answer()], TERMS).refusals.map(({ fault }) => fault)).to.deep.equal(["duplicate"]);
    const jumped = (seconds: bigint) =>
      withAnswers(first, [answer({ price: 150_000_000n, publishTime: NOW + seconds })], {
        ...TERMS,
        now: NOW + seconds,
      });
    expect(jumped(30n).refusals.map(({ fault }) => fault)).to.deep.equal(["jump"]);
    expect(jumped(30n).samples.size, "the one before still counts").to.equal(1);
    expect(jumped(31n).refusals).to.deep.equal([]);
    expect(withAnswers(first, [], { ...TERMS, now: NOW + 31n }).samples.size).to.equal(0);
  });

  it("belong to the assets whose sources read their feeds", () => {
    const feed = (asset: string, names: readonly string[]) => ({
      asset,
      now: NOW,
      status: "Ready" as const,
      middle: WAD,
      confidenceBps: 0n,
      quorum: 1,
      sources: names.map((name) => ({
        name,
        state: "Agreeing" as const,
        price: WAD,
        updatedAt: NOW,
        maxAge: 1n,
        heartbeat: undefined,
      })),
    });
    const told = { price: 5n, interval: 2n, exponent: -1, publishTime: NOW };
    const answers = ["SEI by Pyth", "none of ours"].map((source) => ({ source, ...told }));
    const feeds = [feed("WSEI", ["SEI", "SEI by Pyth"]), feed("WETH", ["ETH"]), feed("sSEI", ["SEI by Pyth"])];
    expect(answersOf(answers, feeds)).to.deep.equal(
      ["WSEI", "sSEI"].map((asset) => ({ source: "SEI by Pyth, off chain", asset, ...told })),
    );
  });
});
