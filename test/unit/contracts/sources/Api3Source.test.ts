import { expect } from "chai";
import { type FeedValues, deployOracles } from "../../../../scripts/sandbox/oracles.ts";
import { WAD, ethers, loadFixture, now, time, voteKey } from "../../../support/chain.ts";
import { QUOTE } from "../../../support/enums.ts";
import { bareFixture } from "../../../support/nexus.ts";

const VALUES: FeedValues = { "SEI/USD": (31n * WAD) / 100n, "ETH/USD": 3_123n * WAD, "USDC/USD": WAD };
const MAX_AGE = 90_000n;
const AIRNODES = [0, 1, 2].map((index) => voteKey(900 + index));

/** API3's own server and reader proxies with beacons that three keys signed, and a source on each proxy. */
const api3Fixture = async () => {
  const f = await bareFixture();
  const timestamp = Number(await now());
  const oracles = await deployOracles(f.deployer, AIRNODES, { values: VALUES, timestamp });
  const sei = await ethers.deployContract("Api3Source", [oracles.proxies["SEI/USD"], MAX_AGE, 100n]);
  const eth = await ethers.deployContract("Api3Source", [oracles.proxies["ETH/USD"], MAX_AGE, 50n]);
  const list = [await sei.getAddress()];
  await f.hub.connect(f.admin).setFeed(f.addresses.wsei, { decimals: 18n, quorum: 1n, maxBandBps: 500n }, list);
  return { ...f, oracles, sei, eth, timestamp: BigInt(timestamp) };
};

describe("Api3Source.read", () => {
  it("answers the genuine feed's median, time, and what it was told of age and deviation", async () => {
    const f = await loadFixture(api3Fixture);
    expect([...(await f.sei.read())]).to.deep.equal([VALUES["SEI/USD"], f.timestamp, MAX_AGE, 100n]);
    expect([...(await f.eth.read())]).to.deep.equal([VALUES["ETH/USD"], f.timestamp, MAX_AGE, 50n]);
  });

  it("gives OracleHub a price", async () => {
    const f = await loadFixture(api3Fixture);
    const { middle, lower, upper } = await f.hub.quote(f.addresses.wsei);
    expect(middle).to.equal(VALUES["SEI/USD"]);
    expect(lower).to.be.lessThanOrEqual((VALUES["SEI/USD"] * 99n) / 100n);
    expect(upper).to.be.greaterThanOrEqual((VALUES["SEI/USD"] * 101n) / 100n);
  });

  it("is refused by OracleHub once the feed is too old [NX-ORA-01]", async () => {
    const f = await loadFixture(api3Fixture);
    await time.increaseTo(f.timestamp + MAX_AGE);
    expect((await f.hub.previewQuote(f.addresses.wsei)).status).to.equal(QUOTE.ready);
    await time.increase(1n);
    expect((await f.hub.previewQuote(f.addresses.wsei)).status).to.equal(QUOTE.quorumMissed);
  });

  it("reverts when the proxy is none, which OracleHub survives [NX-ORA-02]", async () => {
    const f = await loadFixture(api3Fixture);
    const broken = await ethers.deployContract("Api3Source", [f.addresses.usdc, MAX_AGE, 100n]);
    await expect(broken.read()).to.be.revertedWithoutReason(ethers);
    const list = [await broken.getAddress(), await f.sei.getAddress()];
    await f.hub.connect(f.admin).setFeed(f.addresses.wsei, { decimals: 18n, quorum: 1n, maxBandBps: 500n }, list);
    expect((await f.hub.quote(f.addresses.wsei)).fresh).to.equal(1n);
  });
});
