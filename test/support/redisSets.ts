import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { z } from "zod";
import { type TestRedis, createRedis, freePort } from "./redis.ts";

/** Several Redis processes that replace one another, over free ports of this machine. */
export type RedisSet = {
  /** As `busServerIn` reads it. */
  readonly url: string;
  /** The process that takes writes for the key now. */
  readonly primary: () => Promise<TestRedis>;
  /** Starts a process again that died. */
  readonly revive: (server: TestRedis) => Promise<void>;
  /** Ends all of them and removes what they wrote. */
  readonly end: () => Promise<void>;
};

const GROUP = "bus";
/** A process that says nothing for so long is taken for dead. */
const DEAD_MS = "1000";
const FORMING_MS = 20_000;

const asking = async <T>(server: TestRedis, work: (client: Redis) => Promise<T>): Promise<T> => {
  const client = new Redis(server.url, { retryStrategy: null, maxRetriesPerRequest: 0, commandTimeout: 2_000 });
  client.on("error", () => undefined);
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
};

/** Waits until all servers say so. @throws Error when they do not in time */
const untilAll = async (
  what: string,
  servers: readonly TestRedis[],
  ask: (server: TestRedis) => Promise<boolean>,
): Promise<void> => {
  const deadline = performance.now() + FORMING_MS;
  for (;;) {
    const said = await Promise.all(servers.map((server) => ask(server).catch(() => false)));
    if (said.every(Boolean)) return;
    if (performance.now() > deadline) throw new Error(`waited ${FORMING_MS} ms in vain for ${what}`);
    await sleep(50);
  }
};

const createMany = (count: number): Promise<readonly TestRedis[]> =>
  Promise.all(Array.from({ length: count }, () => createRedis()));

const hosts = (servers: readonly TestRedis[]): string => servers.map(({ port }) => `127.0.0.1:${port}`).join(",");

const at = (servers: readonly TestRedis[], port: number): TestRedis => {
  const found = servers.find((server) => server.port === port);
  if (found === undefined) throw new Error(`none of ours listens on ${port}`);
  return found;
};

/** The first answer that is one: of the processes some may be dead. */
const firstAnswer = async <T>(servers: readonly TestRedis[], ask: (client: Redis) => Promise<T>): Promise<T> =>
  Promise.any(servers.map((server) => asking(server, ask)));

/** Starts a set; what was started is gone when that fails. */
const startSet = async (
  count: number,
  form: (servers: readonly TestRedis[]) => Promise<Omit<RedisSet, "end">>,
): Promise<RedisSet> => {
  const servers = await createMany(count);
  const end = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.end()));
  };
  try {
    return { ...(await form(servers)), end };
  } catch (error) {
    await end();
    throw error;
  }
};

/** One primary with two replicas, and three Sentinels that watch it. */
export const startSentinelSet = (): Promise<RedisSet> => startSet(6, formSentinels);

const formSentinels = async (all: readonly TestRedis[]): Promise<Omit<RedisSet, "end">> => {
  const [servers, sentinels] = [all.slice(0, 3), all.slice(3)];
  const [first, ...replicas] = servers;
  if (first === undefined) throw new Error("a set needs a primary");
  await first.start();
  for (const replica of replicas) await replica.start("--replicaof", "127.0.0.1", String(first.port));
  const watch = [
    `sentinel monitor ${GROUP} 127.0.0.1 ${first.port} 2`,
    `sentinel down-after-milliseconds ${GROUP} ${DEAD_MS}`,
    `sentinel failover-timeout ${GROUP} 5000`,
  ];
  for (const sentinel of sentinels) await sentinel.startSentinel(...watch);
  const isFormed = async (sentinel: TestRedis): Promise<boolean> => {
    const told = String(await asking(sentinel, (client) => client.call("SENTINEL", "MASTER", GROUP)));
    return /num-slaves,2/.test(told) && /num-other-sentinels,2/.test(told);
  };
  await untilAll("the Sentinels to know one another", sentinels, isFormed);
  return {
    url: `redis+sentinel://${hosts(sentinels)}/${GROUP}`,
    primary: async () => {
      const told = await firstAnswer(sentinels, (client) => client.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", GROUP));
      return at(servers, Number(Array.isArray(told) ? told[1] : undefined));
    },
    // The Sentinels make a replica of it.
    revive: (server) => server.start(),
  };
};

const slotRanges = z.array(
  z.tuple([z.number(), z.number(), z.tuple([z.string(), z.number()]).rest(z.unknown())]).rest(z.unknown()),
);
const SLOTS = 16_384;
const PRIMARIES = 3;

const meet = async (servers: readonly TestRedis[], busPorts: readonly number[]): Promise<void> => {
  const share = Math.ceil(SLOTS / PRIMARIES);
  for (const [i, server] of servers.entries()) {
    await asking(server, async (client) => {
      if (i < PRIMARIES) await client.call("CLUSTER", "ADDSLOTSRANGE", i * share, Math.min(SLOTS, (i + 1) * share) - 1);
      for (const [j, other] of servers.entries()) {
        if (j !== i) await client.call("CLUSTER", "MEET", "127.0.0.1", other.port, busPorts[j] ?? 0);
      }
    });
  }
};

const idOf = (server: TestRedis): Promise<string> =>
  asking(server, async (client) => String(await client.call("CLUSTER", "MYID")));

/** Three primaries that share the slots, each with a replica. */
export const startClusterSet = (prefix: string): Promise<RedisSet> =>
  startSet(2 * PRIMARIES, (servers) => formCluster(servers, prefix));

const formCluster = async (servers: readonly TestRedis[], prefix: string): Promise<Omit<RedisSet, "end">> => {
  const busPorts = await Promise.all(servers.map(freePort));
  const startNode = (server: TestRedis, i: number): Promise<void> => {
    const own = ["--cluster-config-file", "nodes.conf", "--cluster-node-timeout", DEAD_MS];
    return server.start("--cluster-enabled", "yes", "--cluster-port", String(busPorts[i]), ...own);
  };
  for (const [i, server] of servers.entries()) await startNode(server, i);
  await meet(servers, busPorts);
  const ids = await Promise.all(servers.slice(0, PRIMARIES).map(idOf));
  // Before the nodes have shaken hands they know one another by other ids.
  const isReplica = (replica: TestRedis): Promise<boolean> =>
    asking(replica, async (client) => {
      const primary = ids[servers.indexOf(replica) - PRIMARIES] ?? "";
      return (await client.call("CLUSTER", "REPLICATE", primary)) === "OK";
    });
  await untilAll("the replicas to know their primaries", servers.slice(PRIMARIES), isReplica);
  const isFormed = (server: TestRedis): Promise<boolean> =>
    asking(server, async (client) => {
      const [info, replication] = await Promise.all([client.call("CLUSTER", "INFO"), client.info("replication")]);
      return (
        /cluster_state:ok/.test(String(info)) &&
        (/connected_slaves:1/.test(replication) || /master_link_status:up/.test(replication))
      );
    });
  await untilAll("the cluster to be whole", servers, isFormed);
  return {
    url: `redis+cluster://${hosts(servers.slice(0, 2))}`,
    primary: async () => {
      const port = await firstAnswer(servers, async (client) => {
        const slot = Number(await client.call("CLUSTER", "KEYSLOT", prefix));
        const slots = slotRanges.parse(await client.call("CLUSTER", "SLOTS"));
        return slots.find(([from, to]) => from <= slot && slot <= to)?.[2][1] ?? 0;
      });
      return at(servers, port);
    },
    revive: (server) => startNode(server, servers.indexOf(server)),
  };
};
