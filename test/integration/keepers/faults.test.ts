import { expect } from "chai";
import { runFaults } from "../../support/faultRun.ts";
import { type KeeperWorld, createPusher, startKeeperWorld } from "../../support/keeperWorld.ts";

const SEEDS = [1, 2, 3];

describe("The fleet over a network that fails", () => {
  const ending = new AbortController();
  let world: KeeperWorld;
  let push: Awaited<ReturnType<typeof createPusher>>;

  before(async () => {
    world = await startKeeperWorld(1, ending.signal);
    push = await createPusher(world);
    await world.sandbox.startMining();
  });
  after(() => world.close());

  for (const seed of SEEDS) {
    it(`doubles nothing, forgets nothing, and trades again: seed ${seed} [NX-KEE-01]`, async () => {
      const result = await runFaults(world, push, { seed, durationMs: 12_000, calmMs: 5_000, patienceMs: 60_000 });
      const { doubled, forgotten, death, tradingAgainMs } = result;
      expect({ doubled, forgotten, death }, JSON.stringify(result)).to.deep.equal({
        doubled: 0,
        forgotten: 0,
        death: undefined,
      });
      // Within how many seconds is for `npm run soak` to say, on a machine that does nothing else.
      expect(tradingAgainMs, JSON.stringify(result)).to.be.a("number");
    });
  }
});
