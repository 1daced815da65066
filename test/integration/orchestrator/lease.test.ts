import { Redis } from "ioredis";
import { expect } from "chai";
import { type RedisLease, openRedisLease } from "../../../keepers/adapters/orchestrator/redisLease.ts";
import type { HoldAnswer, Leadership } from "../../../keepers/orchestrator/lease.ts";
import { openKubeLease } from "../../../keepers/adapters/kubernetes/lease.ts";
import { kubeApiAt } from "../../support/kubeRig.ts";
import { type KubernetesStandIn, startKubernetesStandIn } from "../../support/kubernetesStandIn.ts";
import { createLeaseServer, leadershipAt } from "../../support/memoryLease.ts";
import { type TestRedis, createRedis } from "../../support/redis.ts";
import { until } from "../../support/until.ts";

const PATIENCE_MS = 60_000;
const LEASE_MS = 2_000;

/** A place with a lease, whatever keeps it. */
type Place = {
  readonly open: (holder: string) => Promise<Leadership>;
  readonly empty: () => Promise<void>;
  /** Lets the lease run out, where nobody renews it. */
  readonly runOut: () => Promise<void>;
  readonly nowMs: () => number;
};

const tokenOf = (answer: HoldAnswer): number => (answer.kind === "held" ? answer.held.token : 0);

/** What every place of a lease keeps to. */
const keepsTo = (name: string, placeOf: () => Place): void => {
  describe(`a lease in ${name}`, () => {
    it("has one holder at a time, who renews it under the same token", async () => {
      const place = placeOf();
      const [a, b] = [await place.open("a"), await place.open("b")];
      const first = tokenOf(await a.hold(0));
      expect(first).to.be.greaterThan(0);
      expect(await b.hold(0)).to.deep.equal({ kind: "other" });
      expect(tokenOf(await a.hold(0))).to.equal(first);
      expect(await a.isNewest(first)).to.equal("yes");
      await a.release();
    });

    it("gives the next holder a higher token, at once when it is given up and else when it has run out [NX-ORC-02]", async () => {
      const place = placeOf();
      const [a, b] = [await place.open("a"), await place.open("b")];
      const first = tokenOf(await a.hold(0));
      await a.release();
      const second = tokenOf(await b.hold(0));
      expect(second).to.be.greaterThan(first);
      expect([await a.isNewest(first), await b.isNewest(second)]).to.deep.equal(["no", "yes"]);
      await place.runOut();
      const third = tokenOf(await a.hold(0));
      expect(third).to.be.greaterThan(second);
      // What another one holds is not given up by who held it before.
      await b.release();
      expect(tokenOf(await a.hold(0))).to.equal(third);
      await a.release();
    });

    it("gives a token above the one that is asked for, also to its holder", async () => {
      const place = placeOf();
      const a = await place.open("a");
      const first = tokenOf(await a.hold(0));
      expect(tokenOf(await a.hold(first + 1_000_000))).to.be.greaterThan(first + 1_000_000);
      await a.release();
    });

    it("gives no lower token once it was emptied, and makes a new holder wait for one that it forgot [NX-ORC-02]", async () => {
      const place = placeOf();
      const [a, b] = [await place.open("a"), await place.open("b")];
      const first = tokenOf(await a.hold(0));
      await place.empty();
      expect(await a.isNewest(first)).to.equal("unknown");
      const askedMs = place.nowMs();
      const answer = await b.hold(0);
      expect(tokenOf(answer)).to.be.greaterThan(first);
      if (answer.kind === "held") expect(answer.held.fromMs).to.be.at.least(askedMs + LEASE_MS);
      expect(await a.hold(0)).to.deep.equal({ kind: "other" });
      await b.release();
    });

    it("lets its holder go on at once when it was emptied and nobody else took it", async () => {
      const place = placeOf();
      const a = await place.open("a");
      const before = await a.hold(0);
      await place.empty();
      const after = await a.hold(0);
      expect(tokenOf(after)).to.be.greaterThan(tokenOf(before));
      if (after.kind === "held" && before.kind === "held") expect(after.held.fromMs).to.equal(before.held.fromMs);
      await a.release();
    });
  });
};

