import { type KeeperWorld, startKeeperWorld } from "../../support/keeperWorld.ts";
import { commandTests } from "./commands.ts";
import { storyTests } from "./story.ts";

/** One sandbox for all that is done with money in it: it takes longer to start than everything else here. */
describe("Payments in the sandbox", () => {
  const ending = new AbortController();
  let started: KeeperWorld | undefined;
  const world = (): KeeperWorld => {
    if (started === undefined) throw new Error("the sandbox is not up");
    return started;
  };
  before(async () => {
    started = await startKeeperWorld(1, ending.signal);
  });
  after(() => world().close());

  // First, as long as prices are fresh.
  describe("between two agents", () => storyTests(world));
  describe("by commands alone", () => commandTests(world));
});
