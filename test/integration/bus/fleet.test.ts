import { createHash } from "node:crypto";
import { join } from "node:path";
import { expect } from "chai";
import { type RunningKeepers, runKeepers } from "../../../keepers/main.ts";
import { nativePrimitives } from "../../../keepers/adapters/bus/nacl.ts";
import { hexOf } from "../../../keepers/core/envelope/layout.ts";
import { testKeys } from "../../../scripts/sandbox/account.ts";
import { FLEET, ROLE_INDICES } from "../../../scripts/sandbox/fleet.ts";
import { addressOf } from "../../../deployments/lookup.ts";
import { AgentRegistry__factory } from "../../../types/index.ts";
import { at } from "../../support/chain.ts";
import {
  type KeeperWorld,
  createPusher,
  createRecorder,
  fleetConfig,
  mineByHand,
  startKeeperWorld,
} from "../../support/keeperWorld.ts";
import { type TestRedis, createRedis } from "../../support/redis.ts";
import { until } from "../../support/until.ts";

const GAP = 10_000n * 10n ** 6n;
const WAIT_MS = 15_000;

/** The secret that an agent uses for one purpose. */
const secretOf = (name: string, use: string): Buffer => createHash("sha256").update(`${name} ${use}`).digest();

const processes = [["searcher", "risk-1", "executor"], ["risk-2", "risk-3"], ["risk-4"]] as const;

describe("Three operators' fleets over one Redis", () => {
  const ending = new AbortController();
  let world: KeeperWorld;
  let redis: TestRedis;
  let push: Awaited<ReturnType<typeof createPusher>>;
  let mine: () => Promise<void>;

  before(async () => {
    world = await startKeeperWorld(1, ending.signal);
    redis = await createRedis();
    await redis.start();
    push = await createPusher(world);
    const registry = AgentRegistry__factory.connect(addressOf(world.book, "AgentRegistry"), world.provider);
    for (const { name, operator } of FLEET) {
      const agent = at(
        world.nexus.agents.filter((one) => one.name === name),
        0,
      );
      const { agentId } = await registry.signerRecordOf(agent.signer.address);
      const profile = {
        uriDigest: `0x${"0".repeat(64)}`,
        messageKey: nativePrimitives.signer(secretOf(name, "message")).messageKey,
        boxKey: nativePrimitives.boxKeys(secretOf(name, "box")).boxKey,
      };
      const owner = testKeys()(ROLE_INDICES.firstOperator + operator).connect(world.provider);
      await (await registry.connect(owner).rotateProfile(agentId, profile, 0)).wait();
    }
    mine = await mineByHand(world);
  });
  after(async () => {
    ending.abort();
    await redis.end();
    await world.close();
  });

  const start = async (names: readonly string[], signal: AbortSignal) => {
    const whole = world.nexus.agents.map(({ name, kind, signer }) => ({
      name,
      kind,
      key: signer.privateKey,
      messageKey: hexOf(secretOf(name, "message")),
      boxKey: hexOf(secretOf(name, "box")),
    }));
    const executor = { name: "executor", kind: "execution", key: world.nexus.executor.privateKey };
    const config = fleetConfig(world, {
      dataDir: join(world.dataDir, names.join("+")),
      agents: [...whole, executor].filter(({ name }) => names.includes(name)),
      bus: { redis: redis.url },
    });
    const recorder = createRecorder();
    const keepers = await runKeepers(config, { book: world.book, signal, emit: recorder.emit });
    return { recorder, keepers };
  };

  it("close a gap together, by votes that no operator has alone, and stop with nothing left over", async () => {
    const stop = new AbortController();
    const fleets = await Promise.all(processes.map((names) => start(names, stop.signal)));
    const troubles = (): readonly string[] =>
      fleets.flatMap(({ recorder }) => recorder.of("trouble")).map(({ what }) => what);
    try {
      const [first, second, third] = fleets;
      await push("buy", GAP);
      await mine();
      await until("the proposal", () => first?.recorder.of("proposal").at(0), WAIT_MS);
      await until(
        "votes of all processes",
        () => fleets.every(({ recorder }) => recorder.of("vote").length > 0),
        WAIT_MS,
      );
      await until("the sending", () => first?.recorder.of("sent").at(0), WAIT_MS);
      await mine();
      const { message } = await until("the result", () => first?.recorder.of("result").at(0), WAIT_MS);
      expect(message.result.kind).to.equal("enacted");
      expect([second, third].map((fleet) => fleet?.recorder.of("proposal").length)).to.deep.equal([0, 0]);
      expect(troubles().filter((what) => what.includes("bus"))).to.deep.equal([]);
    } finally {
      stop.abort();
      await Promise.all(fleets.map(({ keepers }) => keepers.done));
    }
  });

  it("start and go on looking without their Redis, and say so in one line", async () => {
    await redis.kill();
    const stop = new AbortController();
    const { recorder, keepers } = await start(["searcher", "risk-1", "executor"], stop.signal);
    const running: RunningKeepers = keepers;
    try {
      const said = () => recorder.of("trouble").filter(({ agent }) => agent === "bus");
      await until("the line", () => said().length > 0, WAIT_MS);
      expect(said().map(({ what }) => what)).to.deep.equal([
        `the bus at redis://127.0.0.1:${redis.port} is not there; agents go on by the chain and try it again`,
      ]);
      const before = recorder.of("snapshot").length;
      await mine();
      await until("another look", () => recorder.of("snapshot").length > before, WAIT_MS);
      expect(Object.keys(running.health())).to.have.length(3);
    } finally {
      stop.abort();
      await running.done;
    }
  });
});
