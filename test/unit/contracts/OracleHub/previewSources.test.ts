import { expect } from "chai";
import { WAD, at, ethers, loadFixture, now } from "../../../support/chain.ts";
import { SOURCE_STATUS } from "../../../support/enums.ts";
import { SOURCE_AGE, bareFixture, sourceOf } from "../../../support/nexus.ts";

const ASSET = ethers.getAddress(`0x${"a5".repeat(20)}`);
const PRICE = 100n * WAD;
const REVERTING = 1n;
const FEED = { decimals: 18n, quorum: 2n, maxBandBps: 1_000n };

/** Four sources within 1 %, each with an interval of a dollar of its own, that say 100 dollars. */
const fourSources = async () => {
  const f = await bareFixture();
  const deploy = () => ethers.deployContract("MockIntervalSource");
  const feed = [await deploy(), await deploy(), await deploy(), await deploy()];
  const readers = await Promise.all(feed.map((source) => source.getAddress()));
  await f.hub.connect(f.admin).setFeed(
    ASSET,
    FEED,
    readers.map((reader) => sourceOf(reader)),
  );
  const time = await now();
  for (const source of feed) await source.setAnswer(PRICE, time, WAD);
  return { ...f, feed, readers, time };
};

describe("OracleHub.previewSources", () => {
  describe("given the asset has no feed", () => {
    it("is empty", async () => {
      const f = await loadFixture(bareFixture);
      expect([...(await f.hub.previewSources(ASSET))]).to.deep.equal([]);
    });
  });

  describe("given four sources", () => {
    it("says of each what it answered, and that it agrees", async () => {
      const f = await loadFixture(fourSources);
      const views = await f.hub.previewSources(ASSET);
      expect(views.map(({ reader, status, price, updatedAt }) => [reader, status, price, updatedAt])).to.deep.equal(
        f.readers.map((reader) => [reader, SOURCE_STATUS.agreeing, PRICE, f.time]),
      );
      // A dollar of its own and one of deviation, which grows with age.
      const age = (await now()) - f.time;
      expect(at(views, 0).interval).to.equal(2n * WAD + (WAD * age) / SOURCE_AGE);
    });

    it("names the one that stands apart, and all where none makes a price", async () => {
      const f = await loadFixture(fourSources);
      await at(f.feed, 2).setAnswer(2n * PRICE, f.time, 0n);
      const statuses = async () => (await f.hub.previewSources(ASSET)).map(({ status }) => status);
      const { agreeing, outlier } = SOURCE_STATUS;
      expect(await statuses()).to.deep.equal([agreeing, agreeing, outlier, agreeing]);
      await at(f.feed, 1).setAnswer(2n * PRICE, f.time, 0n);
      expect(await statuses()).to.deep.equal([outlier, outlier, outlier, outlier]);
    });

    it("says why a source does not count [NX-ORA-02]", async () => {
      const f = await loadFixture(fourSources);
      const time = await now();
      const [first, second, third, fourth] = [at(f.feed, 0), at(f.feed, 1), at(f.feed, 2), at(f.feed, 3)];
      const read = async () =>
        (await f.hub.previewSources(ASSET)).map(({ status, price, interval, updatedAt }) => [
          status,
          price,
          interval,
          updatedAt,
        ]);
      await first.setFault(REVERTING);
      await second.setAnswer(-1n, time, 0n);
      await third.setAnswer(PRICE, time + 1_000n, 0n);
      await fourth.setAnswer(PRICE, time - SOURCE_AGE - 1n, 0n);
      expect(await read()).to.deep.equal([
        [SOURCE_STATUS.unreadable, 0n, 0n, 0n],
        [SOURCE_STATUS.notAPrice, 0n, 0n, time],
        [SOURCE_STATUS.ahead, 0n, 0n, time + 1_000n],
        [SOURCE_STATUS.stale, 0n, 0n, time - SOURCE_AGE - 1n],
      ]);
      await fourth.setAnswer(PRICE, time, PRICE);
      expect((await read())[3]).to.deep.equal([SOURCE_STATUS.unsure, 0n, 0n, time]);
      await fourth.setAnswer(PRICE, time, PRICE - 1n);
      expect((await read())[3]?.[0]).to.equal(SOURCE_STATUS.outlier);
    });
  });
});
