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
});
