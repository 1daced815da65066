import { expect } from "chai";
import { createKey } from "../../../keepers/adapters/chain/keys.ts";
import { createChainPorts } from "../../../keepers/adapters/chain/operations.ts";
import { createMonitorReader, encodeEvidence } from "../../../keepers/adapters/monitor/evidence.ts";
import { localSigner } from "../../../keepers/adapters/wallet/signer.ts";
import { hex } from "../../../keepers/core/hex.ts";
import type { KeeperEvent } from "../../../keepers/core/events.ts";
import { address, blockNumber, seconds } from "../../../keepers/core/units.ts";
import type { MonitorConfig, MonitorPorts } from "../../../keepers/agents/monitor/ports.ts";
import { createMonitor, resume, tick } from "../../../keepers/agents/monitor/tick.ts";
import { PRICE, ASSET, type Evidence, evidenceFixture, pass, refuse, say, sayAll } from "../../support/evidence.ts";
import { LEVEL } from "../../support/enums.ts";
import { inProcessNode } from "../../support/fakeNode.ts";
import { type MemoryDisk, journalOf, signedOn } from "../../support/memoryLog.ts";
import { ethers, loadFixture, networkHelpers, voteKey } from "../../support/chain.ts";

const GWEI = 10n ** 9n;
const BASE_FEE = 50n * GWEI;
const MINUTES = 60n;
const node = inProcessNode();
const key = createKey(voteKey(7).privateKey);

/** The monitor over the real contracts; what it says and sends is kept. */
const monitorOf = async (f: Evidence, changes: Partial<MonitorConfig> = {}, disk: MemoryDisk = { lines: [] }) => {
  await networkHelpers.setBalance(key.address, 10n ** 20n);
  const at = address(await f.evidence.getAddress());
  const { chainId } = await ethers.provider.getNetwork();
  const told: KeeperEvent[] = [];
  let block = 0;
  const ports: MonitorPorts = {
    head: () => ({ block: blockNumber(BigInt(block)), baseFee: BASE_FEE }),
    read: createMonitorReader(node, {
      oracleHub: address(f.addresses.hub),
      evidence: at,
      tokens: [{ address: address(ASSET), symbol: "ASSET", decimals: 18 }],
      nameOf: (reader) => reader.slice(0, 8),
      heartbeatOf: () => undefined,
    }),
    encode: (operation) => ({ target: at, data: encodeEvidence(operation) }),
    hash: (text) => hex(ethers.id(text)),
    sending: {
      ...createChainPorts(node),
      sign: localSigner([key], chainId),
      store: journalOf(disk),
      nowMs: Date.now,
    },
    emit: (event) => void told.push(event),
  };
  const config: MonitorConfig = {
    name: "monitor",
    sender: key.address,
    dryRun: false,
    showsEvidence: true,
    evidence: { budgetWei: 10n ** 18n, keepsMarks: true },
    everyBlocks: 1n,
    lifetime: seconds(60n),
    tip: GWEI,
    maxGasPrice: 500n * GWEI,
    gasMarginPercent: 30n,
    gasReserve: 500_000n,
    ...changes,
  };
  const monitor = createMonitor(ports, config);
  /** Some rounds, a block each. */
  const run = async (rounds = 3): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) {
      block = await ethers.provider.getBlockNumber();
      await tick(monitor);
      await networkHelpers.mine();
    }
  };
  const done = (): readonly string[] =>
    told.flatMap((event) => (event.kind === "evidence" && event.step === "done" ? [event.operation] : []));
  return { run, done, told, level: () => f.breaker.levelOf(ASSET), resume: () => resume(monitor) };
};

