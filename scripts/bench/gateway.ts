import { type ChildProcess, fork } from "node:child_process";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { percentile } from "../../keepers/views/percentile.ts";
import { openWorld } from "../run/worldProcess.ts";
import { askFor, listenFor, watchBlocks } from "./gateway/clients.ts";
import type { ServerOrder, ServerReport } from "./gateway/messages.ts";
import { type BenchTarget, atLeast, atMost } from "./targets.ts";

/** One figure of a gateway in a process of its own, over a sandbox in another; `load` of the machine before it was taken. */
export type GatewayRow = {
  readonly flow: "requests" | "stream-1000" | "block-to-client" | "memory";
  readonly measure: string;
  readonly value: number;
  readonly unit: "ms" | "/s" | "MB" | "messages" | "requests" | "clients";
  readonly load: number;
};

const SERVER = fileURLToPath(new URL("gateway/server.ts", import.meta.url));
const BUILT = fileURLToPath(new URL("../../dist/bench/gateway.js", import.meta.url));
const PATIENCE_MS = 60_000;
const WARM_UP_MS = 3_000;
const ASKING_MS = 15_000;
const LISTENING_MS = 15_000;
const CLIENTS = 1_000;
const WORLD = { seed: 14, marketFile: undefined, blocksPerRow: undefined, unanimous: false };

/** The next report that `pick` finds something in. @throws Error where the gateway has trouble, or says nothing within a minute */
const reportOf = async <T>(child: ChildProcess, pick: (report: ServerReport) => T | undefined): Promise<T> => {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const hear = (report: ServerReport): void => {
    if (report.kind === "trouble") reject(new Error(`the gateway has trouble: ${report.what}`));
    const found = pick(report);
    if (found !== undefined) resolve(found);
  };
  const timer = setTimeout(() => reject(new Error("the gateway said nothing within a minute")), PATIENCE_MS);
  child.on("message", hear);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    child.off("message", hear);
  }
};

const order = (child: ChildProcess, what: ServerOrder): void => void child.send(what);

const now = (): number => loadavg()[0] ?? 0;

const requestRows = async (url: string): Promise<readonly GatewayRow[]> => {
  await askFor(url, WARM_UP_MS);
  const load = now();
  const { times, failed, seconds } = await askFor(url, ASKING_MS);
  const row = { flow: "requests", load } as const;
  return [
    { ...row, measure: "answered", value: times.length / seconds, unit: "/s" },
    { ...row, measure: "p50", value: percentile(times, 50) ?? 0, unit: "ms" },
    { ...row, measure: "p99", value: percentile(times, 99) ?? 0, unit: "ms" },
    { ...row, measure: "failed", value: failed, unit: "requests" },
  ];
};

/** How long it took from a block on the chain to the first client that was told a state of that block or a later one. */
const lagsOf = (seen: ReadonlyMap<number, number>, told: ReadonlyMap<number, number>): readonly number[] => {
  const inOrder = [...told].toSorted(([a], [b]) => a - b);
  const [first, last] = [inOrder.at(0)?.[0] ?? 0, inOrder.at(-1)?.[0] ?? 0];
  return [...seen].flatMap(([block, atMs]) => {
    const at = block < first || block > last ? undefined : inOrder.find(([one]) => one >= block)?.[1];
    return at === undefined ? [] : [Math.max(0, at - atMs)];
  });
};

const streamRows = async (url: string, wsUrl: string): Promise<readonly GatewayRow[]> => {
  const load = now();
  const blocks = await watchBlocks(wsUrl);
  try {
    const { delays, blocks: told, cut } = await listenFor(url, CLIENTS, LISTENING_MS);
    const lags = lagsOf(blocks.seen, told);
    const [row, lag] = [{ flow: "stream-1000", load } as const, { flow: "block-to-client", load, unit: "ms" } as const];
    return [
      { ...row, measure: "p50", value: percentile(delays, 50) ?? 0, unit: "ms" },
      { ...row, measure: "p99", value: percentile(delays, 99) ?? 0, unit: "ms" },
      { ...row, measure: "came", value: delays.length, unit: "messages" },
      { ...row, measure: "cut off", value: cut, unit: "clients" },
      { ...lag, measure: "p50", value: percentile(lags, 50) ?? 0 },
      { ...lag, measure: "p95", value: percentile(lags, 95) ?? 0 },
    ];
  } finally {
    blocks.close();
  }
};

/** Asks and listens to a gateway, and says what it took. Without a fleet beside it, so that it reads the chain for all it tells. */
export const benchGateway = async (): Promise<readonly GatewayRow[]> => {
  const world = await openWorld(WORLD, () => undefined);
  // As the command is built: what compiles sources on the fly needs memory of its own.
  await build({
    entryPoints: [SERVER],
    outfile: BUILT,
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
  });
  const child = fork(BUILT, [], { execArgv: [] });
  try {
    await world.begin(undefined);
    order(child, { kind: "serve", book: world.book, rpcUrl: world.rpcUrl });
    const url = await reportOf(child, (report) => (report.kind === "ready" ? report.url : undefined));
    const load = now();
    const rows = [...(await requestRows(url)), ...(await streamRows(url, world.wsUrl))];
    const told = reportOf(child, (report) => (report.kind === "memory" ? report.bytes : undefined));
    order(child, { kind: "memory" });
    const bytes = await told;
    return [...rows, { flow: "memory", measure: "most at once", value: bytes / 1e6, unit: "MB", load }];
  } finally {
    if (child.connected) child.disconnect();
    else child.kill("SIGKILL");
    await world.stop();
  }
};

/** What the rows must say. Time that was taken while others were at work is no measurement of this. */
export const gatewayTargets = (rows: readonly GatewayRow[]): readonly BenchTarget[] => {
  const find = (flow: GatewayRow["flow"], measure: string): number | undefined =>
    rows.find((row) => row.flow === flow && row.measure === measure && (row.load < 1 || row.unit === "MB"))?.value;
  return [
    atLeast("requests answered a second", find("requests", "answered"), 1_000),
    atMost("request, ms, p99", find("requests", "p99"), 50),
    atMost("requests that failed", rows.find(({ measure }) => measure === "failed")?.value, 0),
    atMost("message to one of 1,000 clients, ms, p99", find("stream-1000", "p99"), 250),
    atMost("clients that were cut off", rows.find(({ measure }) => measure === "cut off")?.value, 0),
    atMost("block to client, ms, p95", find("block-to-client", "p95"), 1_000),
    atMost("memory, MB", find("memory", "most at once"), 300),
  ];
};