describe("Who leads a fleet", function () {
  this.timeout(3 * PATIENCE_MS);
  let redis: TestRedis;
  let client: Redis;
  const opened: RedisLease[] = [];
  const troubles: string[] = [];
  let prefixes = 0;
  const nowMs = (): number => performance.now();

  const openAt = async (prefix: string, holder: string): Promise<RedisLease> => {
    const options = { url: redis.url, prefix, chainId: 1329n, holder, leaseMs: LEASE_MS, nowMs, random: () => 0 };
    const lease = openRedisLease({ ...options, onTrouble: (what) => troubles.push(what) });
    opened.push(lease);
    await until("the connection", () => lease.isUp(), PATIENCE_MS);
    return lease;
  };

  before(async () => {
    redis = await createRedis();
    await redis.start();
    client = new Redis(redis.url);
  });
  after(async () => {
    for (const lease of opened) lease.close();
    client.disconnect();
    await redis.end();
  });

  keepsTo("Redis", () => {
    prefixes += 1;
    const prefix = `fleet${prefixes}`;
    const lease = `{${prefix}:1329}:orchestrator:lease`;
    return {
      open: (holder) => openAt(prefix, holder),
      empty: async () => void (await client.flushall()),
      runOut: async () => {
        expect(await client.pttl(lease)).to.be.within(1, LEASE_MS);
        await client.pexpire(lease, 1);
        await until("the end of the lease", () => true, PATIENCE_MS);
        while ((await client.exists(lease)) === 1) await new Promise((done) => setTimeout(done, 5));
      },
      nowMs,
    };
  });

  describe("in a cluster", () => {
    let standIn: KubernetesStandIn;
    const clock = { ms: Date.now() };
    before(async () => {
      standIn = await startKubernetesStandIn();
    });
    after(() => standIn.close());
    let fleets = 0;

    keepsTo("Kubernetes (a stand-in)", () => {
      fleets += 1;
      const fleet = `fleet${fleets}`;
      const { namespace } = standIn;
      const of = { namespace, fleet, leaseMs: LEASE_MS, nowMs: () => clock.ms, onTrouble: () => undefined };
      // Nothing of a lease rests on the time that an answer takes.
      const pass = <T>(answer: Promise<T>): Promise<T> => {
        clock.ms += 1;
        return answer;
      };
      return {
        open: (holder) => {
          const lease = openKubeLease({ ...of, api: kubeApiAt(standIn), holder });
          return Promise.resolve({ ...lease, hold: (least) => pass(lease.hold(least)) });
        },
        empty: () => {
          standIn.remove("leases", `${fleet}-leader`);
          return Promise.resolve();
        },
        runOut: () => Promise.resolve(void (clock.ms += LEASE_MS + 1)),
        nowMs: () => clock.ms,
      };
    });

    it("counts as taken for its whole length under each holder's own eyes, whatever its clock says [NX-ORC-02]", async () => {
      const of = { namespace: standIn.namespace, fleet: "eyes", leaseMs: LEASE_MS, onTrouble: () => undefined };
      // The second one's clock is an hour ahead.
      const ahead = { ms: clock.ms + 3_600_000 };
      const a = openKubeLease({ ...of, api: kubeApiAt(standIn), holder: "a", nowMs: () => clock.ms });
      const b = openKubeLease({ ...of, api: kubeApiAt(standIn), holder: "b", nowMs: () => ahead.ms });
      const first = tokenOf(await a.hold(0));
      expect(await b.hold(0)).to.deep.equal({ kind: "other" });
      ahead.ms += LEASE_MS - 1;
      expect(await b.hold(0)).to.deep.equal({ kind: "other" });
      // It is renewed: its length begins anew.
      await a.hold(0);
      expect(await b.hold(0)).to.deep.equal({ kind: "other" });
      ahead.ms += LEASE_MS - 1;
      expect(await b.hold(0)).to.deep.equal({ kind: "other" });
      ahead.ms += 1;
      expect(tokenOf(await b.hold(0))).to.be.greaterThan(first);
      expect(await a.hold(0)).to.deep.equal({ kind: "other" });
      expect(await a.isNewest(first)).to.equal("no");
    });

    it("is nobody's while its token is none, or what answers is no lease [NX-ORC-02]", async () => {
      const said: string[] = [];
      const of = { namespace: standIn.namespace, fleet: "bad", leaseMs: LEASE_MS, nowMs: () => clock.ms };
      const onTrouble = (what: string): void => void said.push(what);
      const lease = openKubeLease({ ...of, api: kubeApiAt(standIn), holder: "a", onTrouble });
      const first = tokenOf(await lease.hold(0));
      const [object] = standIn.all("leases").filter(({ metadata }) => metadata.name === "bad-leader");
      for (const token of ["NaN", "Infinity", "1e300", "9007199254740991", "x"]) {
        const annotations = { "nexus.fleet/token": token };
        standIn.edit("leases", "bad-leader", { metadata: { ...object?.metadata, annotations } });
        expect([await lease.hold(0), await lease.isNewest(first)], token).to.deep.equal([
          { kind: "unknown" },
          "unknown",
        ]);
      }
      expect(said).to.have.length(1);
      const api = { ...kubeApiAt(standIn), ask: () => Promise.resolve({ kind: "ok", body: [] } as const) };
      const strange = openKubeLease({ ...of, api, holder: "b", onTrouble });
      expect([await strange.hold(0), await strange.isNewest(1)]).to.deep.equal([{ kind: "unknown" }, "unknown"]);
      await strange.release();
    });

    it("goes to one of two that take it at once", async () => {
      const of = { namespace: standIn.namespace, fleet: "race", leaseMs: LEASE_MS, onTrouble: () => undefined };
      const open = (holder: string) => openKubeLease({ ...of, api: kubeApiAt(standIn), holder, nowMs: () => clock.ms });
      const holders = ["a", "b", "c"].map(open);
      const taken = await Promise.all(holders.map((holder) => holder.hold(0)));
      expect(taken.filter(({ kind }) => kind === "held")).to.have.length(1);
      const leader = holders[taken.findIndex(({ kind }) => kind === "held")];
      await leader?.release();
      const again = await Promise.all(holders.map((holder) => holder.hold(0)));
      expect(again.filter(({ kind }) => kind === "held")).to.have.length(1);
      const [lease] = standIn.all("leases").filter(({ metadata }) => metadata.name === "race-leader");
      expect(lease?.spec?.["leaseTransitions"]).to.equal(2);
    });

    it("answers unknown while the cluster does not, and says so once", async () => {
      const said: string[] = [];
      const of = { namespace: standIn.namespace, fleet: "outage", leaseMs: LEASE_MS, nowMs: () => clock.ms };
      const onTrouble = (what: string): void => void said.push(what);
      const lease = openKubeLease({ ...of, api: kubeApiAt(standIn), holder: "a", onTrouble });
      const first = tokenOf(await lease.hold(0));
      standIn.refuse(500, 4);
      expect([await lease.hold(0), await lease.isNewest(first)]).to.deep.equal([{ kind: "unknown" }, "unknown"]);
      await lease.release();
      await lease.hold(0);
      expect(tokenOf(await lease.hold(0))).to.equal(first);
      expect(said).to.deep.equal([
        "Kubernetes answers 500 to GET /apis/coordination.k8s.io/v1/namespaces/agents/leases/outage-leader: try again later; without it nothing is started",
      ]);
    });
  });

  keepsTo("memory, as the schedules use it", () => {
    // A lease of the first token is told from one of a server that was emptied by the time that has passed.
    const clock = { ms: 1_000 };
    const server = createLeaseServer(() => clock.ms);
    const pass = (): Promise<void> => Promise.resolve(void (clock.ms += 1));
    return {
      open: (holder) =>
        Promise.resolve(leadershipAt(server, { holder, leaseMs: LEASE_MS, nowMs: () => clock.ms, pass })),
      empty: () => {
        server.empty();
        return Promise.resolve();
      },
      runOut: () => Promise.resolve(void (clock.ms += LEASE_MS + 1)),
      nowMs: () => clock.ms,
    };
  });

  it("answers unknown while Redis is gone, says so once, and goes on with the same lead when it is back", async () => {
    const lease = await openAt("outage", "a");
    const first = tokenOf(await lease.hold(0));
    await redis.kill();
    await until("the loss", () => !lease.isUp(), PATIENCE_MS);
    expect([await lease.hold(0), await lease.isNewest(first)]).to.deep.equal([{ kind: "unknown" }, "unknown"]);
    await lease.release();
    await redis.start();
    await until("the connection", () => lease.isUp(), PATIENCE_MS);
    // It was not stored, so it was emptied too.
    expect(tokenOf(await lease.hold(0))).to.be.greaterThan(first);
    const own = troubles.filter((what) => what.includes("without it nothing is started"));
    expect(own.length).to.be.greaterThan(0);
    expect(troubles.join()).not.to.contain("agents go on");
  });
});
