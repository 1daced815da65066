import { expect } from "chai";
import { ethers, loadFixture } from "../../../support/chain.ts";
import { type Nexus, nexusFixture } from "../../../support/nexus.ts";

const FEED = { decimals: 18n, quorum: 1n, maxBandBps: 100n } as const;
const ASSET = ethers.getAddress(`0x${"a5".repeat(20)}`);
const sourceAt = (index: number): string => ethers.getAddress(ethers.toBeHex(0x1000 + index, 20));
const sources = (count: number): string[] => Array.from({ length: count }, (_, index) => sourceAt(index));

const setFeed = (
  f: Nexus,
  feed: { readonly decimals: bigint; readonly quorum: bigint; readonly maxBandBps: bigint },
  list: string[],
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
    ["one source is named twice", FEED, [sourceAt(0), sourceAt(1), sourceAt(0)]],
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

  describe("when all is well", () => {
    it("sets feed and sources and emits FeedChanged", async () => {
      const f = await loadFixture(nexusFixture);
      const feed = { decimals: 36n, quorum: 4n, maxBandBps: 250n };
      await expect(setFeed(f, feed, sources(4)))
        .to.emit(f.hub, "FeedChanged")
        .withArgs(ASSET, Object.values(feed), sources(4));
      const answer = await f.hub.feedOf(ASSET);
      expect([...answer.feed]).to.deep.equal([36n, 4n, 250n]);
      expect([...answer.sources]).to.deep.equal(sources(4));
    });

    it("forgets the sources that are gone", async () => {
      const f = await loadFixture(nexusFixture);
      await setFeed(f, FEED, sources(4));
      await setFeed(f, FEED, [sourceAt(9)]);
      expect([...(await f.hub.feedOf(ASSET)).sources]).to.deep.equal([sourceAt(9)]);
    });
  });
});
