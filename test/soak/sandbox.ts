import { setTimeout as sleep } from "node:timers/promises";
import { getHeapStatistics } from "node:v8";
import { tableLines } from "../../scripts/bench/table.ts";
import type { KeeperEvent } from "../../keepers/core/events.ts";
import { type Fleet, startFleet } from "../../scripts/sandbox/keepers.ts";
import { type KeeperWorld, startKeeperWorld } from "../support/keeperWorld.ts";

const MINUTE_MS = 60_000;
/** The warm-up, in minutes: what grows in it is not counted. */
const WARM_UP = 10;
const MAX_GROWTH_PERCENT = 10;
/** Without a block for so long the sandbox stands still; without a trade, the fleet does. */
const BLOCK_LIMIT_MS = 10_000;
const TRADE_LIMIT_MS = 5 * MINUTE_MS;
const MEGABYTE = 2 ** 20;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** How often each text was said. */
const tally = (texts: Map<string, number>, text: string): void => {
  // Numbers tell texts apart that mean the same.
  const kind = text.replaceAll(/0x[0-9a-f]+|\d+/gi, "n");
  texts.set(kind, (texts.get(kind) ?? 0) + 1);
};

const mostFrequent = (texts: ReadonlyMap<string, number>): string => {
  const [first] = [...texts].sort(([, a], [, b]) => b - a);
  return first === undefined ? "none" : `${first[0]} (${first[1]})`;
};

/** What was seen since the last row. */
const createCounts = () => {
  const said = { troubles: new Map<string, number>(), reasons: new Map<string, number>() };
  const counts = { heads: 0, trades: 0, troubles: 0, lastHeadAt: performance.now(), lastTradeAt: performance.now() };
  const note = (event: KeeperEvent): void => {
    if (event.kind === "trouble") {
      counts.troubles += 1;
      tally(said.troubles, event.what);
    }
    if (event.kind === "decision" && event.why !== undefined) tally(said.reasons, event.why);
    if (event.kind !== "result" || event.message.result.kind !== "enacted") return;
    counts.trades += 1;
    counts.lastTradeAt = performance.now();
  };
  const head = (): void => {
    counts.heads += 1;
    counts.lastHeadAt = performance.now();
  };
  /** Why nothing was proposed, and what was trouble, most of the time since the last asking. */
  const words = (): string => {
    const line = `no proposal: ${mostFrequent(said.reasons)} · trouble: ${mostFrequent(said.troubles)}`;
    said.reasons.clear();
    said.troubles.clear();
    return line;
  };
  return { counts, note, head, words };
};
type Counts = ReturnType<typeof createCounts>["counts"];

/** Memory in use after a collection, where Node was started with --expose-gc. */
const heapMegabytes = (): number => {
  globalThis.gc?.();
  return getHeapStatistics().used_heap_size / MEGABYTE;
};

const handles = (): number => process.getActiveResourcesInfo().filter((name) => name !== "Timeout").length;

const takeRow = (minute: number, counts: Counts) => {
  const { heads, trades, troubles } = counts;
  Object.assign(counts, { heads: 0, trades: 0, troubles: 0 });
  const rss = Math.round(process.memoryUsage.rss() / MEGABYTE);
  return { minute, heads, trades, troubles, "heap MB": Math.round(heapMegabytes()), "rss MB": rss, handles: handles() };
};
type Row = ReturnType<typeof takeRow>;

const standstillIn = ({ lastHeadAt, lastTradeAt }: Counts): string | undefined => {
  const now = performance.now();
  if (now - lastHeadAt > BLOCK_LIMIT_MS) return `no block for ${BLOCK_LIMIT_MS / 1_000} s`;
  return now - lastTradeAt > TRADE_LIMIT_MS ? `no trade for ${TRADE_LIMIT_MS / MINUTE_MS} minutes` : undefined;
};

/** A row a minute until the end or a standstill. */
const watch = async (minutes: number, { counts, words }: Pick<ReturnType<typeof createCounts>, "counts" | "words">) => {
  const rows: Row[] = [];
  const startedAt = performance.now();
  while (rows.length < minutes) {
    await sleep(1_000);
    const fault = standstillIn(counts);
    if (fault !== undefined) return { rows, fault };
    if (performance.now() - startedAt < (rows.length + 1) * MINUTE_MS) continue;
    const row = takeRow(rows.length + 1, counts);
    rows.push(row);
    const columns = Object.entries(row).map(([name, value]) => `${name} ${value}`);
    say([...columns, words()].join(" · "));
  }
  return { rows, fault: undefined };
};

const growthPercent = (rows: readonly Row[]): number | undefined => {
  const [warm, last] = [rows[WARM_UP - 1], rows.at(-1)];
  if (warm === undefined || last === undefined || warm === last) return undefined;
  return ((last["heap MB"] - warm["heap MB"]) * 100) / warm["heap MB"];
};

const start = async (world: KeeperWorld, note: (event: KeeperEvent) => void): Promise<Fleet> => {
  await world.sandbox.startMining();
  const { wsUrl } = world.sandbox;
  const fleet = await startFleet({ wsUrl, book: world.book, emit: note });
  world.sandbox.startMarket();
  return fleet;
};

/** Sandbox and whole fleet in this process for so many minutes. @returns whether nothing stood still, grew or was left open */
export const soakSandbox = async (minutes: number): Promise<boolean> => {
  const before = handles();
  const ending = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => process.exit(1));
  const world = await startKeeperWorld(1, ending.signal);
  const seen = createCounts();
  const { note, head } = seen;
  const fleet = await start(world, note);
  let death: string | undefined;
  fleet.done.catch((error: unknown) => (death = String(error)));
  world.sandbox.onHead(head);
  const { rows, fault } = await watch(minutes, seen);
  await fleet.stop();
  await world.close();
  await sleep(1_000);
  const lost = handles() - before;
  const trades = rows.reduce((sum, row) => sum + row.trades, 0);
  const growth = growthPercent(rows);
  const total = {
    minutes: rows.length,
    heads: rows.reduce((sum, row) => sum + row.heads, 0),
    trades,
    "trades per hour": rows.length === 0 ? 0 : Math.round((trades * 60) / rows.length),
    "heap growth %": growth === undefined ? "too short" : growth.toFixed(1),
    "handles left": lost,
    standstill: fault ?? "none",
    death: death ?? "none",
  };
  tableLines([total]).forEach(say);
  return fault === undefined && death === undefined && lost <= 0 && (growth ?? 0) <= MAX_GROWTH_PERCENT;
};
