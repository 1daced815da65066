import { expect } from "chai";
import { WAD, ethers, loadFixture } from "../../../support/chain.ts";

const ID = ethers.encodeBytes32String("SEI");
const TIME = 1_700_000_000n;

const feedOf = async (decimals: bigint) => {
  const feed = await ethers.deployContract("MockForeignFeed", [ID, decimals]);
  return { feed, source: await ethers.deployContract("RedstoneSource", [await feed.getAddress()]) };
};
const usual = () => feedOf(8n);
const details = (value: bigint, dataTimestamp = TIME * 1_000n) => ({
  dataTimestamp,
  blockTimestamp: TIME + 90n,
  value,
});

describe("RedstoneSource.read", () => {
  it("brings the adapter's value from the feed's decimals to 18", async () => {
    for (const [decimals, value] of [
      [8n, 31_000_000n],
      [18n, (31n * WAD) / 100n],
    ] as const) {
      const { feed, source } = await feedOf(decimals);
      await feed.setDetails(details(value));
      expect((await source.read()).price).to.equal((31n * WAD) / 100n);
      expect([await source.ADAPTER(), await source.DATA_FEED_ID()]).to.deep.equal([await feed.getAddress(), ID]);
    }
  });

  it("answers the signers' time in seconds, not the block's", async () => {
    const { feed, source } = await loadFixture(usual);
    await feed.setDetails(details(1n, TIME * 1_000n + 999n));
    expect((await source.read()).updatedAt).to.equal(TIME);
  });

  describe("when the value is too large for a price", () => {
    it("reverts instead of wrapping", async () => {
      const { feed, source } = await loadFixture(usual);
      await feed.setDetails(details(2n ** 256n - 1n));
      await expect(source.read()).to.be.revertedWithPanic(0x11);
      await feed.setDetails(details(2n ** 200n));
      await expect(source.read()).to.be.revertedWithCustomError(source, "SafeCastOverflowedIntDowncast");
      await feed.setDetails(details(2n ** 222n));
      await expect(source.read()).to.be.revertedWithCustomError(source, "SafeCastOverflowedUintToInt");
    });
  });

  describe("when the time does not fit 32 bits", () => {
    it("reverts instead of answering a time that looks new", async () => {
      const { feed, source } = await loadFixture(usual);
      await feed.setDetails(details(1n, (2n ** 32n + TIME) * 1_000n));
      await expect(source.read()).to.be.revertedWithCustomError(source, "SafeCastOverflowedUintDowncast");
    });
  });

  describe("when the adapter has no value", () => {
    it("reverts", async () => {
      const { feed, source } = await loadFixture(usual);
      await feed.stopAdapter();
      await expect(source.read()).to.be.revertedWithCustomError(feed, "UnknownFeed").withArgs(ID);
    });
  });

  describe("when the feed has more than 18 decimals", () => {
    it("cannot be made", async () => {
      const { source } = await loadFixture(usual);
      const feed = await ethers.deployContract("MockForeignFeed", [ID, 19n]);
      await expect(ethers.deployContract("RedstoneSource", [await feed.getAddress()]))
        .to.be.revertedWithCustomError(source, "DecimalsOutOfRange")
        .withArgs(19n);
    });
  });
});
