import { expect } from "chai";
import { DAY, WAD, ethers, loadFixture, now, takeSnapshot, time } from "../../../support/chain.ts";
import { QUOTE, SOURCE } from "../../../support/enums.ts";
import { bareFixture, sourceOf } from "../../../support/nexus.ts";

const ASSET = ethers.getAddress(`0x${"a5".repeat(20)}`);
const MAX_PRICE = 2n ** 128n - 1n;

/** A feed of `prices.length` stand-in sources, each within 1 % and good for a day. */
const feedOf = async (
  prices: readonly bigint[],
  change: { readonly quorum?: bigint; readonly maxBandBps?: bigint; readonly deviationBps?: bigint } = {},
) => {
  const f = await bareFixture();
  const { quorum = 1n, maxBandBps = 10_000n, deviationBps } = change;
  const deploy = (price: bigint) => ethers.deployContract("MockSource", [price]);
  const deployed = [await deploy(prices[0] ?? 0n)];
  for (const price of prices.slice(1)) deployed.push(await deploy(price));
  const list = await Promise.all(deployed.map(async (source) => sourceOf(await source.getAddress(), deviationBps)));
  await f.hub.connect(f.admin).setFeed(ASSET, { decimals: 18n, quorum, maxBandBps }, list);
  return { ...f, feed: deployed };
};

const oneSource = () => feedOf([100n * WAD], { maxBandBps: 300n });
const twoSources = () => feedOf([100n * WAD, 101n * WAD], { quorum: 2n });
const apartSources = () => feedOf([100n * WAD, 104n * WAD], { quorum: 1n });
const threeSources = () => feedOf([102n * WAD, 100n * WAD, 101n * WAD], { quorum: 2n });
const lonelySources = () => feedOf([100n * WAD, 104n * WAD, 110n * WAD, 101n * WAD], { quorum: 3n });
const fourSources = () => feedOf([103n * WAD, 100n * WAD, 101n * WAD, 102n * WAD]);
const twoPairs = () => feedOf([100n * WAD, 110n * WAD, 101n * WAD, 111n * WAD], { quorum: 2n });
const strictSources = () => feedOf([100n * WAD, (1_015n * WAD) / 10n], { quorum: 2n, maxBandBps: 300n });
const sureSource = () => feedOf([100n * WAD], { maxBandBps: 300n, deviationBps: 10n });
const ignorantSource = () => feedOf([100n * WAD], { deviationBps: 10_000n });
/** 99 and 101 within 2 %: their band is six hundred basis points of the hundred between them. */
const exactSources = () => feedOf([99n * WAD, 101n * WAD], { quorum: 2n, maxBandBps: 600n, deviationBps: 200n });
const sameSources = () => feedOf([100n * WAD, 100n * WAD], { quorum: 2n, maxBandBps: 0n, deviationBps: 0n });
/** 98 and 102 within 2 %: one ends at 99.96, where the other begins. */
const touchingSources = () => feedOf([98n * WAD, 102n * WAD], { quorum: 2n, deviationBps: 200n });
type Feed = Awaited<ReturnType<typeof oneSource>>;

const quoteOf = async (f: Feed) => {
  const { status, answer } = await f.hub.previewQuote(ASSET);
  return { status, middle: answer.middle, lower: answer.lower, upper: answer.upper, fresh: answer.fresh };
};

/** How sure the price is in basis points, and which sources stand apart, as bits. */
const doubtOf = async (f: Feed): Promise<readonly [bigint, bigint]> => {
  const { answer } = await f.hub.previewQuote(ASSET);
  return [answer.confidenceBps, answer.outliers];
};

const expectUnavailable = async (f: Feed, status: bigint, fresh: bigint): Promise<void> => {
  const answer = await quoteOf(f);
  expect([answer.status, answer.fresh]).to.deep.equal([status, fresh]);
  await expect(f.hub.quote(ASSET))
    .to.be.revertedWithCustomError(f.hub, "PriceUnavailable")
    .withArgs(ASSET, status, fresh);
  await expect(f.hub.valueRange(ASSET, 1n))
    .to.be.revertedWithCustomError(f.hub, "PriceUnavailable")
    .withArgs(ASSET, status, fresh);
};

