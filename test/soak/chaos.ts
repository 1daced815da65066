import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { JsonRpcProvider } from "ethers";
import { addressOf } from "../../deployments/lookup.ts";
import { seededRandom } from "../../keepers/core/random.ts";
import { tableLines } from "../../scripts/bench/table.ts";
import { NODE_OPTIONS } from "../../scripts/lib/nodeOptions.ts";
import { type OwnRedis, startOwnRedis } from "../../scripts/lib/redisServer.ts";
import { testKeys } from "../../scripts/sandbox/account.ts";
import { ROLE_INDICES } from "../../scripts/sandbox/fleet.ts";
import { bundle } from "../../scripts/setup/bundle.mjs";
import { openWorld } from "../../scripts/run/worldProcess.ts";
import { Consensus__factory } from "../../types/index.ts";
import { type ChaosFleet, createChaosFleet } from "../support/chaosFleet.ts";
import { type Sent, chainSays, journalOf } from "../support/faultRun.ts";
import { removeFolder } from "../../scripts/lib/removeFolder.ts";
import { signalTo } from "../support/signalTo.ts";

/** A kill comes so long after the last one. */
const EVERY_MS = { least: 4_000, most: 9_000 } as const;
/** The last kill is so long before the end. */
const CALM_MS = 40_000;
/** Redis is away for so long. */
const OUTAGE_MS = 1_500;
const PATIENCE_MS = 90_000;
const MINUTE_MS = 60_000;
const CHAIN_ID = 1329;
const SENDERS = ["executor", "steward"] as const;
const ENACTED = Consensus__factory.createInterface().getEvent("ProposalEnacted").topicHash;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

type Kill = { readonly what: string; readonly atMs: number; backMs: number | undefined };

type Scene = {
  readonly fleet: ChaosFleet;
  readonly redis: OwnRedis;
  readonly provider: JsonRpcProvider;
  readonly consensus: string;
  readonly since: number;
};

const tradesOf = async ({ provider, consensus, since }: Scene): Promise<number> =>
  (await provider.getLogs({ address: consensus, fromBlock: since, topics: [ENACTED] })).length;

/** Waits for something that is asked for again and again. @returns how long it took; undefined when it did not come */
const waitFor = async (isThere: () => boolean | Promise<boolean>): Promise<number | undefined> => {
  const startedAt = performance.now();
  while (performance.now() - startedAt < PATIENCE_MS) {
    if (await isThere()) return Math.round(performance.now() - startedAt);
    await sleep(100);
  }
  return undefined;
};

const isWhole = ({ fleet }: Scene, wholeSize: number): boolean => Object.keys(fleet.pids()).length === wholeSize;

/** Kills one thing at once, and says when it was back: its process runs again, or with Redis a trade came through. */
const killOne = async (scene: Scene, what: string, wholeSize: number): Promise<number | undefined> => {
  const { fleet, redis } = scene;
  if (what === "redis") {
    await redis.kill();
    await sleep(OUTAGE_MS);
    await redis.start();
    const before = await tradesOf(scene);
    return waitFor(async () => (await tradesOf(scene)) > before);
  }
  if (what === "orchestrator") {
    const pid = fleet.pid();
    if (pid !== undefined) signalTo(pid, "SIGKILL");
    fleet.start();
    return waitFor(() => isWhole(scene, wholeSize));
  }
  const before = fleet.pids()[what];
  if (before !== undefined) signalTo(before, "SIGKILL");
  return waitFor(() => ![undefined, before].includes(fleet.pids()[what]));
};

/** Kills one thing after the other until the time is over; none waits for the one before to be back. */
const rage = async (scene: Scene, names: readonly string[], { seed, untilMs }: { seed: number; untilMs: number }) => {
  const random = seededRandom(seed);
  const kills: Kill[] = [];
  const recoveries: Promise<void>[] = [];
  const startedAt = performance.now();
  const targets = [...names, "redis", "orchestrator"];
  while (performance.now() < untilMs) {
    await sleep(EVERY_MS.least + random.uniform() * (EVERY_MS.most - EVERY_MS.least));
    const what = targets[Math.floor(random.uniform() * targets.length)] ?? "redis";
    const isBusy = kills.some((kill) => kill.what === what && kill.backMs === undefined);
    const isDark = kills.some((kill) => kill.what === "orchestrator" && kill.backMs === undefined);
    // What is not there cannot be killed.
    if (isBusy || isDark) continue;
    const kill: Kill = { what, atMs: Math.round(performance.now() - startedAt), backMs: undefined };
    kills.push(kill);
    const recover = async (): Promise<void> => {
      kill.backMs = await killOne(scene, what, names.length);
      say(
        `${(kill.atMs / 1_000).toFixed(1).padStart(6)} s  ${what}: ${kill.backMs === undefined ? "NOT BACK" : `back after ${kill.backMs} ms`}`,
      );
    };
    recoveries.push(recover());
  }
  await Promise.all(recoveries);
  return kills;
};

