import { fork } from "node:child_process";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { expect } from "chai";
import { Redis } from "ioredis";
import { z } from "zod";
import { createChildren } from "../../../keepers/adapters/orchestrator/children.ts";
import { type RedisLease, openRedisLease } from "../../../keepers/adapters/orchestrator/redisLease.ts";
import { type DesiredProcess, USUAL_POLICY } from "../../../keepers/orchestrator/fleet.ts";
import { type Leadership, alone } from "../../../keepers/orchestrator/lease.ts";
import { type OrchestratorNote, emptyOrchestratorMemory, keepWatch, tick } from "../../../keepers/orchestrator/tick.ts";
import { type TestRedis, createRedis } from "../../support/redis.ts";
import { TOY_BOOK } from "../../support/toyBook.ts";
import { until } from "../../support/until.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

const PATIENCE_MS = 60_000;
/** Longer than its margin by enough for rounds in between. */
const LEASE_MS = 5_000;
const VICTIM = resolve(import.meta.dirname, "../../support/orchestratorVictim.ts");
const TOY = resolve(import.meta.dirname, "../../support/toyAgent.mjs");
/** Short times, so that a test takes seconds; a machine that is busy only makes it slower. */
const policy = {
  ...USUAL_POLICY,
  graceMs: 1_000,
  silenceMs: 2_000,
  stallMs: 2_000,
  firstPauseMs: 50,
  longestPauseMs: 400,
};

const lineShape = z.object({
  name: z.string(),
  what: z.enum(["starts", "ends"]),
  pid: z.int(),
  at: z.number(),
  ours: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
});
type Line = z.output<typeof lineShape>;

const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

/** What one process does beside living: see toyAgent.mjs. */
type Toy = { readonly does?: string; readonly once?: string };

