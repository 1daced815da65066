import { expect } from "chai";
import { ethers, loadFixture } from "../../../support/chain.ts";
import { type Nexus, nexusFixture, type sourceOf } from "../../../support/nexus.ts";

const FEED = { decimals: 18n, quorum: 1n, maxBandBps: 100n } as const;
const ASSET = ethers.getAddress(`0x${"a5".repeat(20)}`);
type Source = ReturnType<typeof sourceOf>;
/** A source that differs from its neighbours in all that is kept of it. */
const sourceAt = (index: number, change: Partial<Source> = {}): Source => ({
  reader: ethers.getAddress(ethers.toBeHex(0x1000 + index, 20)),
  maxAge: 2n ** 32n - 1n - BigInt(index),
  deviationBps: 10_000n - BigInt(index),
  ...change,
});
const read = async (f: Nexus) => {
  const { feed, sources: list } = await f.hub.feedOf(ASSET);
  return { feed: [...feed], sources: list.map((source) => [...source]) };
};
const sources = (count: number): Source[] => Array.from({ length: count }, (_, index) => sourceAt(index));

const setFeed = (
  f: Nexus,
  feed: { readonly decimals: bigint; readonly quorum: bigint; readonly maxBandBps: bigint },
  list: Source[],
) => f.hub.connect(f.admin).setFeed(ASSET, feed, list);

describe("OracleHub.setFeed", () => {
  describe("when the caller is not the administrator", () => {
    it("reverts with NotAdmin", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.hub.connect(f.guardian).setFeed(ASSET, FEED, sources(1)))
        .to.be.revertedWithCustomError(f.hub, "NotAdmin")
        .withArgs(f.guardian.address);
    });
  });

  for (const [words, feed, list] of [
    ["there is no source", FEED, []],
    ["there are more than four sources", FEED, sources(5)],
    ["the quorum is zero", { ...FEED, quorum: 0n }, sources(1)],
    ["the quorum is above the number of sources", { ...FEED, quorum: 3n }, sources(2)],
    ["one reader is named twice", FEED, [sourceAt(0), sourceAt(1), { ...sourceAt(2), reader: sourceAt(0).reader }]],
    ["a source may have no age", FEED, [sourceAt(0), sourceAt(1, { maxAge: 0n })]],
    ["a source may lie off by more than everything", FEED, [sourceAt(0, { deviationBps: 10_001n })]],
    ["the decimals are above 36", { ...FEED, decimals: 37n }, sources(1)],
  ] as const) {
    describe(`when ${words}`, () => {
      it("reverts with InvalidFeed", async () => {
        const f = await loadFixture(nexusFixture);
        await expect(setFeed(f, feed, [...list]))
          .to.be.revertedWithCustomError(f.hub, "InvalidFeed")
          .withArgs(ASSET);
      });
    });
  }

  describe("when the asset is the zero address", () => {
    it("reverts with InvalidFeed: it is the breaker's name for everything", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.hub.connect(f.admin).setFeed(ethers.ZeroAddress, FEED, sources(1)))
        .to.be.revertedWithCustomError(f.hub, "InvalidFeed")
        .withArgs(ethers.ZeroAddress);
    });
  });

  describe("when all is well", () => {
    it("sets feed and sources and emits FeedChanged", async () => {
      const f = await loadFixture(nexusFixture);
      const feed = { decimals: 36n, quorum: 4n, maxBandBps: 250n };
      await expect(setFeed(f, feed, sources(4)))
        .to.emit(f.hub, "FeedChanged")
        .withArgs(ASSET, Object.values(feed), sources(4).map(Object.values));
      expect(await read(f)).to.deep.equal({ feed: [36n, 4n, 250n], sources: sources(4).map(Object.values) });
    });

    it("forgets the sources that are gone", async () => {
      const f = await loadFixture(nexusFixture);
      await setFeed(f, FEED, sources(4));
      await setFeed(f, FEED, [sourceAt(9)]);
      expect((await read(f)).sources).to.deep.equal([Object.values(sourceAt(9))]);
    });
  });
});