/** The one source says 100 dollars from now on, true at `updatedAt`; the next call sees time stand still. */
const say = (f: Feed, updatedAt: bigint) => f.feed[0]?.setAnswer(100n * WAD, updatedAt);

describe("OracleHub.quote", () => {
  describe("given the asset has no feed", () => {
    it("reverts with PriceUnavailable(UnknownAsset)", async () => {
      const f = await loadFixture(bareFixture);
      const asset = f.addresses.usdc;
      expect((await f.hub.previewQuote(asset)).status).to.equal(QUOTE.unknownAsset);
      await expect(f.hub.quote(asset))
        .to.be.revertedWithCustomError(f.hub, "PriceUnavailable")
        .withArgs(asset, QUOTE.unknownAsset, 0n);
    });
  });

  describe("given one source", () => {
    it("answers its price and interval", async () => {
      const f = await loadFixture(oneSource);
      const [middle, lower, upper] = [100n * WAD, 99n * WAD, 101n * WAD];
      expect(await quoteOf(f)).to.deep.equal({ status: QUOTE.ready, middle, lower, upper, fresh: 1n });
      // A band of 200 of the 300 basis points that are allowed costs a third of the sureness.
      expect([...(await f.hub.quote(ASSET))]).to.deep.equal([middle, lower, upper, 1n, 6_667n, 0n]);
    });

    for (const [words, price] of [
      ["zero", 0n],
      ["negative", -1n],
      ["the most negative number", -(2n ** 223n)],
      ["above 128 bits", MAX_PRICE + 1n],
    ] as const) {
      it(`refuses a price that is ${words} [NX-ORA-01]`, async () => {
        const f = await loadFixture(oneSource);
        await f.feed[0]?.setPrice(price);
        await expectUnavailable(f, QUOTE.quorumMissed, 0n);
      });
    }

    it("takes the largest price that is one", async () => {
      const f = await loadFixture(oneSource);
      await f.feed[0]?.setPrice(MAX_PRICE);
      expect((await quoteOf(f)).middle).to.equal(MAX_PRICE);
    });

    it("refuses a price from the future, be it by a second [NX-ORA-01]", async () => {
      const f = await loadFixture(oneSource);
      const updatedAt = (await now()) + 3_600n;
      await say(f, updatedAt);
      await expectUnavailable(f, QUOTE.quorumMissed, 0n);
      await time.increaseTo(updatedAt - 1n);
      expect((await quoteOf(f)).status).to.equal(QUOTE.quorumMissed);
      await time.increaseTo(updatedAt);
      expect((await quoteOf(f)).status).to.equal(QUOTE.ready);
    });

    it("takes a price at its maximum age and refuses it a second later [NX-ORA-01]", async () => {
      const f = await loadFixture(sureSource);
      const updatedAt = await now();
      await say(f, updatedAt);
      await time.increaseTo(updatedAt + DAY);
      expect((await quoteOf(f)).status).to.equal(QUOTE.ready);
      await time.increase(1n);
      await expectUnavailable(f, QUOTE.quorumMissed, 0n);
    });

    it("doubles the interval from new to its maximum age, in proportion", async () => {
      const f = await loadFixture(oneSource);
      const updatedAt = await now();
      await say(f, updatedAt);
      await time.increaseTo(updatedAt + DAY / 2n);
      const half = await quoteOf(f);
      expect([half.lower, half.upper]).to.deep.equal([(985n * WAD) / 10n, (1_015n * WAD) / 10n]);
      // A quarter less for half of the age, and half of the rest less for the widest band.
      expect(await doubtOf(f)).to.deep.equal([3_750n, 0n]);
    });

    it("refuses a band that has grown too wide with age [NX-ORA-01]", async () => {
      const f = await loadFixture(oneSource);
      const updatedAt = await now();
      await say(f, updatedAt);
      await time.increaseTo(updatedAt + DAY / 2n);
      expect((await quoteOf(f)).status).to.equal(QUOTE.ready);
      await time.increase(10n);
      await expectUnavailable(f, QUOTE.bandTooWide, 1n);
    });

    it("keeps the lower end above below zero for one that knows nothing", async () => {
      const f = await loadFixture(ignorantSource);
      await say(f, (await now()) - DAY / 2n);
      const { answer } = await f.hub.previewQuote(ASSET);
      expect(answer.lower).to.equal(0n);
    });
  });

  for (const [words, mode] of [
    ["reverts", SOURCE.reverting],
    ["burns all gas", SOURCE.burningGas],
    ["answers 100,000 bytes", SOURCE.returningMuch],
    ["answers too few bytes", SOURCE.returningLittle],
    ["answers garbage", SOURCE.garbage],
  ] as const) {
    describe(`given one of three sources ${words}`, () => {
      it("answers from the others [NX-ORA-02]", async () => {
        const f = await loadFixture(threeSources);
        await f.feed[1]?.setMode(mode);
        const { status, middle, fresh } = await quoteOf(f);
        expect([status, middle, fresh]).to.deep.equal([QUOTE.ready, (1_015n * WAD) / 10n, 2n]);
      });

      it("answers nothing when a second one does so too [NX-ORA-01]", async () => {
        const f = await loadFixture(threeSources);
        await f.feed[0]?.setMode(mode);
        await f.feed[1]?.setMode(mode);
        await expectUnavailable(f, QUOTE.quorumMissed, 1n);
      });
    });
  }

  describe("given a source is no contract", () => {
    it("does not count it [NX-ORA-02]", async () => {
      const f = await loadFixture(oneSource);
      const [source] = f.feed;
      if (source === undefined) throw new Error("no source");
      const list = [sourceOf(f.anyone.address), sourceOf(await source.getAddress())];
      await f.hub.connect(f.admin).setFeed(ASSET, { decimals: 18n, quorum: 1n, maxBandBps: 300n }, list);
      expect((await quoteOf(f)).fresh).to.equal(1n);
    });
  });

  describe("given two sources", () => {
    it("answers the mean, and the band around both", async () => {
      const f = await loadFixture(twoSources);
      const [middle, lower, upper] = [(1_005n * WAD) / 10n, 99n * WAD, (10_201n * WAD) / 100n];
      expect(await quoteOf(f)).to.deep.equal({ status: QUOTE.ready, middle, lower, upper, fresh: 2n });
    });

    it("refuses when they do not meet, even where one would do, and names both [NX-ORA-01]", async () => {
      const f = await loadFixture(apartSources);
      await expectUnavailable(f, QUOTE.sourcesDisagree, 2n);
      expect(await doubtOf(f)).to.deep.equal([0n, 0b11n]);
    });

    it("is as sure as can be of two that are new, alike and without a doubt, where no width is allowed", async () => {
      const f = await loadFixture(sameSources);
      expect(await doubtOf(f)).to.deep.equal([10_000n, 0n]);
    });

    it("lets them agree where their intervals meet in one number, and not where they miss by one", async () => {
      const f = await loadFixture(touchingSources);
      expect((await quoteOf(f)).status).to.equal(QUOTE.ready);
      await f.feed[1]?.setPrice(102n * WAD + 1n);
      await expectUnavailable(f, QUOTE.sourcesDisagree, 2n);
    });

    it("refuses when one is missing and both are demanded [NX-ORA-01]", async () => {
      const f = await loadFixture(twoSources);
      await f.feed[0]?.setMode(SOURCE.reverting);
      await expectUnavailable(f, QUOTE.quorumMissed, 1n);
    });

    it("refuses when they are too unsure together [NX-ORA-01]", async () => {
      const f = await loadFixture(strictSources);
      await expectUnavailable(f, QUOTE.bandTooWide, 2n);
    });

    it("answers at the very width that is allowed", async () => {
      const f = await loadFixture(exactSources);
      expect((await quoteOf(f)).status).to.equal(QUOTE.ready);
      await f.feed[1]?.setPrice(101n * WAD + 1n);
      expect((await quoteOf(f)).status).to.equal(QUOTE.bandTooWide);
      expect(await doubtOf(f)).to.deep.equal([0n, 0n]);
    });
  });

  describe("given three sources", () => {
    it("answers the middle one, and the band without the farthest end on each side", async () => {
      const f = await loadFixture(threeSources);
      const { middle, lower, upper } = await quoteOf(f);
      expect([middle, lower, upper]).to.deep.equal([101n * WAD, (9_999n * WAD) / 100n, (10_201n * WAD) / 100n]);
      expect(await doubtOf(f)).to.deep.equal([9_900n, 0n]);
    });

    it("leaves out one that stands apart, names it and is less sure [NX-ORA-04]", async () => {
      const f = await loadFixture(threeSources);
      await f.feed[2]?.setPrice(150n * WAD);
      const { status, middle, lower, upper, fresh } = await quoteOf(f);
      expect([status, middle, lower, upper, fresh]).to.deep.equal([
        QUOTE.ready,
        101n * WAD,
        99n * WAD,
        (10_302n * WAD) / 100n,
        3n,
      ]);
      // Two thirds of the sources, and a band of 398 basis points of the 10,000 allowed.
      expect(await doubtOf(f)).to.deep.equal([6_533n, 0b100n]);
    });

    it("is not widened by one that lies just near enough to meet another [NX-ORA-04]", async () => {
      const f = await loadFixture(threeSources);
      await f.feed[1]?.setPrice(104n * WAD);
      const { status, middle, lower, upper } = await quoteOf(f);
      expect([status, middle, lower, upper]).to.deep.equal([
        QUOTE.ready,
        102n * WAD,
        (10_098n * WAD) / 100n,
        (10_302n * WAD) / 100n,
      ]);
    });
  });

  describe("given four sources", () => {
    it("answers the mean of the middle two", async () => {
      const f = await loadFixture(fourSources);
      const { middle, lower, upper } = await quoteOf(f);
      expect([middle, lower, upper]).to.deep.equal([
        (1_015n * WAD) / 10n,
        (9_999n * WAD) / 100n,
        (10_302n * WAD) / 100n,
      ]);
    });

    it("answers nothing when two pairs contradict each other [NX-ORA-01]", async () => {
      const f = await loadFixture(twoPairs);
      await expectUnavailable(f, QUOTE.sourcesDisagree, 4n);
      expect(await doubtOf(f)).to.deep.equal([0n, 0b1111n]);
      await f.feed[3]?.setMode(SOURCE.reverting);
      expect(await quoteOf(f)).to.deep.include({ status: QUOTE.ready, middle: (1_005n * WAD) / 10n, fresh: 3n });
      expect((await doubtOf(f))[1]).to.equal(0b10n);
    });

    it("answers nothing when the largest group is below the quorum [NX-ORA-01]", async () => {
      const f = await loadFixture(lonelySources);
      await expectUnavailable(f, QUOTE.sourcesDisagree, 4n);
    });

    it("answers from any three of them", async () => {
      const f = await loadFixture(fourSources);
      const middles: bigint[] = [];
      for (const source of f.feed) {
        const snapshot = await takeSnapshot();
        await source.setMode(SOURCE.reverting);
        middles.push((await quoteOf(f)).middle / WAD);
        await snapshot.restore();
      }
      expect(middles).to.deep.equal([101n, 102n, 102n, 101n]);
    });
  });

  describe("when the gas is too little to give every source its fair try", () => {
    it("reverts with NotEnoughGas instead of letting the caller choose the sources [NX-ORA-02]", async () => {
      const f = await loadFixture(threeSources);
      await expect(f.hub.quote.staticCall(ASSET, { gasLimit: 95_000n })).to.be.revertedWithCustomError(
        f.hub,
        "NotEnoughGas",
      );
    });
  });
});
