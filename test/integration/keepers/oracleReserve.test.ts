import { expect } from "chai";
import { SOURCE_GAS, readOracleReserve } from "../../../keepers/adapters/chain/oracleReserve.ts";
import { address } from "../../../keepers/core/units.ts";
import { ethers, loadFixture } from "../../support/chain.ts";
import { fundedFixture, sourceOf } from "../../support/nexus.ts";

const node = {
  request: (method: string, params: readonly unknown[]): Promise<unknown> => ethers.provider.send(method, [...params]),
};
const silent = { request: () => Promise.reject(new Error("nobody answers")) };

describe("The gas that is kept for prices", () => {
  const givenOf = async () => {
    const f = await loadFixture(fundedFixture);
    const tokens = [f.addresses.usdc, f.addresses.wsei].map((token) => ({
      address: address(token),
      symbol: "any",
      decimals: 18,
    }));
    return { f, given: { oracleHub: address(f.addresses.hub), tokens } };
  };

  it("is every source's allowance, and one more", async () => {
    const { f, given } = await givenOf();
    expect(await readOracleReserve(node, given)).to.equal(3n * SOURCE_GAS);
    const feed = { decimals: 18n, quorum: 2n, maxBandBps: 500n };
    const readers = [f.addresses.usdc, f.addresses.weth, f.addresses.wsei].map((reader) => sourceOf(reader));
    await f.hub.connect(f.admin).setFeed(f.addresses.wsei, feed, readers);
    expect(await readOracleReserve(node, given)).to.equal(5n * SOURCE_GAS);
  });

  it("is that of the most sources where the chain does not answer, or has no hub there", async () => {
    const { f, given } = await givenOf();
    expect(await readOracleReserve(silent, given)).to.equal(9n * SOURCE_GAS);
    const elsewhere = { ...given, oracleHub: address(f.anyone.address) };
    expect(await readOracleReserve(node, elsewhere)).to.equal(9n * SOURCE_GAS);
  });

  it("is enough for each source that the hub reads", async () => {
    const { f } = await givenOf();
    // What the hub demands before it reads a source, from its own refusal.
    const call = { to: f.addresses.hub, data: f.hub.interface.encodeFunctionData("quote", [f.addresses.usdc]) };
    const intrinsic = 21_000n + 3_000n;
    await ethers.provider.call({ ...call, gasLimit: SOURCE_GAS + intrinsic + 10_000n });
  });
});
