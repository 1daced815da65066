import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Wallet } from "ethers";
import { runKeepers } from "../../../keepers/main.ts";
import { testKeys } from "../../../scripts/sandbox/account.ts";
import { createPusher, createRecorder, fleetConfig, startKeeperWorld } from "../../support/keeperWorld.ts";
import type { KeeperWorld } from "../../support/keeperWorld.ts";
import { failureOf } from "../../support/failureOf.ts";
import { until } from "../../support/until.ts";

const SEI = 10n ** 18n;
/** Keys of the test mnemonic that nobody else in the sandbox has. */
const FUNDER = 90;

describe("The accounts that a fleet sends from", function () {
  this.timeout(180_000);
  const ending = new AbortController();
  let world: KeeperWorld;
  before(async () => {
    world = await startKeeperWorld(1, ending.signal);
  });
  after(() => world.close());

  const configOf = (executor: string, wallets: Readonly<Record<string, unknown>>, folder: string) => {
    const agents = world.nexus.agents.map(({ name, kind, signer }) => ({ name, kind, key: signer.privateKey }));
    return fleetConfig(world, {
      dataDir: join(world.dataDir, folder),
      agents: [...agents, { name: "executor", kind: "execution", key: executor }],
      wallets,
    });
  };

  it("are topped up once when they are empty, told of until then, and then trade [NX-WAL-03]", async () => {
    const push = await createPusher(world);
    const executor = Wallet.createRandom();
    const funder = testKeys()(FUNDER);
    await world.sandbox.control("hardhat_setBalance", [funder.address, `0x${(100n * SEI).toString(16)}`]);
    await world.sandbox.startMining();
    // Blocks from before have a base fee below what the chain takes from now on.
    const started = await world.provider.getBlockNumber();
    while ((await world.provider.getBlockNumber()) < started + 3) await sleep(50);
    const wallets = {
      fundingKey: funder.privateKey,
      minBalanceWei: `${2n * SEI}`,
      targetBalanceWei: `${7n * SEI}`,
      everyBlocks: 1,
    };
    const [recorder, stop] = [createRecorder(), new AbortController()];
    const before = await world.provider.getBalance(funder.address);
    const config = configOf(executor.privateKey, wallets, "topped-up");
    const keepers = await runKeepers(config, { book: world.book, signal: stop.signal, emit: recorder.emit });
    try {
      await until("the closed lane", () => recorder.of("trouble").find(({ what }) => what.includes("it has 0 wei")));
      while ((await world.provider.getBalance(executor.address)) === 0n) await sleep(50);
      const said = recorder.of("trouble").map(({ what }) => what);
      expect(said.filter((what) => what.includes("it has 0 wei"))).to.have.length(1);
      await push("buy", 10_000n * 10n ** 6n);
      await until("a trade", () => recorder.of("result").find(({ message }) => message.result.kind === "enacted"));
    } finally {
      stop.abort();
      await keepers.done;
    }
    // It paid the target and the gas of one transfer, and the executor nothing but gas.
    const paid = before - (await world.provider.getBalance(funder.address));
    expect(paid > 7n * SEI && paid < 7n * SEI + SEI / 10n, `${paid}`).to.equal(true);
    expect(await world.provider.getTransactionCount(funder.address)).to.equal(1);
  });

  it("are not funded from an agent's own key", async () => {
    const { privateKey } = world.nexus.executor;
    const config = configOf(privateKey, { fundingKey: privateKey }, "own-key");
    const failure = await failureOf(runKeepers(config, { book: world.book, signal: ending.signal }));
    expect(failure.message).to.match(/^the funding account 0x\w+ is an agent's own: give it a key of its own$/);
  });
});
