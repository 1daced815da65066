import { expect } from "chai";
import { type FeedValues, deployOracles } from "../../../../scripts/sandbox/oracles.ts";
import { type FeedName } from "../../../../scripts/sandbox/oracles.ts";
import { IPriceSource__factory } from "../../../../types/index.ts";
import { WAD, ethers, loadFixture, now, time, voteKey } from "../../../support/chain.ts";
import { QUOTE } from "../../../support/enums.ts";
import { bareFixture } from "../../../support/nexus.ts";

const VALUES: FeedValues = { "SEI/USD": (31n * WAD) / 100n, "ETH/USD": 3_123n * WAD, "USDC/USD": WAD };
const MAX_AGE = 90_000n;
const DEVIATION_BPS = 100n;
const FEED = { decimals: 18n, quorum: 1n, maxBandBps: 500n };
const AIRNODES = [0, 1, 2].map((index) => voteKey(900 + index));

const sourceOf = (reader: string) => ({ reader, maxAge: MAX_AGE, deviationBps: DEVIATION_BPS });

/** API3's own server and reader proxies with beacons that three keys signed; WSEI's feed reads a proxy as it is. */
const api3Fixture = async () => {
  const f = await bareFixture();
  const timestamp = Number(await now());
  const { proxies } = await deployOracles(f.deployer, AIRNODES, { values: VALUES, timestamp });
  await f.hub.connect(f.admin).setFeed(f.addresses.wsei, FEED, [sourceOf(proxies["SEI/USD"])]);
  return { ...f, proxies, timestamp: BigInt(timestamp) };
};

describe("OracleHub over API3's reader proxies", () => {
  it("finds in each the shape of a source, with the median and its time", async () => {
    const f = await loadFixture(api3Fixture);
    for (const name of ["SEI/USD", "ETH/USD", "USDC/USD"] satisfies FeedName[]) {
      const source = IPriceSource__factory.connect(f.proxies[name], ethers.provider);
      expect([...(await source.read())]).to.deep.equal([VALUES[name], f.timestamp]);
    }
  });

  it("prices by the genuine feed's median", async () => {
    const f = await loadFixture(api3Fixture);
    const { middle, lower, upper, fresh } = await f.hub.quote(f.addresses.wsei);
    expect([middle, fresh]).to.deep.equal([VALUES["SEI/USD"], 1n]);
    expect(lower).to.be.lessThanOrEqual((VALUES["SEI/USD"] * 99n) / 100n);
    expect(upper).to.be.greaterThanOrEqual((VALUES["SEI/USD"] * 101n) / 100n);
  });

  it("refuses a feed that is too old, by a second [NX-ORA-01]", async () => {
    const f = await loadFixture(api3Fixture);
    await time.increaseTo(f.timestamp + MAX_AGE);
    expect((await f.hub.previewQuote(f.addresses.wsei)).status).to.equal(QUOTE.ready);
    await time.increase(1n);
    expect((await f.hub.previewQuote(f.addresses.wsei)).status).to.equal(QUOTE.quorumMissed);
  });

  it("survives a reader that is none, and one that is broken [NX-ORA-02]", async () => {
    const f = await loadFixture(api3Fixture);
    const readers = [f.addresses.usdc, f.attacker.address, f.proxies["SEI/USD"]];
    await f.hub.connect(f.admin).setFeed(f.addresses.wsei, FEED, readers.map(sourceOf));
    const { middle, fresh } = await f.hub.quote(f.addresses.wsei);
    expect([middle, fresh]).to.deep.equal([VALUES["SEI/USD"], 1n]);
  });
});
