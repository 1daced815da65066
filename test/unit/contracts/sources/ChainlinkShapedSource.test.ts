import { expect } from "chai";
import { WAD, ethers, loadFixture } from "../../../support/chain.ts";

const ID = ethers.id("any");
const TIME = 1_700_000_000n;

const feedOf = async (decimals: bigint) => {
  const feed = await ethers.deployContract("MockForeignFeed", [ID, decimals]);
  return { feed, source: await ethers.deployContract("ChainlinkShapedSource", [await feed.getAddress()]) };
};
const usual = () => feedOf(8n);

describe("ChainlinkShapedSource.read", () => {
  it("brings the answer from the feed's decimals to 18", async () => {
    for (const [decimals, answer] of [
      [0n, 3n],
      [8n, 300_000_000n],
      [18n, 3n * WAD],
    ] as const) {
      const { feed, source } = await feedOf(decimals);
      await feed.setRound({ id: 7n, answer, updatedAt: TIME });
      expect([...(await source.read())]).to.deep.equal([3n * WAD, TIME]);
      expect(await source.FEED()).to.equal(await feed.getAddress());
    }
  });

  it("takes any number of a round", async () => {
    const { feed, source } = await loadFixture(usual);
    for (const id of [0n, 1n, 2n ** 80n - 1n]) {
      await feed.setRound({ id, answer: 1n, updatedAt: TIME });
      expect((await source.read()).updatedAt).to.equal(TIME);
    }
  });

  it("passes a negative answer on, which is no price to the hub", async () => {
    const { feed, source } = await loadFixture(usual);
    await feed.setRound({ id: 1n, answer: -1n, updatedAt: TIME });
    expect((await source.read()).price).to.equal(-(10n ** 10n));
  });

  describe("when the answer is too large for a price", () => {
    it("reverts instead of wrapping", async () => {
      const { feed, source } = await loadFixture(usual);
      await feed.setRound({ id: 1n, answer: 2n ** 255n - 1n, updatedAt: TIME });
      await expect(source.read()).to.be.revertedWithPanic(0x11);
      await feed.setRound({ id: 1n, answer: 2n ** 200n, updatedAt: TIME });
      await expect(source.read()).to.be.revertedWithCustomError(source, "SafeCastOverflowedIntDowncast");
    });
  });

  describe("when the time does not fit 32 bits", () => {
    it("reverts instead of answering a time that looks new", async () => {
      const { feed, source } = await loadFixture(usual);
      await feed.setRound({ id: 1n, answer: 1n, updatedAt: 2n ** 32n + TIME });
      await expect(source.read()).to.be.revertedWithCustomError(source, "SafeCastOverflowedUintDowncast");
    });
  });

  describe("when the feed has more than 18 decimals", () => {
    it("cannot be made", async () => {
      const { source } = await loadFixture(usual);
      const feed = await ethers.deployContract("MockForeignFeed", [ID, 19n]);
      await expect(ethers.deployContract("ChainlinkShapedSource", [await feed.getAddress()]))
        .to.be.revertedWithCustomError(source, "DecimalsOutOfRange")
        .withArgs(19n);
    });
  });
});
