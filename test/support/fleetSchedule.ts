import { type Random, seededRandom } from "../../keepers/core/random.ts";
import {
  type LifecycleAction,
  type DesiredProcess,
  type Exit,
  type Instance,
  USUAL_POLICY,
} from "../../keepers/orchestrator/fleet.ts";
import { type Orchestrator, emptyOrchestratorMemory, keepWatch, tick } from "../../keepers/orchestrator/tick.ts";
import { Crash } from "./crash.ts";
import { type LeaseServer, createLeaseServer, leadershipAt } from "./memoryLease.ts";
import { type VirtualTime, createVirtualTime } from "./virtualTime.ts";

/** What a schedule ended with. All but the counts must be empty. */
export type FleetScheduleResult = {
  /** Moments at which a process ran twice. */
  readonly doubled: readonly string[];
  /** Actions under a token that came after an action under a higher one. */
  readonly stale: readonly string[];
  /** Processes that are not at the end what their operator wants. */
  readonly wrong: readonly string[];
  readonly kills: number;
  readonly crashes: number;
  readonly starts: number;
};

const LEASE_MS = 15_000;
const GRACE_MS = 5_000;
const MARGIN_MS = GRACE_MS + 1_000;
const LOOK_MS = 500;
const WATCH_MS = 250;
const CHAOS_MS = 150_000;
/** As long as the slowest cure takes: a standstill is seen, stopped, and started again after the longest pause. */
const CALM_MS = 240_000;
const NAMES = ["searcher", "risk-1", "risk-2", "executor"] as const;

type Life = {
  readonly id: string;
  readonly wanted: DesiredProcess;
  phase: Instance["phase"];
  sinceMs: number;
  lastSignMs: number;
  lastRoundMs: number | undefined;
  isHung: boolean;
  isStuck: boolean;
  isAsked: boolean;
  isGone: boolean;
};

type World = {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly server: LeaseServer;
  readonly desired: Map<string, DesiredProcess>;
  readonly alive: Set<Life>;
  readonly result: { doubled: string[]; stale: string[]; kills: number; crashes: number; starts: number };
  isCalm: boolean;
  newestActed: number;
  ids: number;
};

const chance = ({ random, isCalm }: World, probability: number): boolean => !isCalm && random.uniform() < probability;
const upTo = ({ random }: World, ms: number): number => random.uniform() * ms;

const end = (world: World, life: Life): void => {
  life.isGone = true;
  world.alive.delete(life);
};

/** What a process does by itself: gets ready, gives signs, does rounds, hangs, stands still or crashes. */
const live = async (world: World, life: Life, onGone: () => void): Promise<void> => {
  const { time } = world;
  await time.sleep(200 + upTo(world, 3_000));
  if (!life.isGone && life.phase === "starting") [life.phase, life.sinceMs] = ["running", time.nowMs()];
  while (!life.isGone) {
    if (!life.isHung) life.lastSignMs = time.nowMs();
    if (!life.isHung && !life.isStuck) life.lastRoundMs = time.nowMs();
    life.isHung ||= chance(world, 0.01);
    life.isStuck ||= chance(world, 0.01);
    if (chance(world, 0.03)) {
      world.result.crashes += 1;
      end(world, life);
      onGone();
    }
    await time.sleep(1_000);
  }
};