const journalsOf = async ({ fleet }: Scene): Promise<readonly Sent[]> =>
  (await Promise.all(SENDERS.map((name) => journalOf(join(fleet.dataDir, `${name}.transactions.log`))))).flat();

const pendingIn = (journal: readonly Sent[]): number => journal.filter(({ how }) => how === undefined).length;

/** What the chain and the journals say of each other. */
const compare = async (scene: Scene, book: Parameters<typeof chainSays>[0]["book"]) => {
  const known = new Map((await journalsOf(scene)).map(({ transaction, how }) => [transaction, how]));
  const isForgotten = (hash: string): boolean => !known.has(hash) || known.get(hash) === "expired";
  const accounts = SENDERS.map((name) => testKeys()(ROLE_INDICES[name]).address);
  const said = await Promise.all(
    accounts.map((account) => chainSays({ provider: scene.provider, book }, account, scene.since)),
  );
  return {
    mined: said.reduce((sum, { effective }) => sum + effective.length, 0),
    doubled: said[0]?.doubled ?? 0,
    forgotten: said.reduce((sum, { effective }) => sum + effective.filter(isForgotten).length, 0),
  };
};

const rowOf = (kills: readonly Kill[], what: string, isOf: (kill: Kill) => boolean) => {
  const own = kills.filter(isOf);
  const back = own.flatMap(({ backMs }) => (backMs === undefined ? [] : [backMs])).sort((a, b) => a - b);
  return {
    killed: what,
    times: own.length,
    "back p50 ms": back[Math.floor(back.length / 2)] ?? 0,
    "back worst ms": back.at(-1) ?? 0,
    "not back": own.length - back.length,
  };
};

const tell = (kills: readonly Kill[]): void => {
  const isAgent = ({ what }: Kill): boolean => what !== "redis" && what !== "orchestrator";
  const rows = [
    rowOf(kills, "an agent's process", isAgent),
    rowOf(kills, "orchestrator", ({ what }) => what === "orchestrator"),
    rowOf(kills, "redis", ({ what }) => what === "redis"),
  ];
  for (const line of tableLines(rows)) say(line);
};

/** Lets the fleet trade while things are killed, then calms down and compares. @returns whether all went well */
const runScene = async (
  scene: Scene,
  minutes: number,
  { seed, book }: { seed: number; book: Parameters<typeof chainSays>[0]["book"] },
) => {
  const { fleet } = scene;
  fleet.start();
  const names = await (async () => {
    await waitFor(() => Object.keys(fleet.pids()).length >= 7);
    return Object.keys(fleet.pids());
  })();
  say(`the fleet runs as ${names.length} processes: ${names.join(", ")}`);
  const kills = await rage(scene, names, { seed, untilMs: performance.now() + minutes * MINUTE_MS - CALM_MS });
  const before = await tradesOf(scene);
  const again = await waitFor(async () => (await tradesOf(scene)) > before);
  await sleep(CALM_MS / 2);
  let stuck = 0;
  await waitFor(async () => (stuck = pendingIn(await journalsOf(scene))) === 0);
  const code = await fleet.stop();
  const { mined, doubled, forgotten } = await compare(scene, book);
  tell(kills);
  const total = { minutes, kills: kills.length, trades: await tradesOf(scene), mined, doubled, forgotten, stuck };
  for (const line of tableLines([total])) say(line);
  const isBack = kills.every(({ backMs }) => backMs !== undefined);
  const isWell = doubled + forgotten + stuck === 0 && isBack && again !== undefined && code === 0;
  return { ...total, isWell, code, tradesAgainMs: again, killed: kills };
};

/** What a chaos run came to: each kill with how long it took to be back, and what chain and journals say of each other. */
type ChaosResult = Awaited<ReturnType<typeof runScene>>;

/**
 * Runs the sandbox's fleet as processes for so many minutes while one of them, Redis or the orchestrator is killed every few seconds.
 * @param out where the result goes as JSON, if anywhere
 */
export const soakChaos = async (minutes: number, { seed, out }: { seed: number; out?: string | undefined }) => {
  await bundle();
  const folder = await mkdtemp(join(tmpdir(), "nexus-chaos-"));
  const [redis, world] = await Promise.all([
    startOwnRedis(),
    openWorld({ seed, marketFile: undefined, blocksPerRow: undefined, unanimous: false }, () => undefined),
  ]);
  const provider = new JsonRpcProvider(world.rpcUrl, CHAIN_ID, { ...NODE_OPTIONS, staticNetwork: true });
  const fleet = await createChaosFleet({ wsUrl: world.wsUrl, book: world.book, redisUrl: redis.url, folder });
  try {
    const since = await world.begin(undefined);
    const consensus = addressOf(world.book, "Consensus");
    const scene = { fleet, redis, provider, consensus, since };
    const result: ChaosResult = await runScene(scene, minutes, { seed, book: world.book });
    if (out !== undefined) await writeFile(out, JSON.stringify(result));
    return result.isWell;
  } finally {
    await fleet.stop();
    provider.destroy();
    await world.stop();
    await redis.end();
    await removeFolder(folder);
  }
};
