import { tableLines } from "../../scripts/bench/table.ts";
import { FAILOVER_PLACE, loseOnePrimary } from "../support/failover.ts";
import { type RedisSet, startClusterSet, startSentinelSet } from "../support/redisSets.ts";

/** A bus is connected to another primary within this time. */
const RESUMED_MS = 10_000;

const SETS: readonly (readonly [name: string, start: () => Promise<RedisSet>])[] = [
  ["Sentinel 1+2", startSentinelSet],
  ["Cluster 3+3", () => startClusterSet(FAILOVER_PLACE.prefix)],
];

/** Kills the primary `count` times under each kind of set, a new set each time. @returns whether all went well */
export const soakRedis = async (count: number): Promise<boolean> => {
  const rows: { readonly set: string; readonly votes: number; readonly lost: number; readonly resumed: number }[] = [];
  for (const [name, start] of SETS) {
    for (let i = 0; i < count; i += 1) {
      const set = await start();
      try {
        const { published, got, resumedMs } = await loseOnePrimary(set);
        const [lost, resumed] = [published - new Set(got).size, Math.round(resumedMs)];
        rows.push({ set: name, votes: published, lost, resumed });
        process.stdout.write(`${name}, kill ${i + 1}: ${lost} of ${published} lost, resumed after ${resumed} ms\n`);
      } finally {
        await set.end();
      }
    }
  }
  const totals = SETS.map(([name]) => {
    const own = rows.filter(({ set }) => set === name);
    const sum = (of: (row: (typeof rows)[number]) => number): number => own.reduce((total, row) => total + of(row), 0);
    const worst = Math.max(...own.map(({ resumed }) => resumed));
    return {
      set: name,
      kills: own.length,
      votes: sum(({ votes }) => votes),
      lost: sum(({ lost }) => lost),
      "resumed after, worst ms": worst,
      target: worst <= RESUMED_MS && own.every(({ lost }) => lost === 0) ? "✓ 10 s, 0 lost" : "✗ 10 s, 0 lost",
    };
  });
  for (const line of tableLines(totals)) process.stdout.write(`${line}\n`);
  return rows.every(({ lost, resumed }) => lost === 0 && resumed <= RESUMED_MS);
};
