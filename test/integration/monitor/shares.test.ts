import { expect } from "chai";
import { createHolderReader } from "../../../keepers/adapters/monitor/holders.ts";
import { isRecord } from "../../../keepers/adapters/chain/rpc.ts";
import { RetryableError } from "../../../keepers/core/errors.ts";
import { address, blockNumber } from "../../../keepers/core/units.ts";
import { USDC, ethers, loadFixture } from "../../support/chain.ts";
import { LEVEL } from "../../support/enums.ts";
import { CAUSE, pass } from "../../support/evidence.ts";
import { inProcessNode } from "../../support/fakeNode.ts";
import { type MonitorSetup, monitorOf } from "../../support/monitor.ts";
import {
  type SharesEvidence,
  enter,
  holdersOf,
  leave,
  priceWsei,
  season,
  sharesFixture,
} from "../../support/sharesEvidence.ts";

const MINUTES = 60n;
const MARKS = ["observeShares SharePriceFell", "observeShares SharesLeft"];

const holderReaderOf = (f: SharesEvidence): ReturnType<typeof createHolderReader> =>
  createHolderReader(inProcessNode(), {
    treasury: address(f.addresses.treasury),
    fromBlock: 0n,
    onTrouble: (what) => expect.fail(what),
  });

const monitored = async (f: SharesEvidence, setup: MonitorSetup = {}) => {
  const monitor = await monitorOf(f, { ...setup, holdersAt: holderReaderOf(f) });
  return { ...monitor, level: () => f.breaker.highestLevel([]) };
};

describe("The price-feed monitor over the treasury's shares", () => {
  it("marks them once in a window, trips everything when a share loses its worth, and ends that after the cool-down [NX-MON-06]", async () => {
    const f = await loadFixture(sharesFixture);
    const { run, done, level } = await monitored(f);
    await run(6);
    expect(done()).to.deep.equal(MARKS);
    await pass(20n);
    await priceWsei(f, 15n);
    await run(4);
    expect([done().at(2), await level()]).to.deep.equal(["tripShares SharePriceFell", LEVEL.reduceOnly]);
    await run(3);
    expect(done().at(3), "what is seen to rest is told").to.equal("observeShares SharePriceFell");
    await pass(11n * MINUTES);
    await run(4);
    expect([done().at(-1), await level()]).to.deep.equal(["restoreShares SharePriceFell", LEVEL.normal]);
  });

  it("names the holders itself, so that shares that leave are seen though recent ones hide them [NX-MON-06] [NX-BRK-08]", async () => {
    const f = await loadFixture(sharesFixture);
    const { run, done, level } = await monitored(f);
    await run(6);
    await pass(20n);
    await leave(f, "depositor", 40n);
    await enter(f);
    await run(4);
    expect([done().at(2), await level()]).to.deep.equal(["tripShares SharesLeft", LEVEL.reduceOnly]);
  });

  it("marks again what a stranger marked first with nobody named, and sees shares leave [NX-MON-06] [NX-BRK-08]", async () => {
    const f = await loadFixture(sharesFixture);
    const { run, done, level } = await monitored(f);
    await f.evidence.observeShares(CAUSE.sharesLeft, []);
    await run(6);
    expect(done()).to.deep.equal(MARKS);
    await pass(20n);
    await leave(f, "depositor", 40n);
    await run(4);
    expect([done().at(2), await level()]).to.deep.equal(["tripShares SharesLeft", LEVEL.reduceOnly]);
  });

  it("shows evidence about prices while nobody tells who holds shares [NX-MON-06]", async () => {
    const f = await loadFixture(sharesFixture);
    const holdersAt = (): Promise<never> => Promise.reject(new RetryableError("the node keeps no logs"));
    const { run, done } = await monitorOf(f, { holdersAt });
    await run(6);
    expect(done()).to.deep.equal(["observeShares SharePriceFell"]);
  });

  it("trips nothing for deposits, refunds and shares that change hands [NX-MON-06] [NX-BRK-08]", async () => {
    const f = await loadFixture(sharesFixture);
    await enter(f, 3_000_000n * USDC);
    const { run, done, level } = await monitored(f);
    await run(6);
    await pass(20n);
    await f.treasury.connect(f.attacker).refund(await f.treasury.balanceOf(f.attacker.address));
    const shares = await f.treasury.balanceOf(f.depositor.address);
    await f.treasury.connect(f.depositor).transfer(f.payee.address, shares / 2n);
    await run(6);
    expect([done(), await level()]).to.deep.equal([MARKS, LEVEL.normal]);
  });

  it("leaves out what cannot be measured without a price, and shows the rest", async () => {
    const f = await loadFixture(sharesFixture);
    const { run, done, told } = await monitored(f);
    await f.sources.wsei.setPrice(0n);
    await run(4);
    expect(done()).to.deep.equal(["observeShares SharesLeft"]);
    expect(told.some(({ kind }) => kind === "feeds")).to.equal(true);
  });

  it("knows the largest holders from what was transferred, each in its place and none that left", async () => {
    const f = await loadFixture(sharesFixture);
    await enter(f);
    await season();
    const read = holderReaderOf(f);
    const latest = async () => blockNumber(BigInt(await ethers.provider.getBlockNumber()));
    expect(await read(await latest())).to.deep.equal(holdersOf(f).map((one) => address(one)));
    const shares = await f.treasury.balanceOf(f.attacker.address);
    await f.treasury.connect(f.attacker).transfer(f.payee.address, shares);
    // What was read is read again with the newest blocks, and counts once.
    for (let round = 0; round < 2; round += 1) {
      const found = await read(await latest());
      expect([...found].sort()).to.deep.equal([f.depositor.address, f.payee.address].map((one) => address(one)).sort());
    }
  });

  it("reads the past piece by piece, a few at each look, and goes on where a node failed", async () => {
    const asked: bigint[] = [];
    const request = (_: string, [filter]: readonly unknown[]): Promise<unknown> => {
      const from = isRecord(filter) ? BigInt(String(filter["fromBlock"])) : -1n;
      asked.push(from);
      return asked.length === 4 ? Promise.reject(new RetryableError("busy")) : Promise.resolve([]);
    };
    const treasury = address(`0x${"11".repeat(20)}`);
    const onTrouble = (what: string): void => expect.fail(what);
    const read = createHolderReader({ request }, { treasury, fromBlock: 0n, onTrouble });
    await read(blockNumber(100_000n)).catch(() => undefined);
    await read(blockNumber(100_000n));
    expect(asked.slice(3, 5)).to.deep.equal([6_000n, 5_990n]);
    expect(asked.length).to.equal(4 + 16);
  });
});