/** The children of one life of an orchestrator, which end with it. */
const createFakeChildren = (world: World) => {
  const { time, result } = world;
  const lives = new Map<string, Life>();
  let exits: Exit[] = [];
  const gone = (life: Life): void => {
    end(world, life);
    if (lives.get(life.wanted.name) === life) lives.delete(life.wanted.name);
    const { id, isAsked, wanted } = life;
    exits.push({
      name: wanted.name,
      id,
      atMs: time.nowMs(),
      isAsked,
      isFatal: world.random.uniform() < 0.1,
      reason: "",
    });
  };
  const start = (wanted: DesiredProcess): void => {
    if (lives.has(wanted.name)) return;
    world.ids += 1;
    const nowMs = time.nowMs();
    const life: Life = {
      id: `p${world.ids}`,
      wanted,
      phase: "starting",
      sinceMs: nowMs,
      lastSignMs: nowMs,
      lastRoundMs: undefined,
      isHung: false,
      isStuck: false,
      isAsked: false,
      isGone: false,
    };
    const twin = [...world.alive].find((other) => other.wanted.name === wanted.name);
    if (twin !== undefined) result.doubled.push(`${wanted.name} at ${nowMs}`);
    world.alive.add(life);
    lives.set(wanted.name, life);
    result.starts += 1;
    void live(world, life, () => gone(life));
  };
  const endSoon = async (life: Life, ms: number): Promise<void> => {
    await time.sleep(ms);
    if (!life.isGone) gone(life);
  };
  const stop = (life: Life): void => {
    if (life.phase === "stopping") return;
    [life.phase, life.sinceMs] = ["stopping", time.nowMs()];
    if (!life.isHung) void endSoon(life, upTo(world, 3_000));
  };
  const endAll = async (): Promise<void> => {
    for (const life of lives.values()) {
      life.isAsked = true;
      stop(life);
      void endSoon(life, GRACE_MS);
    }
    while (lives.size > 0) await time.sleep(50);
  };
  const act = (action: LifecycleAction): void => {
    if (action.kind === "start") {
      start(action.process);
      return;
    }
    const life = lives.get(action.name);
    if (life?.id !== action.id) return;
    if (life.phase !== "stopping") life.isAsked = !action.isFault;
    stop(life);
    if (action.kind === "kill") void endSoon(life, upTo(world, 50));
  };
  const takeExits = (): readonly Exit[] => {
    const told = exits;
    exits = [];
    return told;
  };
  /** Processes whose orchestrator is gone end by themselves, within the same time as those that are told to. */
  const orphan = (): void => [...lives.values()].forEach((life) => void endSoon(life, upTo(world, GRACE_MS)));
  return { lives, act, endAll, takeExits, orphan };
};

const instanceOf = ({ id, wanted, phase, sinceMs, lastSignMs, lastRoundMs }: Life): Instance => {
  const { name, revision, restarts } = wanted;
  return { name, id, revision, restarts, phase, sinceMs, lastSignMs, lastRoundMs };
};

/** One life of an orchestrator; a crash may come at each call of a port, before it has its effect or after. */
const boot = (world: World, holder: string): { readonly orchestrator: Orchestrator; readonly orphan: () => void } => {
  const { time, server, result } = world;
  const children = createFakeChildren(world);
  const pass = (): Promise<void> => time.sleep(chance(world, 0.03) ? upTo(world, 9_000) : upTo(world, 40));
  const dying = async <T>(effect: () => T | Promise<T>): Promise<T> => {
    if (chance(world, 0.001)) throw new Crash();
    const value = await effect();
    if (chance(world, 0.001)) throw new Crash();
    return value;
  };
  const leadership = leadershipAt(server, { holder, leaseMs: LEASE_MS, nowMs: time.nowMs, pass });
  const carryOut = (action: LifecycleAction, token: number): void => {
    if (token < world.newestActed) result.stale.push(`${action.kind} under ${token}, after ${world.newestActed}`);
    world.newestActed = Math.max(world.newestActed, token);
    children.act(action);
  };
  const ports = {
    leadership: {
      hold: (least: number) => dying(() => leadership.hold(least)),
      isNewest: (token: number) => dying(() => leadership.isNewest(token)),
      release: leadership.release,
    },
    backEnd: {
      observe: () =>
        dying(() => ({ instances: [...children.lives.values()].map(instanceOf), exits: children.takeExits() })),
      carryOut: (action: LifecycleAction, token: number) =>
        dying(() => {
          carryOut(action, token);
          return { kind: "done" } as const;
        }),
    },
    desired: () => dying(() => [...world.desired.values()]),
    abandon: () => children.endAll(),
    nowMs: time.nowMs,
    random: world.random.uniform,
    tell: () => undefined,
  };
  const policy = { ...USUAL_POLICY, graceMs: GRACE_MS };
  const orchestrator = { ports, memory: emptyOrchestratorMemory(), config: { policy, marginMs: MARGIN_MS } };
  return { orchestrator, orphan: children.orphan };
};