describe("A fleet of real processes", function () {
  this.timeout(3 * PATIENCE_MS);
  let folder = "";
  const ends: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "nexus-orchestrator-"));
  });
  afterEach(async () => {
    await Promise.all(ends.splice(0).map((end) => end()));
    await removeFolder(folder);
  });

  const linesOf = async (): Promise<readonly Line[]> => {
    const text = await readFile(join(folder, "log"), "utf8").catch(() => "");
    return text.split("\n").flatMap((line) => (line === "" ? [] : [lineShape.parse(JSON.parse(line))]));
  };

  /** Runs an orchestrator over toys, round after round, until the test ends. */
  const orchestrate = (toys: Readonly<Record<string, Toy>>, leadership: Leadership = alone) => {
    const notes: OrchestratorNote[] = [];
    const desired = new Map<string, DesiredProcess>(
      Object.keys(toys).map((name) => [name, { name, revision: "r", state: "running", restarts: 0 }]),
    );
    const nowMs = (): number => performance.now();
    const configs = { ...toys };
    const children = createChildren({
      program: { module: TOY, args: [], execArgv: [] },
      book: TOY_BOOK,
      configOf: (name) => JSON.stringify({ log: join(folder, "log"), ...configs[name] }),
      environment: { ...process.env, NEXUS_OPERATOR_KEY: "secret" },
      graceMs: policy.graceMs,
      nowMs,
      onSign: () => undefined,
      wake: () => undefined,
    });
    const orchestrator = {
      ports: {
        leadership,
        backEnd: children,
        desired: () => Promise.resolve([...desired.values()]),
        abandon: children.endAll,
        nowMs,
        random: () => 0,
        tell: (note: OrchestratorNote) => void notes.push(note),
      },
      memory: emptyOrchestratorMemory(),
      config: { policy, marginMs: leadership === alone ? 0 : 2_000 },
    };
    const over = new AbortController();
    const run = async (): Promise<void> => {
      while (!over.signal.aborted) {
        await tick(orchestrator);
        await keepWatch(orchestrator);
        await new Promise((done) => setTimeout(done, 20));
      }
    };
    const running = run();
    const end = async (): Promise<void> => {
      over.abort();
      await running;
      await children.endAll();
      await leadership.release();
    };
    ends.push(end);
    const isUp = (name: string) => (children.pids().has(name) ? children.pids().get(name) : undefined);
    const whys = (): readonly string[] =>
      notes.flatMap((note) => (note.kind === "action" && note.action.kind !== "start" ? [note.action.why] : []));
    return { notes, desired, children, isUp, whys, end };
  };

  const startsOf = async (name: string): Promise<number> =>
    (await linesOf()).filter((line) => line.name === name && line.what === "starts").length;
  const untilStarts = async (name: string, count: number): Promise<void> => {
    for (const endMs = performance.now() + PATIENCE_MS; performance.now() < endMs;) {
      if ((await startsOf(name)) >= count) return;
      await new Promise((done) => setTimeout(done, 20));
    }
    throw new Error(`${name} did not start ${count} times`);
  };

  it("starts a process again that was killed, and leaves the others alone [NX-ORC-01]", async () => {
    const { isUp, notes } = orchestrate({ a: {}, b: {} });
    const [a, b] = [await until("a", () => isUp("a")), await until("b", () => isUp("b"))];
    await untilStarts("a", 1);
    process.kill(a, "SIGKILL");
    await untilStarts("a", 2);
    expect([isUp("b"), await startsOf("b")]).to.deep.equal([b, 1]);
    const exits = notes.flatMap((note) => (note.kind === "exit" ? [note.exit] : []));
    expect(exits.map(({ name, isAsked, reason }) => [name, isAsked, reason])).to.deep.equal([
      ["a", false, "it was ended by SIGKILL"],
    ]);
  });

  it("pauses, resumes and restarts what its operator says", async () => {
    const { desired, isUp } = orchestrate({ a: {} });
    await untilStarts("a", 1);
    const before = { name: "a", revision: "r", restarts: 0 };
    desired.set("a", { ...before, state: "paused" });
    await until("the pause", () => isUp("a") === undefined, PATIENCE_MS);
    desired.set("a", { ...before, state: "running" });
    await untilStarts("a", 2);
    desired.set("a", { ...before, state: "running", restarts: 1 });
    await untilStarts("a", 3);
    const lines = await linesOf();
    expect(lines.map(({ what }) => what)).to.deep.equal(["starts", "ends", "starts", "ends", "starts"]);
  });

  it("kills a process that hangs and one that does not stop, and starts the first again", async () => {
    const { isUp, whys, desired } = orchestrate({
      a: { does: "hang", once: join(folder, "hung") },
      b: { does: "deaf" },
    });
    await untilStarts("a", 2);
    expect(whys()).to.include("it gives no sign of life");
    const deaf = await until("b", () => isUp("b"));
    desired.delete("b");
    await until("its end", () => isUp("b") === undefined, PATIENCE_MS);
    expect(() => process.kill(deaf, 0)).to.throw();
  });

  it("starts a process again that does no rounds while others do", async () => {
    const { whys } = orchestrate({ a: { does: "stand still", once: join(folder, "stood") }, b: {} });
    await untilStarts("a", 2);
    expect(whys()).to.deep.equal(["it does no rounds while others do"]);
    expect(await startsOf("b")).to.equal(1);
  });

  it("waits before it starts again what says that it cannot run, and tells the reason", async () => {
    const { notes } = orchestrate({ a: { does: "fail" } });
    await untilStarts("a", 3);
    const [exit] = notes.flatMap((note) => (note.kind === "exit" ? [note.exit] : []));
    expect([exit?.reason, exit?.isFatal]).to.deep.equal(["it cannot run", true]);
    const at = (await linesOf()).flatMap(({ what, at: ms }) => (what === "starts" ? [ms] : []));
    expect((at[1] ?? 0) - (at[0] ?? 0)).to.be.at.least(policy.longestPauseMs);
  });

  it("leaves no process behind when it is killed itself [NX-ORC-01]", async () => {
    const victim = fork(VICTIM, [TOY, join(folder, "log")], { execArgv: ["--import=tsx"], stdio: "ignore" });
    await Promise.all([untilStarts("well", 1), untilStarts("deaf", 1)]);
    victim.kill("SIGKILL");
    const pids = (await linesOf()).map(({ pid }) => pid);
    expect(new Set(pids).size).to.equal(2);
    await until("their end", () => pids.every(isGone), PATIENCE_MS);
  });

  it("gives a process its configuration by its channel alone [NX-ORC-05]", async () => {
    const { isUp } = orchestrate({ a: {} });
    await untilStarts("a", 1);
    await until("a", () => isUp("a"));
    const [line] = await linesOf();
    expect([line?.ours, line?.args]).to.deep.equal([[], []]);
  });

  describe("under a lease in Redis", () => {
    let redis: TestRedis;
    const leases: RedisLease[] = [];
    beforeEach(async () => {
      redis = await createRedis();
      await redis.start();
    });
    afterEach(async () => {
      await Promise.all(ends.splice(0).map((end) => end()));
      for (const lease of leases.splice(0)) lease.close();
      await redis.end();
    });

    const leaseOf = (holder: string): RedisLease => {
      const options = { url: redis.url, prefix: "t", chainId: 1n, holder, leaseMs: LEASE_MS, random: () => 0 };
      const lease = openRedisLease({ ...options, nowMs: () => performance.now(), onTrouble: () => undefined });
      leases.push(lease);
      return lease;
    };

    /** Whether two processes of one name were there at once, by what they wrote down themselves. */
    const overlaps = async (): Promise<boolean> => {
      const alive = new Set<string>();
      for (const { name, what } of [...(await linesOf())].sort((one, other) => one.at - other.at)) {
        if (what === "ends") alive.delete(name);
        else if (alive.has(name)) return true;
        else alive.add(name);
      }
      return false;
    };

    it("runs on one of two machines, and on the other once the first gives up [NX-ORC-02]", async () => {
      const first = orchestrate({ a: {} }, leaseOf("one"));
      await untilStarts("a", 1);
      const second = orchestrate({ a: {} }, leaseOf("two"));
      await until("a", () => first.isUp("a"));
      await first.end();
      await untilStarts("a", 2);
      await until("a", () => second.isUp("a"));
      expect(await overlaps()).to.equal(false);
    });

    it("stops what it runs before its lease is over when Redis is gone, and goes on when it is back [NX-ORC-02]", async () => {
      const { isUp } = orchestrate({ a: {} }, leaseOf("one"));
      await untilStarts("a", 1);
      await redis.kill();
      await until("the stop", () => isUp("a") === undefined, PATIENCE_MS);
      await redis.start();
      await untilStarts("a", 2);
      expect(await overlaps()).to.equal(false);
    });

    it("never runs twice what an emptied Redis gives another the lead of [NX-ORC-02]", async () => {
      const [first, second] = [orchestrate({ a: {} }, leaseOf("one")), orchestrate({ a: {} }, leaseOf("two"))];
      await untilStarts("a", 1);
      const client = new Redis(redis.url);
      for (let turn = 0; turn < 5; turn += 1) {
        await client.flushall();
        await new Promise((done) => setTimeout(done, LEASE_MS / 3));
      }
      client.disconnect();
      await until("a", () => first.isUp("a") ?? second.isUp("a"), PATIENCE_MS);
      expect(await overlaps()).to.equal(false);
    });
  });
});
