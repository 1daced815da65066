import { expect } from "chai";
import { WAD, ethers, loadFixture } from "../../../support/chain.ts";
import { bareFixture, sourceOf } from "../../../support/nexus.ts";

const ASSET = ethers.getAddress(`0x${"a5".repeat(20)}`);

/** One source that says 100 dollars within 1 %. */
const oneSource = async () => {
  const f = await bareFixture();
  const source = await ethers.deployContract("MockSource", [100n * WAD]);
  const list = [sourceOf(await source.getAddress())];
  await f.hub.connect(f.admin).setFeed(ASSET, { decimals: 18n, quorum: 1n, maxBandBps: 300n }, list);
  return { ...f, source };
};

/** Three sources within 1 % each, two of which must agree. */
const threeSources = async () => {
  const f = await bareFixture();
  const sources = [
    await ethers.deployContract("MockSource", [100n * WAD]),
    await ethers.deployContract("MockSource", [101n * WAD]),
    await ethers.deployContract("MockSource", [100n * WAD]),
  ];
  const list = await Promise.all(sources.map(async (source) => sourceOf(await source.getAddress())));
  await f.hub.connect(f.admin).setFeed(ASSET, { decimals: 18n, quorum: 2n, maxBandBps: 300n }, list);
  return { ...f, sources, list };
};
const QUORUM_MISSED = 2n;
const BAND_TOO_WIDE = 3n;

describe("OracleHub.valueRange", () => {
  it("values an amount at both ends, rounded down and up", async () => {
    const f = await loadFixture(oneSource);
    expect([...(await f.hub.valueRange(ASSET, 2n * WAD))]).to.deep.equal([198n * WAD, 202n * WAD]);
    await f.source.setPrice(1n);
    expect([...(await f.hub.valueRange(ASSET, WAD / 2n))]).to.deep.equal([0n, 1n]);
  });

  it("reads the asset's own decimals", async () => {
    const f = await loadFixture(oneSource);
    const list = [sourceOf(await f.source.getAddress())];
    await f.hub.connect(f.admin).setFeed(ASSET, { decimals: 6n, quorum: 1n, maxBandBps: 300n }, list);
    expect([...(await f.hub.valueRange(ASSET, 5n * 10n ** 5n))]).to.deep.equal([
      (495n * WAD) / 10n,
      (505n * WAD) / 10n,
    ]);
  });

  it("values an amount at the ends that several sources agree on, lower and upper in their places", async () => {
    const f = await loadFixture(threeSources);
    const { lower, upper } = await f.hub.quote(ASSET);
    expect(lower < upper).to.equal(true);
    expect([...(await f.hub.valueRange(ASSET, 3n * WAD))]).to.deep.equal([3n * lower, 3n * upper]);
  });

  it("is nothing at both ends where there is no price, and says why [NX-ORA-02]", async () => {
    const one = await loadFixture(oneSource);
    await one.source.setPrice(0n);
    expect([...(await one.hub.previewValueRange(ASSET, WAD))].slice(1)).to.deep.equal([0n, 0n]);
    const three = await loadFixture(threeSources);
    await three.sources[0]?.setPrice(0n);
    await three.sources[1]?.setPrice(0n);
    const [status, ...ends] = await three.hub.previewValueRange(ASSET, WAD);
    expect([status, ends]).to.deep.equal([QUORUM_MISSED, [0n, 0n]]);
    await expect(three.hub.valueRange(ASSET, WAD))
      .to.be.revertedWithCustomError(three.hub, "PriceUnavailable")
      .withArgs(ASSET, QUORUM_MISSED, 1n);
    // Apart by more than the band may be wide: what the sources said is told by nobody.
    await three.sources[0]?.setPrice(100n * WAD);
    await three.sources[1]?.setPrice(102n * WAD);
    await three.sources[2]?.setPrice(101n * WAD);
    await three.hub.connect(three.admin).setFeed(ASSET, { decimals: 18n, quorum: 2n, maxBandBps: 10n }, three.list);
    const [wide, ...told] = await three.hub.previewValueRange(ASSET, WAD);
    expect([wide, told]).to.deep.equal([BAND_TOO_WIDE, [0n, 0n]]);
  });
});