/** A machine: its orchestrator is killed now and then, and started again a little later. */
const runMachine = async (world: World, machine: number): Promise<void> => {
  const { time, result } = world;
  for (let life = 0; ; life += 1) {
    const { orchestrator, orphan } = boot(world, `m${machine}-${life}`);
    const state = { isDead: false };
    const watch = async (): Promise<void> => {
      while (!state.isDead) {
        await keepWatch(orchestrator);
        await time.sleep(WATCH_MS);
      }
    };
    void watch();
    while (!state.isDead) {
      await tick(orchestrator).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
        state.isDead = true;
      });
      state.isDead ||= chance(world, 0.005);
      await time.sleep(LOOK_MS);
    }
    result.kills += 1;
    orphan();
    await time.sleep(500 + upTo(world, 5_000));
  }
};

/** The server fails, is emptied, and comes back; operators pause, resume and restart. */
const disturb = async (world: World): Promise<void> => {
  const { time, server, desired } = world;
  while (!world.isCalm) {
    await time.sleep(1_000 + upTo(world, 6_000));
    if (chance(world, 0.08)) server.empty();
    if (chance(world, server.isUp() ? 0.12 : 0.6)) server.set(!server.isUp());
    const name = NAMES[Math.floor(world.random.uniform() * NAMES.length)] ?? NAMES[0];
    const before = desired.get(name);
    if (before === undefined) continue;
    const state = chance(world, 0.25) ? "paused" : "running";
    const restarts = before.restarts + (chance(world, 0.2) ? 1 : 0);
    const revision = chance(world, 0.1) ? `r${time.nowMs()}` : before.revision;
    desired.set(name, { ...before, state, restarts, revision });
  }
  server.set(true);
};

const wrongIn = ({ desired, alive }: World): readonly string[] =>
  [...desired.values()].flatMap((wanted) => {
    const lives = [...alive].filter((life) => life.wanted.name === wanted.name);
    if (wanted.state !== "running") return lives.length === 0 ? [] : [`${wanted.name} runs and is ${wanted.state}`];
    const [life] = lives;
    // Who stands still is known by the others, so of processes that all stand still nothing is known.
    const isMeasured = [...alive].some((other) => !other.isStuck && !other.isHung);
    const isWell =
      lives.length === 1 &&
      life?.phase === "running" &&
      !life.isHung &&
      !(life.isStuck && isMeasured) &&
      life.wanted.revision === wanted.revision &&
      life.wanted.restarts === wanted.restarts;
    return isWell ? [] : [`${wanted.name} does not run as it should`];
  });

/** Runs two orchestrators of one fleet through a time of faults that the seed decides, and looks at what is left after a calm. */
export const runFleetSchedule = async (seed: number): Promise<FleetScheduleResult> => {
  const time = createVirtualTime();
  const wanted = (name: string): DesiredProcess => ({ name, revision: "r0", state: "running", restarts: 0 });
  const world: World = {
    time,
    random: seededRandom(seed),
    server: createLeaseServer(time.nowMs),
    desired: new Map(NAMES.map((name) => [name, wanted(name)])),
    alive: new Set(),
    result: { doubled: [], stale: [], kills: 0, crashes: 0, starts: 0 },
    isCalm: false,
    newestActed: 0,
    ids: 0,
  };
  const failures: unknown[] = [];
  for (const run of [runMachine(world, 1), runMachine(world, 2), disturb(world)])
    run.catch((e: unknown) => failures.push(e));
  await time.runUntil(CHAOS_MS);
  world.isCalm = true;
  world.server.set(true);
  await time.runUntil(CHAOS_MS + CALM_MS);
  if (failures.length > 0) throw failures[0];
  return { ...world.result, wrong: wrongIn(world) };
};
