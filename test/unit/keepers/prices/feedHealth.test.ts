import { expect } from "chai";
import { type FeedReading, type SourceReading, feedHealth } from "../../../../keepers/market/prices/feedHealth.ts";

const WAD = 10n ** 18n;
const NOW = 1_700_000_000n;
const policy = { leastConfidenceBps: 4_000n, heartbeatSlack: 60n, aheadSlack: 2n };

const source = (name: string, change: Partial<SourceReading> = {}): SourceReading => ({
  name,
  state: "Agreeing",
  price: 100n * WAD,
  updatedAt: NOW - 10n,
  maxAge: 90_000n,
  heartbeat: 86_400n,
  ...change,
});
const feed = (sources: readonly SourceReading[], change: Partial<FeedReading> = {}): FeedReading => ({
  asset: "WSEI",
  now: NOW,
  status: "Ready",
  middle: 100n * WAD,
  confidenceBps: 9_000n,
  quorum: 2,
  sources,
  ...change,
});
const [api3, pyth, redstone] = [source("API3"), source("Pyth", { heartbeat: undefined }), source("RedStone")];
const three = [api3, pyth, redstone];

describe("market/prices/feedHealth", () => {
  it("has nothing to say of a feed where all agree, and counts what it can lose", () => {
    expect(feedHealth(feed(three), policy)).to.deep.equal({ agreeing: 3, spare: 2, alerts: [] });
  });

  it("says that the price is gone, and counts nothing to lose", () => {
    const { spare, alerts } = feedHealth(feed(three, { status: "SourcesDisagree" }), policy);
    expect(spare).to.equal(0);
    expect(alerts).to.deep.equal([{ kind: "no-price", asset: "WSEI", status: "SourcesDisagree" }]);
  });

  it("says which source is lost, and that the quorum is bare", () => {
    for (const state of ["Unreadable", "NotAPrice", "Stale", "Unsure"] as const) {
      const { spare, alerts } = feedHealth(feed([api3, source("Pyth", { state }), redstone]), policy);
      expect(spare).to.equal(1);
      expect(alerts).to.deep.equal([
        { kind: "quorum-bare", asset: "WSEI", agreeing: 2 },
        { kind: "source-lost", asset: "WSEI", source: "Pyth", state },
      ]);
    }
  });

  it("does not call a quorum of all sources bare: it cannot be better", () => {
    expect(feedHealth(feed([api3, redstone]), policy).alerts).to.deep.equal([]);
  });

  it("says which source stands apart, and by how much", () => {
    for (const [price, offBps] of [
      [150n, 5_000n],
      [50n, -5_000n],
    ] as const) {
      const apart = source("Pyth", { state: "Outlier", price: price * WAD });
      expect(feedHealth(feed([api3, apart, redstone]), policy).alerts).to.deep.include({
        kind: "source-apart",
        asset: "WSEI",
        source: "Pyth",
        offBps,
      });
    }
    const none = feed([source("Pyth", { state: "Outlier" })], { middle: 0n, status: "SourcesDisagree" });
    expect(feedHealth(none, policy).alerts).to.deep.include({
      kind: "source-apart",
      asset: "WSEI",
      source: "Pyth",
      offBps: 0n,
    });
  });

  it("bears a source whose clock is two seconds ahead, and no more", () => {
    const ahead = (by: bigint) => [api3, redstone, source("Pyth", { state: "Ahead", updatedAt: NOW + by })];
    const kinds = (by: bigint) => feedHealth(feed(ahead(by)), policy).alerts.map(({ kind }) => kind);
    expect(kinds(2n)).to.deep.equal(["quorum-bare"]);
    expect(kinds(3n)).to.deep.equal(["quorum-bare", "source-lost"]);
  });

  it("says that a heartbeat is late, where one was promised", () => {
    const silent = (name: string, heartbeat: bigint | undefined, age: bigint) =>
      source(name, { heartbeat, updatedAt: NOW - age });
    expect(feedHealth(feed([silent("API3", 100n, 160n), pyth, redstone]), policy).alerts).to.deep.equal([]);
    expect(feedHealth(feed([silent("API3", 100n, 161n), pyth, redstone]), policy).alerts).to.deep.equal([
      { kind: "heartbeat-missed", asset: "WSEI", source: "API3", late: 61n },
    ]);
    expect(feedHealth(feed([silent("Pyth", undefined, 5_000n), api3, redstone]), policy).alerts).to.deep.equal([]);
  });

  it("says that a price is unsure below the policy's confidence", () => {
    const alerts = (confidenceBps: bigint) => feedHealth(feed(three, { confidenceBps }), policy).alerts;
    expect(alerts(4_000n)).to.deep.equal([]);
    expect(alerts(3_999n)).to.deep.equal([{ kind: "unsure", asset: "WSEI", confidenceBps: 3_999n }]);
  });
});
