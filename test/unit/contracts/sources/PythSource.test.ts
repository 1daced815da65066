import { expect } from "chai";
import { DAY, WAD, ZERO, ethers, loadFixture, now } from "../../../support/chain.ts";
import { bareFixture } from "../../../support/nexus.ts";
import { IPriceSource__factory } from "../../../../types/index.ts";

const FEED_ID = ethers.id("SEI/USD");
const ASSET = ethers.getAddress(`0x${"a5".repeat(20)}`);
const MAX_INT64 = 2n ** 63n - 1n;
const DEVIATIONS = 3n;

const pythFixture = async () => {
  const f = await bareFixture();
  const pyth = await ethers.deployContract("MockForeignFeed", [FEED_ID, 8n]);
  const source = await ethers.deployContract("PythSource", [await pyth.getAddress(), FEED_ID, DEVIATIONS]);
  return { ...f, pyth, source };
};

const price = (
  value: bigint,
  expo: bigint,
  change: { readonly conf?: bigint; readonly publishTime?: bigint } = {},
) => ({
  price: value,
  conf: change.conf ?? 0n,
  expo,
  publishTime: change.publishTime ?? 1_700_000_000n,
});

describe("PythSource.read", () => {
  it("brings price and interval from the feed's exponent to 18 decimals", async () => {
    const { pyth, source } = await loadFixture(pythFixture);
    await pyth.setPythPrice(price(31_234_567n, -8n, { conf: 12_345n, publishTime: 1_700_000_001n }));
    expect([...(await source.read())]).to.deep.equal([
      31_234_567n * 10n ** 10n,
      1_700_000_001n,
      DEVIATIONS * 12_345n * 10n ** 10n,
    ]);
  });

  it("takes every exponent from -18 to 0", async () => {
    const { pyth, source } = await loadFixture(pythFixture);
    for (const [expo, scale] of [
      [-18n, 1n],
      [-1n, 10n ** 17n],
      [0n, WAD],
    ] as const) {
      await pyth.setPythPrice(price(MAX_INT64, expo, { conf: 2n ** 64n - 1n }));
      const [value, , interval] = await source.read();
      expect([value, interval]).to.deep.equal([MAX_INT64 * scale, (2n ** 64n - 1n) * scale * DEVIATIONS]);
    }
  });

  it("passes a negative price on, which is none to the hub", async () => {
    const { pyth, source } = await loadFixture(pythFixture);
    await pyth.setPythPrice(price(-1n, -8n));
    expect((await source.read()).price).to.equal(-(10n ** 10n));
  });

  it("prices through the hub with Pyth's interval beside the feed's own", async () => {
    const { pyth, source, hub, admin } = await loadFixture(pythFixture);
    const reader = await source.getAddress();
    const feed = { decimals: 18n, quorum: 1n, maxBandBps: 1_000n };
    await hub.connect(admin).setFeed(ASSET, feed, [{ reader, maxAge: DAY, deviationBps: 100n }]);
    // A dollar, give or take a cent: three cents of Pyth's, and one of the feed's deviation.
    await pyth.setPythPrice(price(100n, -2n, { conf: 1n, publishTime: await now() }));
    const { answer } = await hub.previewQuote.staticCall(ASSET, { blockTag: "latest" });
    expect([answer.middle, answer.lower, answer.upper]).to.deep.equal([WAD, (96n * WAD) / 100n, (104n * WAD) / 100n]);
    // Whoever expects two words reads them.
    expect((await IPriceSource__factory.connect(reader, ethers.provider).read()).price).to.equal(WAD);
  });

  describe("when the exponent lies outside -18 to 0", () => {
    it("reverts with ExponentOutOfRange", async () => {
      const { pyth, source } = await loadFixture(pythFixture);
      for (const expo of [-40n, -19n, 1n, 2n ** 31n - 1n, -(2n ** 31n)]) {
        await pyth.setPythPrice(price(1n, expo));
        await expect(source.read()).to.be.revertedWithCustomError(source, "ExponentOutOfRange").withArgs(expo);
      }
    });
  });

  describe("when the time does not fit 32 bits", () => {
    it("reverts instead of answering a time that looks new", async () => {
      const { pyth, source } = await loadFixture(pythFixture);
      const publishTime = 2n ** 32n + (await now());
      await pyth.setPythPrice(price(1n, -8n, { publishTime }));
      await expect(source.read())
        .to.be.revertedWithCustomError(source, "SafeCastOverflowedUintDowncast")
        .withArgs(32n, publishTime);
    });
  });

  describe("when Pyth does not know the feed", () => {
    it("reverts", async () => {
      const { pyth } = await loadFixture(pythFixture);
      const unknown = ethers.id("no such feed");
      const source = await ethers.deployContract("PythSource", [await pyth.getAddress(), unknown, DEVIATIONS]);
      await expect(source.read()).to.be.revertedWithCustomError(pyth, "UnknownFeed").withArgs(unknown);
    });
  });

  describe("when it is made with no deviation or more than ten", () => {
    it("reverts with DeviationsOutOfRange", async () => {
      const { source } = await loadFixture(pythFixture);
      for (const deviations of [0n, 11n]) {
        await expect(ethers.deployContract("PythSource", [ZERO, FEED_ID, deviations]))
          .to.be.revertedWithCustomError(source, "DeviationsOutOfRange")
          .withArgs(deviations);
      }
      const most = await ethers.deployContract("PythSource", [ZERO, FEED_ID, 10n]);
      expect(await most.DEVIATIONS()).to.equal(10n);
    });
  });
});