describe("The price-feed monitor over the contracts", () => {
  it("marks a price while all is well, once in a window", async () => {
    const f = await loadFixture(evidenceFixture);
    const { run, done } = await monitorOf(f);
    await run(6);
    expect(done()).to.deep.equal(["observe ASSET"]);
    await pass(5n * MINUTES + 1n);
    await run(3);
    expect(done()).to.deep.equal(["observe ASSET", "observe ASSET"]);
  });

  it("trips an asset whose price is refused, as soon as two observations show it, and ends that after the cool-down [NX-MON-01]", async () => {
    const f = await loadFixture(evidenceFixture);
    const { run, done, level } = await monitorOf(f, { evidence: { budgetWei: 10n ** 18n, keepsMarks: false } });
    await refuse(f);
    await run(4);
    expect([done(), await level()], "one observation is no evidence").to.deep.equal([["observe ASSET"], LEVEL.normal]);
    await pass(10n);
    await run(3);
    expect([done().at(-1), await level()]).to.deep.equal(["trip ASSET PriceRefused", LEVEL.reduceOnly]);
    await sayAll(f, PRICE);
    await run(3);
    await pass(9n * MINUTES);
    await run(3);
    expect(await level(), "the cool-down is not over").to.equal(LEVEL.reduceOnly);
    await pass(2n * MINUTES);
    await run(3);
    expect(await level()).to.equal(LEVEL.normal);
    const all = ["observe", "trip", "observe", "restore"].map((word, index) => [word, done()[index]?.split(" ")[0]]);
    for (const [wanted, got] of all) expect(got).to.equal(wanted);
    expect(done()).to.have.length(4);
  });

  it("trips an asset whose price jumped from where it was marked [NX-MON-01]", async () => {
    const f = await loadFixture(evidenceFixture);
    const { run, done, level } = await monitorOf(f);
    await run(3);
    await pass(20n);
    await sayAll(f, PRICE * 2n);
    await run(3);
    expect(await level()).to.equal(LEVEL.reduceOnly);
    expect(done().slice(0, 2)).to.deep.equal(["observe ASSET", "trip ASSET PriceMoved"]);
  });

  it("trips nothing for one source that lies beside a quorum, and tells of it [NX-MON-01]", async () => {
    const f = await loadFixture(evidenceFixture);
    const { run, done, told, level } = await monitorOf(f);
    await say(f, 0, PRICE * 3n);
    await run(3);
    await pass(20n);
    await run(6);
    expect(await level()).to.equal(LEVEL.normal);
    expect(done().filter((name) => name.startsWith("trip"))).to.deep.equal([]);
    const feeds = told.findLast((event) => event.kind === "feeds");
    const [feed] = feeds?.kind === "feeds" ? feeds.feeds : [];
    expect(feed?.agreeing).to.equal(2);
    expect(feed?.sources.map(({ state, offBps }) => [state, offBps])).to.deep.equal([
      ["Outlier", 20_000],
      ["Agreeing", 0],
      ["Agreeing", 0],
    ]);
  });

  it("ends what it began to observe when the price comes back, so that two failures are never one [NX-MON-01]", async () => {
    const f = await loadFixture(evidenceFixture);
    const { run, done, level } = await monitorOf(f, { evidence: { budgetWei: 10n ** 18n, keepsMarks: false } });
    await refuse(f);
    await run(3);
    await sayAll(f, PRICE);
    await run(3);
    await pass(30n);
    await refuse(f);
    await run(3);
    expect([done(), await level()]).to.deep.equal([["observe ASSET", "observe ASSET", "observe ASSET"], LEVEL.normal]);
  });

  it("takes up what an earlier life sent, and trips once [NX-KEE-02]", async () => {
    const f = await loadFixture(evidenceFixture);
    const disk: MemoryDisk = { lines: [] };
    const first = await monitorOf(f, {}, disk);
    await refuse(f);
    await f.evidence.observe(ASSET);
    await pass(10n);
    await ethers.provider.send("evm_setAutomine", [false]);
    try {
      await first.run(1);
    } finally {
      await ethers.provider.send("evm_setAutomine", [true]);
    }
    expect([signedOn(disk).length, first.done(), await first.level()]).to.deep.equal([1, [], LEVEL.reduceOnly]);
    const second = await monitorOf(f, {}, disk);
    await second.resume();
    await second.run(3);
    expect([signedOn(disk).length, second.done()]).to.deep.equal([1, ["trip ASSET PriceRefused"]]);
  });

  it("sends nothing in a dry run, nor when it is told to show nothing [NX-KEE-05]", async () => {
    const f = await loadFixture(evidenceFixture);
    await refuse(f);
    for (const changes of [{ dryRun: true }, { showsEvidence: false }]) {
      const { run, told } = await monitorOf(f, changes);
      await run(3);
      expect(told.filter((event) => event.kind === "evidence" && event.step === "sent")).to.deep.equal([]);
      expect(
        told.some(({ kind }) => kind === "feeds"),
        "it watches all the same",
      ).to.equal(true);
    }
    expect(await ethers.provider.getTransactionCount(key.address)).to.equal(0);
  });

  it("spends no more than its budget within a day, but for a trip [NX-MON-02]", async () => {
    const f = await loadFixture(evidenceFixture);
    const { run, done, level } = await monitorOf(f, { evidence: { budgetWei: 1n, keepsMarks: true } });
    await run(4);
    expect(done(), "the first observation used the budget up").to.have.length(1);
    await pass(6n * MINUTES);
    await run(4);
    expect(done()).to.have.length(1);
    await refuse(f);
    await f.evidence.observe(ASSET);
    await pass(10n);
    await run(3);
    expect([done().at(-1), await level()]).to.deep.equal(["trip ASSET PriceRefused", LEVEL.reduceOnly]);
    await pass(1_441n * MINUTES);
    await sayAll(f, PRICE);
    await run(3);
    expect(done().at(-1), "a day later there is a new one").to.match(/^observe/);
  });
});
