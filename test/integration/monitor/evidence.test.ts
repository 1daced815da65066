import { expect } from "chai";
import { PRICE, ASSET, evidenceFixture, pass, refuse, say, sayAll } from "../../support/evidence.ts";
import { LEVEL } from "../../support/enums.ts";
import { type MemoryDisk, signedOn } from "../../support/memoryLog.ts";
import { MONITOR_KEY, monitorOf } from "../../support/monitor.ts";
import { ethers, loadFixture } from "../../support/chain.ts";

const MINUTES = 60n;

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
    const { run, done, level } = await monitorOf(f, {
      config: { evidence: { budgetWei: 10n ** 18n, keepsMarks: false } },
    });
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
    const { run, done, level } = await monitorOf(f, {
      config: { evidence: { budgetWei: 10n ** 18n, keepsMarks: false } },
    });
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
    const first = await monitorOf(f, { disk });
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
    const second = await monitorOf(f, { disk });
    await second.resume();
    await second.run(3);
    expect([signedOn(disk).length, second.done()]).to.deep.equal([1, ["trip ASSET PriceRefused"]]);
  });

  it("sends nothing in a dry run, nor when it is told to show nothing [NX-KEE-05]", async () => {
    const f = await loadFixture(evidenceFixture);
    await refuse(f);
    const before = await ethers.provider.getTransactionCount(MONITOR_KEY.address);
    for (const changes of [{ dryRun: true }, { showsEvidence: false }]) {
      const { run, told } = await monitorOf(f, { config: changes });
      await run(3);
      expect(told.filter((event) => event.kind === "evidence" && event.step === "sent")).to.deep.equal([]);
      expect(
        told.some(({ kind }) => kind === "feeds"),
        "it watches all the same",
      ).to.equal(true);
    }
    expect(await ethers.provider.getTransactionCount(MONITOR_KEY.address)).to.equal(before);
  });

  it("spends no more than its budget within a day, but for a trip [NX-MON-02]", async () => {
    const f = await loadFixture(evidenceFixture);
    const { run, done, level } = await monitorOf(f, { config: { evidence: { budgetWei: 1n, keepsMarks: true } } });
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
