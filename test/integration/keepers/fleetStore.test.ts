import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { connectPostgres } from "../../../keepers/adapters/store/connect.ts";
import { inspectStore } from "../../../keepers/adapters/store/inspect.ts";
import { runKeepers } from "../../../keepers/main.ts";
import { sendingFiles } from "../../../keepers/wiring/transactions.ts";
import {
  type KeeperWorld,
  createPusher,
  createRecorder,
  fleetConfig,
  startKeeperWorld,
} from "../../support/keeperWorld.ts";
import { type TestPostgres, createReplicated, installations } from "../../support/postgres.ts";
import { until } from "../../support/until.ts";

const PATIENCE_MS = 60_000;
const GAP = 10_000n * 10n ** 6n;

describe("A fleet whose transactions are in a Postgres with a synchronous replica", function () {
  this.timeout(4 * PATIENCE_MS);
  const ending = new AbortController();
  let world: KeeperWorld;
  let primary: TestPostgres;
  let replica: TestPostgres;
  before(async () => {
    const [installation] = installations();
    if (installation === undefined) throw new Error("there is no Postgres");
    ({ primary, replica } = await createReplicated(installation));
    world = await startKeeperWorld(1, ending.signal);
  });
  after(async () => {
    await world.close();
    await primary.remove();
    await replica.remove();
  });

  it("trades, leaves no journal of its own, and sends nothing once the replica is gone [NX-STO-01]", async () => {
    const push = await createPusher(world);
    await world.sandbox.startMining();
    const { url } = primary.server();
    const dataDir = join(world.dataDir, "replicated");
    const config = fleetConfig(world, { dataDir, store: { url, transactions: "replica" } });
    const [recorder, stop] = [createRecorder(), new AbortController()];
    const keepers = await runKeepers(config, { book: world.book, signal: stop.signal, emit: recorder.emit });
    const database = connectPostgres(url, PATIENCE_MS);
    try {
      await push("buy", GAP);
      const { message } = await until("a trade", () => recorder.of("result").at(0), PATIENCE_MS);
      expect(message.result.kind).to.equal("enacted");
      const { pending, resolved } = await inspectStore(database);
      // It is told before it is written down.
      const isWritten = async (): Promise<boolean> =>
        (await resolved(10)).some(({ operation, result }) => operation === message.hash && result.kind === "mined");
      const deadline = performance.now() + PATIENCE_MS;
      while (!(await isWritten())) expect(performance.now()).to.be.lessThan(deadline);
      expect(existsSync(sendingFiles(dataDir, "executor").transactions)).to.equal(false);

      await until("the end of what was in flight", () => recorder.of("sent").length === recorder.of("result").length);
      await replica.kill();
      const sent = recorder.of("sent").length;
      await push("sell", 4n * GAP * 10n ** 12n);
      const isStoreTrouble = (what: string): boolean => /^sending 0x\w+: the store /.test(what);
      await until(
        "what the store says",
        () => recorder.of("trouble").find(({ what }) => isStoreTrouble(what)),
        PATIENCE_MS,
      );
      expect(recorder.of("sent")).to.have.length(sent);
      expect(await pending()).to.have.length.at.most(1);
    } finally {
      stop.abort();
      await keepers.done;
      await database.close();
    }
  });
});
