import { expect } from "chai";
import { Redis } from "ioredis";
import {
  type BookCache,
  type KeptBook,
  openBookCache,
  readBook,
  writeBook,
} from "../../../keepers/adapters/oracles/bookCache.ts";
import { EMPTY_BOOK, KEPT_SECONDS, withStep } from "../../../keepers/market/prices/volatilityBook.ts";
import { type TestRedis, createRedis } from "../../support/redis.ts";
import { until } from "../../support/until.ts";

const PATIENCE_MS = 60_000;
const KEY = "{fleet:1329}:volatility:monitor";

/** A minute of two assets of which one is held. */
const kept: KeptBook = {
  book: Array.from({ length: 30 }).reduce<KeptBook["book"]>(
    (book, _, step) =>
      withStep(
        book,
        [
          { asset: "A", price: 100 + Math.sin(step), held: 2 },
          { asset: "B", price: 10 + Math.cos(step), held: 0 },
        ],
        step * 2,
      ),
    EMPTY_BOOK,
  ),
  traded: ["A"],
};
const loaded = { ...kept, book: { ...kept.book, prices: new Map() } };

describe("What a monitor keeps of markets over a restart", function () {
  this.timeout(2 * PATIENCE_MS);
  let redis: TestRedis;
  let nowMs = 0;
  const caches: BookCache[] = [];
  const troubles: string[] = [];
  let client: Redis;
  const open = (): BookCache => {
    const cache = openBookCache({
      url: redis.url,
      prefix: "fleet",
      chainId: 1_329n,
      agent: "monitor",
      nowMs: () => nowMs,
      onTrouble: (what) => void troubles.push(what),
    });
    caches.push(cache);
    return cache;
  };
  before(async () => {
    redis = await createRedis();
    await redis.start();
    client = new Redis(redis.url);
    // It ends with the server.
    client.on("error", () => undefined);
  });
  after(async () => {
    client.disconnect();
    for (const cache of caches) cache.close();
    await redis.end();
  });

  it("is what was kept, but for the prices of its last step, and only for an hour", async () => {
    const first = open();
    expect(await first.load()).to.equal(undefined);
    first.keep(kept);
    expect(await client.exists(KEY), "a minute has not passed").to.equal(0);
    nowMs += 60_000;
    first.keep(kept);
    await until("the key", async () => ((await client.exists(KEY)) === 1 ? true : undefined), PATIENCE_MS);
    expect(await client.ttl(KEY)).to.be.within(1, KEPT_SECONDS);
    expect(await open().load()).to.deep.equal(loaded);
    await client.set(KEY, "[]");
    expect(await open().load(), "what somebody else wrote").to.equal(undefined);
  });

  it("is nothing where the server is gone, which is told once and holds nobody up", async () => {
    await redis.kill();
    const cache = open();
    expect(await cache.load()).to.equal(undefined);
    nowMs += 120_000;
    cache.keep(kept);
    expect(troubles.at(-1)).to.match(/is not there; without it a restart forgets the bars$/);
  });

  it("is nothing where its text was cut or changed", () => {
    const text = writeBook(kept);
    expect(readBook(text)).to.deep.equal(loaded);
    for (const wrong of [
      "",
      "{}",
      text.slice(0, -1),
      text.replace(/"level":[^,]+/, '"level":0'),
      text.replace(/"level":[^,]+/, '"level":-1'),
      text.replace("[0,", "[0.5,"),
      // A bar whose high is below its low.
      '{"bars":[["A",[[0,1,1,0.5,2,1]]]],"bookBars":[],"level":1,"traded":[]}',
      '{"bars":[["A",[[0,1,1,null,1,1]]]],"bookBars":[],"level":1,"traded":[]}',
      // A bar whose low is above its open.
      '{"bars":[["A",[[0,1,2,3,2.5,2.6]]]],"bookBars":[],"level":1,"traded":[]}',
    ]) {
      expect(readBook(wrong), wrong.slice(0, 60)).to.equal(undefined);
    }
  });
});
