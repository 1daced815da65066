import { expect } from "chai";
import { feedStates } from "../../../../keepers/agents/monitor/feeds.ts";
import {
  type MarketConfig,
  type MarketMemory,
  type MarketReading,
  marketState,
  marketsOf,
  noteStep,
  takeAnswers,
} from "../../../../keepers/agents/monitor/market.ts";
import { v2Pool } from "../../../../keepers/market/pool.ts";
import type { FeedReading } from "../../../../keepers/market/prices/feedHealth.ts";
import { EMPTY_BOOK } from "../../../../keepers/market/prices/volatilityBook.ts";
import { TOKEN0, TOKEN1, addressOf } from "../../../support/pools.ts";

const NOW = 1_700_000_000n;
const WAD = 10n ** 18n;
const CONFIG: MarketConfig = {
  sizeUsd: 1_000n * WAD,
  maxAge: 30n,
  deviationBps: 10n,
  maxImpactBps: 200n,
  maxBandBps: 500n,
  samples: { maxAge: 30n, aheadSlack: 5n, maxJumpBps: 2_000n },
};

const feed = (asset: string, changes: Partial<FeedReading> = {}): FeedReading => ({
  asset,
  now: NOW,
  status: "Ready",
  middle: asset === "USDC" ? WAD : 2_000n * WAD,
  confidenceBps: 9_000n,
  quorum: 1,
  sources: [],
  ...changes,
});
const pyth = {
  name: "ETH by Pyth",
  state: "Agreeing",
  price: WAD,
  updatedAt: NOW,
  maxAge: 600n,
  heartbeat: undefined,
} as const;
/** A pool of the asset, whose decimals are 18, at so many dollars; the base token has 6 and comes second. */
const reading = (dollars: bigint, balance = 5n * WAD): MarketReading => ({
  tokens: [
    { address: TOKEN0, symbol: "WETH", decimals: 18, balance },
    { address: TOKEN1, symbol: "USDC", decimals: 6, balance: 10_000n * 10n ** 6n },
  ],
  base: TOKEN1,
  pools: [
    v2Pool({
      address: addressOf(0xc0),
      token0: TOKEN0,
      token1: TOKEN1,
      reserve0: 1_000n * WAD,
      reserve1: 1_000n * dollars * 10n ** 6n,
      feePips: 3_000n,
    }),
  ],
});
const memory = (): MarketMemory => ({ samples: new Map(), book: EMPTY_BOOK, traded: new Set() });
const signed = (price: bigint, publishTime = NOW) => ({
  take: () => ({ answers: [{ source: "ETH by Pyth", price, interval: 0n, exponent: 0, publishTime }], refusals: [] }),
});

describe("Markets as the price-feed monitor tells of them", () => {
  it("have a price of pools and endpoints, how far the oracles lie from it, and what a trade loses", () => {
    const feeds = [feed("WETH", { middle: 2_020n * WAD, sources: [pyth] }), feed("USDC")];
    const kept = memory();
    const terms = { ...CONFIG.samples, now: NOW };
    expect(takeAnswers(kept, feeds, { ports: signed(2_000n), terms })).to.deep.equal([]);
    const [weth, usdc] = marketsOf(feeds, reading(2_000n), { samples: kept.samples, config: CONFIG });
    if (weth === undefined || usdc === undefined) throw new Error("no markets");
    const told = marketState(weth);
    // The pool's root is rounded down.
    expect([told?.status, told?.middle, told?.gapBps]).to.deep.equal(["Ready", 2_000n * WAD - 1n, 100]);
    expect(told?.sources.map(({ name }) => name)).to.deep.equal([addressOf(0xc0), "ETH by Pyth, off chain"]);
    expect(told?.depths).to.deep.equal([
      { pool: addressOf(0xc0), mid: 2_000n * WAD - 1n, sellLossBps: 35, buyLossBps: 35 },
    ]);
    expect(marketState(usdc), "nothing tells of the base token").to.equal(undefined);
  });

  it("tell of what endpoints said wrongly, and of what was refused before", () => {
    const kept = memory();
    const feeds = [feed("WETH", { sources: [pyth] })];
    const refusal = { about: "host", fault: "late", detail: "" } as const;
    const port = { take: () => ({ ...signed(0n).take(), refusals: [refusal] }) };
    const refusals = takeAnswers(kept, feeds, { ports: port, terms: { ...CONFIG.samples, now: NOW } });
    expect(refusals.map(({ fault }) => fault)).to.deep.equal(["late", "not-positive"]);
    expect(kept.samples.size).to.equal(0);
  });

  it("are none where pools cannot be read, or the base token has no price", () => {
    const samples = new Map();
    const feeds = [feed("WETH"), feed("USDC")];
    expect(marketsOf(feeds, undefined, { samples, config: CONFIG }).map(marketState)).to.deep.equal([
      undefined,
      undefined,
    ]);
    const broken = [feed("WETH"), feed("USDC", { status: "QuorumMissed" })];
    expect(marketsOf(broken, reading(2_000n), { samples, config: CONFIG }).map(marketState)).to.deep.equal([
      undefined,
      undefined,
    ]);
  });

  it("make the bars of an asset once it has one, and a hole where it has none then", () => {
    const kept = memory();
    const step = (now: bigint, market: MarketReading | undefined): void => {
      const feeds = [feed("WETH", { now, middle: 1_900n * WAD }), feed("USDC", { now })];
      const markets = marketsOf(feeds, market, { samples: kept.samples, config: CONFIG });
      noteStep(kept, feeds, { markets, reading: market });
    };
    const closes = (asset: string): readonly number[] => (kept.book.bars.get(asset) ?? []).map(({ close }) => close);
    step(NOW, undefined);
    expect(closes("WETH"), "nothing else tells").to.deep.equal([1_900]);
    step(NOW + 20n, reading(2_000n));
    expect(closes("WETH")).to.deep.equal([1_900, 2_000]);
    step(NOW + 40n, undefined);
    expect(closes("WETH"), "the oracles' price is another stream").to.deep.equal([1_900, 2_000]);
    expect(closes("USDC")).to.deep.equal([1, 1, 1]);
  });

  it("move the book by nothing where a pool is empty, and by no price of nothing", () => {
    const kept = memory();
    for (const [index, dollars] of [2_000n, 2_000n, 0n].entries()) {
      const now = NOW + 2n * BigInt(index);
      const feeds = [feed("WETH", { now }), feed("USDC", { now })];
      const market = reading(dollars);
      noteStep(kept, feeds, {
        markets: marketsOf(feeds, market, { samples: new Map(), config: CONFIG }),
        reading: market,
      });
    }
    expect([kept.book.level, kept.book.prices.has("WETH")]).to.deep.equal([1, false]);
  });

  it("move the book by what is held", () => {
    const kept = memory();
    const step = (now: bigint, dollars: bigint): void => {
      const feeds = [feed("WETH", { now }), feed("USDC", { now })];
      const market = reading(dollars);
      const markets = marketsOf(feeds, market, { samples: kept.samples, config: CONFIG });
      noteStep(kept, feeds, { markets, reading: market });
    };
    step(NOW, 2_000n);
    step(NOW + 2n, 2_200n);
    // Five of them, 10,000 dollars' worth, beside as many dollars: a tenth more of one half.
    expect(Math.abs(kept.book.level - 1.05)).to.be.at.most(1e-9);
    expect(feedStates([feed("WETH")], kept.book, [])[0]?.volatility, "no index before an hour").to.equal(undefined);
  });
});
