import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { replay } from "../../keepers/agents/arbitrage/replay.ts";
import { runKeepers } from "../../keepers/main.ts";
import { SandboxToken__factory } from "../../types/index.ts";
import { type KeeperWorld, createRecorder, fleetConfig, startKeeperWorld } from "../support/keeperWorld.ts";
import { until } from "../support/until.ts";

const BLOCKS = 20;
/** What stands before the record in a line of the decision log. */
const RECORD = '"record":';
const PATIENCE_MS = 60_000;

describe("The keepers in the sandbox", () => {
  const ending = new AbortController();
  const recorder = createRecorder();
  let world: KeeperWorld;
  let heldAtFirst = 0n;

  const heldUsdc = (): Promise<bigint> => {
    const usdc = world.sandbox.environment.tokens["USDC"]?.address ?? "";
    const treasury = world.book.contracts["Treasury"]?.address ?? "";
    return SandboxToken__factory.connect(usdc, world.provider).balanceOf(treasury);
  };
  const enacted = () =>
    recorder.of("result").flatMap(({ message }) => (message.result.kind === "enacted" ? [message] : []));

  before(async () => {
    world = await startKeeperWorld(1, ending.signal);
    heldAtFirst = await heldUsdc();
    const stop = new AbortController();
    const config = fleetConfig(world);
    await world.sandbox.startMining();
    const keepers = await runKeepers(config, { book: world.book, signal: stop.signal, emit: recorder.emit });
    world.sandbox.startMarket();
    const isEnough = () => enacted().length >= 3 && recorder.of("snapshot").length >= BLOCKS;
    await until(`${BLOCKS} blocks and three trades`, () => isEnough() || undefined, PATIENCE_MS);
    // Nothing may be in flight when the books are compared.
    const isSettled = () => recorder.of("sent").every(({ hash }) => outcomeOf(hash) !== undefined);
    await until("all outcomes", () => isSettled() || undefined, PATIENCE_MS);
    stop.abort();
    await keepers.done;
  });
  after(() => world.close());

  const outcomeOf = (hash: string) => recorder.of("result").find(({ message }) => message.hash === hash);

  it("find, vote and execute: each trade by at least three votes of five", () => {
    for (const { hash } of enacted()) {
      const votes = recorder.of("vote").filter(({ message }) => message.hash === hash);
      // The proposer's own vote comes with its proposal.
      expect(votes.length + 1, hash).to.be.at.least(3);
    }
  });

  it("raise the treasury's balance by exactly the profit that they report", async () => {
    const usdc = (world.sandbox.environment.tokens["USDC"]?.address ?? "").toLowerCase();
    const changes = enacted().flatMap(({ result }) => (result.kind === "enacted" ? result.changes : []));
    expect(changes.filter(({ change }) => change < 0n)).to.deep.equal([]);
    const reported = changes.reduce((sum, { token, change }) => (token === usdc ? sum + change : sum), 0n);
    expect(reported > 0n).to.equal(true);
    expect(await heldUsdc()).to.equal(heldAtFirst + reported);
  });

  it("say of each trade how many blocks after the gap it was included, which the bench holds to one", () => {
    const blocks = enacted().map(({ latencyBlocks }) => latencyBlocks);
    expect(blocks.filter((count) => !Number.isSafeInteger(count) || count < 1)).to.deep.equal([]);
  });

  it("leave records that replay to the same bytes [NX-KEE-03]", async () => {
    const text = await readFile(join(world.dataDir, "searcher.decisions.jsonl"), "utf8");
    const lines = text.trimEnd().split("\n");
    expect(lines.length).to.equal(recorder.of("proposal").length);
    for (const line of lines) {
      const record = line.slice(line.indexOf(RECORD) + RECORD.length, -1);
      expect(replay(JSON.parse(record))).to.equal(record);
    }
  });

  it("end with nothing unresolved and no trouble", () => {
    // That a round took long is told of a machine that is busy.
    const others = recorder.of("trouble").filter(({ what }) => !/^a tick took \d+ ms$/.test(what));
    expect(others).to.deep.equal([]);
  });
});
