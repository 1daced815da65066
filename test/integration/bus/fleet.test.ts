import { createHash } from "node:crypto";
import { join } from "node:path";
import { expect } from "chai";
import { type RunningKeepers, runKeepers } from "../../../keepers/main.ts";
import { createInProcessBus } from "../../../keepers/adapters/bus/inProcess.ts";
import { nativePrimitives } from "../../../keepers/adapters/bus/nacl.ts";
import { addressesOf } from "../../../keepers/adapters/chain/addresses.ts";
import { createKey } from "../../../keepers/adapters/chain/keys.ts";
import { connectNode } from "../../../keepers/adapters/chain/node.ts";
import type { KeeperEvent } from "../../../keepers/core/events.ts";
import { startKeyCare } from "../../../keepers/wiring/keyCare.ts";
import { openKeyRings } from "../../../keepers/wiring/keyRings.ts";
import { openSharedBus } from "../../../keepers/wiring/sharedBus.ts";
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

const DAY_SECONDS = 86_400;

/** Mines once a transaction may have been sent: this chain mines by hand. */
const mineSoon = async (mine: () => Promise<void>): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, 500));
  await mine();
};

type Agent = KeeperWorld["nexus"]["agents"][number];

/** One agent's bus as a process of its own has it, with what looks after its keys. */
const openMember = async (
  world: KeeperWorld,
  redis: string,
  { agent, signal, life = "first" }: { readonly agent: Agent; readonly signal: AbortSignal; readonly life?: string },
) => {
  const { name, kind, signer } = agent;
  const secrets = { messageKey: hexOf(secretOf(name, "message")), boxKey: hexOf(secretOf(name, "box")) };
  const config = fleetConfig(world, {
    dataDir: join(world.dataDir, `member-${name}`),
    agents: [{ name, kind, key: signer.privateKey, ...secrets }],
    keys: { everyBlocks: 1 },
  });
  const { book } = world;
  const addresses = addressesOf(book);
  const troubles: string[] = [];
  const emit = (event: KeeperEvent): void => {
    if (event.kind === "trouble") troubles.push(event.what);
  };
  const nowMs = (): number => Date.now();
  const bus = createInProcessBus(64);
  const own = { config, book, addresses, bus, members: [], emit, hear: () => () => undefined, nowMs, signal };
  const common = { ...own, rings: await openKeyRings(config) };
  const connect = () =>
    connectNode({
      ...config.node,
      urls: config.rpcUrl,
      chainId: addresses.chainId,
      nowMs,
      onConnection: () => undefined,
      onTrouble: (what) => troubles.push(what),
    });
  const node = connect();
  await node.ready;
  const settings = { url: redis, prefix: "renewal", replicas: 0, process: life };
  const shared = await openSharedBus(common, connect(), settings);
  const tools = { name, key: createKey(signer.privateKey), node, addresses, nowMs, emit };
  const told = shared.of(name);
  const close = async (): Promise<void> => {
    node.close();
    await shared.close();
  };
  return { common, tools, troubles, bus: told, votes: told.open("votes", () => undefined), close };
};
type Member = Awaited<ReturnType<typeof openMember>>;

/** How long the keys before are still spoken with; the chain's clock leaps here, and its seconds do not. */
const GRACE_MS = 5_000;

/** Waits until what one says reaches another. */
const hears = async (from: Member, to: Member, what: string): Promise<void> => {
  const hash = hexOf(
    createHash("sha256")
      .update(what + from.tools.name)
      .digest(),
  );
  const vote = { hash, signer: from.tools.key.address, signature: hexOf(new Uint8Array(64)) };
  from.bus.publish("votes", vote);
  await until(`what is said ${what}`, () => to.votes.take().find((one) => one.hash === hash), WAIT_MS);
};

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

  it("renew their message keys by themselves, and hear one another before, during and after [NX-KEE-13]", async () => {
    await redis.start();
    const names = ["risk-1", "risk-4"] as const;
    const agents = names.map((name) =>
      at(
        world.nexus.agents.filter((one) => one.name === name),
        0,
      ),
    );
    const [risk1] = agents;
    const registry = AgentRegistry__factory.connect(addressOf(world.book, "AgentRegistry"), world.provider);
    const { agentId } = await registry.signerRecordOf(risk1?.signer.address ?? "");
    const owner = testKeys()(
      ROLE_INDICES.firstOperator +
        at(
          FLEET.filter(({ name }) => name === "risk-1"),
          0,
        ).operator,
    ).connect(world.provider);
    await Promise.all([
      registry.connect(owner).approve(addressOf(world.book, "MessageKeyRenewal"), agentId),
      mineSoon(mine),
    ]);
    const pass = async (seconds: number): Promise<void> => {
      await world.sandbox.control("evm_increaseTime", [seconds]);
      await mine();
    };
    await pass(31 * DAY_SECONDS);
    const stop = new AbortController();
    const members = await Promise.all(
      agents.map((agent) => openMember(world, redis.url, { agent, signal: stop.signal })),
    );
    const [one, two] = [at(members, 0), at(members, 1)];
    try {
      await hears(one, two, "before");
      const care = startKeyCare(one.common, one.tools, { pipeline: undefined });
      const since = await world.provider.getBlockNumber();
      const renewals = () => registry.queryFilter(registry.filters.ProfileChanged(agentId), since);
      const deadline = Date.now() + WAIT_MS;
      while ((await renewals()).length === 0 && Date.now() < deadline) await mineSoon(mine);
      const renewed = at(await renewals(), 0);
      expect(renewed.args.messageKey).to.not.equal(nativePrimitives.signer(secretOf("risk-1", "message")).messageKey);
      await mine();
      await hears(one, two, "within the overlap");
      await hears(two, one, "sealed for the new key");
      await new Promise((resolve) => setTimeout(resolve, GRACE_MS));
      await pass(DAY_SECONDS + 1);
      await hears(one, two, "after the overlap");
      await hears(two, one, "after the overlap");
      await mine();
      expect(await renewals()).to.have.length(1);
      expect(members.flatMap(({ troubles }) => troubles)).to.deep.equal([]);
      // A later life takes the new keys from its file, whatever its configuration says.
      const again = await openMember(world, redis.url, { agent: at(agents, 0), signal: stop.signal, life: "again" });
      try {
        await hears(again, two, "from a later life");
        expect(again.troubles).to.deep.equal([]);
      } finally {
        await again.close();
      }
      stop.abort();
      await care.done;
    } finally {
      stop.abort();
      await Promise.all(members.map(({ close }) => close()));
    }
  });
});
