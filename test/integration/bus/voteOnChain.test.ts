import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { runKeepers } from "../../../keepers/main.ts";
import { testKeys } from "../../../scripts/sandbox/account.ts";
import { ROLE_INDICES } from "../../../scripts/sandbox/fleet.ts";
import { messageSecretsOf } from "../../../scripts/sandbox/messageKeys.ts";
import { addressOf } from "../../../deployments/lookup.ts";
import { Consensus__factory } from "../../../types/index.ts";
import { at } from "../../support/chain.ts";
import {
  type KeeperWorld,
  createRecorder,
  fleetConfig,
  mineByHand,
  startKeeperWorld,
} from "../../support/keeperWorld.ts";
import { type TestRedis, createRedis } from "../../support/redis.ts";
import { TALLY } from "../../support/slowPath.ts";

const WAIT_MS = 60_000;
/** Time for the agents to do what a head makes them do. */
const BREATH_MS = 25;

type Recorder = ReturnType<typeof createRecorder>;

describe("Voters whose bus is gone", () => {
  const ending = new AbortController();
  let world: KeeperWorld;
  let redis: TestRedis;
  let mine: () => Promise<void>;

  before(async () => {
    world = await startKeeperWorld(1, ending.signal);
    redis = await createRedis();
    await redis.start();
    mine = await mineByHand(world);
  });
  after(async () => {
    ending.abort();
    await redis.end();
    await world.close();
  });

  const consensus = () => Consensus__factory.connect(addressOf(world.book, "Consensus"), world.provider);

  /** A voter, by its place in the sandbox's fleet. */
  const voter = (index: number) => {
    const { name, kind, signer } = at(world.nexus.agents, index);
    return { name, kind, key: signer.privateKey, ...messageSecretsOf(name) };
  };
  /** A second task of the last voter, which proposes. */
  const rebalancer = () => ({ ...voter(4), name: "rebalancer", kind: "rebalance" });
  const steward = () => {
    const key = testKeys()(ROLE_INDICES.steward).privateKey;
    return { name: "steward", kind: "steward", key, boxKey: messageSecretsOf("searcher").boxKey };
  };

  /** One process of its own folder, on the shared Redis; `act` acts while it runs. */
  const running = async (
    name: string,
    agents: readonly unknown[],
    act: (recorder: Recorder) => Promise<void>,
  ): Promise<void> => {
    const stop = new AbortController();
    const recorder = createRecorder();
    const config = fleetConfig(world, {
      dataDir: join(world.dataDir, name),
      agents,
      bus: { redis: redis.url },
      steward: { collectionBlocks: 1 },
      rebalance: { targets: { WSEI: 250 }, everyBlocks: 1, lifetimeSeconds: 1_200 },
      risk: { voteOnChainAfterBlocks: 5 },
    });
    const keepers = await runKeepers(config, { book: world.book, signal: stop.signal, emit: recorder.emit });
    try {
      await act(recorder);
    } finally {
      stop.abort();
      await keepers.done;
    }
  };

  /** Mines block after block until `find` finds something. */
  const mineUntil = async <T>(what: string, find: () => T | undefined | Promise<T | undefined>): Promise<T> => {
    const deadline = performance.now() + WAIT_MS;
    for (;;) {
      const found = await find();
      if (found !== undefined) return found;
      if (performance.now() > deadline) throw new Error(`mined ${WAIT_MS} ms in vain for ${what}`);
      await mine();
      await sleep(BREATH_MS);
    }
  };

  it("cast their votes by transactions of their own, without bus or collector, and a steward that knows nothing but the chain carries it out [NX-CON-07] [NX-KEE-02] [NX-KEE-11]", async () => {
    let hash = "";
    await running("proposing", [rebalancer(), steward()], async (recorder) => {
      const open = () => recorder.of("slowStatus").find(({ status }) => status.state === "Voting");
      ({ hash } = (await mineUntil("an open proposal", open)).status);
      expect(recorder.of("slowStatus").at(-1)?.status.weightFor).to.equal(1_000n);
    });
    // From here on there is no bus, and nobody who collects votes.
    await redis.kill();
    await running("voting", [voter(1), voter(2), voter(3)], async (recorder) => {
      await mineUntil("three votes on the chain", async () => {
        const { votersFor } = await consensus().tallyOf(hash);
        return votersFor === 4n ? true : undefined;
      });
      const casts = recorder.of("trouble").filter(({ what }) => what.startsWith("nobody brings its vote for"));
      expect(casts.map(({ agent }) => agent).sort()).to.deep.equal(["risk-1", "risk-2", "risk-3"]);
      expect(recorder.of("sent").map((sent) => sent.hash)).to.deep.equal([hash, hash, hash]);
      expect(recorder.of("trouble").some(({ what }) => what.includes("agents go on by the chain"))).to.equal(true);
      // Nothing of it is sent twice, however long it goes on.
      const paid = () => (recorder.of("slowPaid").length === 3 ? true : undefined);
      await mineUntil("all receipts", paid);
      for (let block = 0; block < 12; block += 1) {
        await mine();
        await sleep(BREATH_MS);
      }
      expect(recorder.of("sent")).to.have.length(3);
    });
    const tally = await consensus().tallyOf(hash);
    expect([tally.state, tally.weightFor, tally.operatorsFor]).to.deep.equal([TALLY.voting, 4_000n, 3n]);
    // Nor did this one ever hear of it: its folder is empty, and there is still no bus.
    await running("elsewhere", [steward()], async (recorder) => {
      const status = await mineUntil("its delay", () =>
        recorder.of("slowStatus").find((one) => one.status.state === "Queued"),
      );
      expect(status.status.hash).to.equal(hash);
      await world.sandbox.control("evm_increaseTime", [31]);
      const { end } = await mineUntil("the end", () => recorder.of("slowEnd").at(0));
      expect([end.hash, end.how]).to.deep.equal([hash, "executed"]);
    });
  });
});
