import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { addressOf } from "../../../deployments/lookup.ts";
import { valueAt } from "../../../keepers/core/chainSnapshot.ts";
import { runKeepers } from "../../../keepers/main.ts";
import { RISK_COMMANDS } from "../../../scripts/cli/quant/commands.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";
import { SandboxToken__factory } from "../../../types/index.ts";
import { linesOf } from "../../support/commandLine.ts";
import { type KeeperWorld, createRecorder, fleetConfig, startKeeperWorld } from "../../support/keeperWorld.ts";
import { flowCsv } from "../../support/recordedFlow.ts";
import { until } from "../../support/until.ts";

const ETHER = 10n ** 18n;
const USD = 10n ** 18n;
const PATIENCE_MS = 60_000;
/** About 1,850 USDC for one WETH. */
const START_TICK = 201_100;

/** Quiet blocks, a fall by a fifth within twelve, and quiet ones. */
const plantedFall = (): string => {
  const fall = Array.from({ length: 12 }, (_, i) => START_TICK + 190 * (i + 1));
  return flowCsv("2026-01-01", [
    ...Array.from({ length: 14 }, () => START_TICK),
    ...fall,
    ...Array.from({ length: 1_000 }, () => fall.at(-1) ?? START_TICK),
  ]);
};

const STOP_LOSS = {
  levels: { WETH: { distanceBps: 1_000 } },
  snapshots: 3,
  everySeconds: 1,
  poolToleranceBps: 300,
  sliceUsd: String(2_000n * USD),
};

describe("A stop-loss in a market that falls", () => {
  const ending = new AbortController();
  let world: KeeperWorld;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "nexus-fall-"));
    const marketFile = join(folder, "fall.csv");
    await writeFile(marketFile, plantedFall());
    world = await startKeeperWorld(3, ending.signal, { marketFile });
    await world.sandbox.mint("WETH", addressOf(world.book, "Treasury"), 5n * ETHER);
    await world.sandbox.control("evm_setAutomine", [false]);
  });

  after(async () => {
    await world.close();
    await removeFolder(folder);
  });

  const heldWeth = (): Promise<bigint> => {
    const weth = world.sandbox.environment.tokens["WETH"]?.address ?? "";
    return SandboxToken__factory.connect(weth, world.provider).balanceOf(addressOf(world.book, "Treasury"));
  };

  /** Mines a block, and waits for what the market sends because of it. */
  const mine = async (): Promise<void> => {
    const before = world.sandbox.marketStats()?.step ?? 0;
    await world.sandbox.control("evm_mine", []);
    await until(
      "the market's step",
      () => ((world.sandbox.marketStats()?.step ?? 0) > before ? true : undefined),
      PATIENCE_MS,
    );
    // The managers look at each block as the market's traders do.
    await sleep(100);
  };

  it("has its position shown by nexus risk positions", async () => {
    const book = join(folder, "book.json");
    await writeFile(book, JSON.stringify(world.book));
    const { well } = linesOf(RISK_COMMANDS, () => ({ rpc: world.sandbox.rpcUrl, book }));
    expect(await well("risk", "positions")).to.match(/5(\.0+)? WETH: \$[\d,]+/);
    expect(JSON.parse(await well("risk", "positions", "--json"))).to.deep.include({ kind: "positions", isRight: true });
  });

  it("is proposed, voted for and executed within three blocks, and sells within its bounds [NX-QNT-20]", async () => {
    const stop = new AbortController();
    const recorder = createRecorder();
    const all = fleetConfig(world, { risk: { stopLoss: STOP_LOSS } });
    const config = { ...all, agents: all.agents.filter(({ kind }) => kind === "risk" || kind === "execution") };
    const { book } = world;
    const held = await heldWeth();
    const keepers = await runKeepers(config, { book, signal: stop.signal, emit: recorder.emit });
    try {
      world.sandbox.startMarket();
      const fired = () => recorder.of("position").find(({ alert }) => alert.kind === "fires");
      const enacted = () => recorder.of("result").find(({ message }) => message.result.kind === "enacted");
      for (let blocks = 0; fired() === undefined; blocks += 1) {
        expect(blocks, "blocks without a stop-loss").to.be.lessThan(200);
        await mine();
      }
      const first = fired();
      const { message } = await until("a sale", () => recorder.of("proposal").at(0), PATIENCE_MS);
      await until("its transaction", () => recorder.of("sent").at(0), PATIENCE_MS);
      for (let blocks = 0; enacted() === undefined && blocks < 20; blocks += 1) await mine();
      const result = await until("its result", enacted, PATIENCE_MS);
      const sale = recorder.of("proposal").find((one) => one.message.hash === result.message.hash) ?? { message };
      expect(Number(result.message.block - (first?.block ?? 0n))).to.be.at.most(3);
      const votes = recorder.of("vote").filter((vote) => vote.message.hash === result.message.hash);
      expect(votes.length).to.be.at.least(2);
      const outcome = result.message.result;
      if (outcome.kind !== "enacted") throw new Error("nothing was enacted");
      const sold = held - (await heldWeth());
      expect(sold > 0n).to.equal(true);
      expect(outcome.loss > 0n && outcome.loss <= sale.message.proposal.maxLoss).to.equal(true);
      const alert = first?.alert.kind === "fires" ? first.alert : undefined;
      expect(valueAt({ decimals: 18 }, sold, alert?.upper ?? 0n) < 2_200n * USD).to.equal(true);
    } finally {
      stop.abort();
      await keepers.done;
    }
  });
});
