import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { KeeperConfig } from "../../keepers/wiring/config.ts";
import type { TransactionResult } from "../../keepers/core/bus.ts";
import { isRecord } from "../../keepers/adapters/chain/rpc.ts";
import { runKeepers } from "../../keepers/main.ts";
import { Consensus__factory } from "../../types/index.ts";
import { type Episode, scheduleOf } from "./faultSchedule.ts";
import { type Fault, type FaultyNetwork, createFaultyNetwork } from "./faultyNetwork.ts";
import { type KeeperWorld, type createPusher, createRecorder, fleetConfig } from "./keeperWorld.ts";
import { addressOf } from "../../deployments/lookup.ts";

/** What came of one schedule. Times in milliseconds. */
export type FaultResult = {
  readonly seed: number;
  readonly endpoints: number;
  readonly episodes: readonly string[];
  readonly trades: number;
  /** From the end of the last fault to the first trade that was mined after it; undefined for none. */
  readonly tradingAgainMs: number | undefined;
  /** Proposals that took effect more than once. */
  readonly doubled: number;
  /** Transactions that took effect, and that the journal does not have, or says did not happen. */
  readonly forgotten: number;
  /** Why the fleet ended before it was told to; undefined when it did not. */
  readonly death: string | undefined;
};

export type FaultRun = {
  readonly seed: number;
  readonly durationMs: number;
  /** How long before its end the last fault is over. */
  readonly calmMs: number;
  /** How much longer to wait for a trade after the last fault, on a machine that is busy. */
  readonly patienceMs: number;
};

const ENACTED = Consensus__factory.createInterface().getEvent("ProposalEnacted").topicHash;
const GAP = 10_000n * 10n ** 6n;
const PUSH_MS = 1_500;

/** Lets the episodes happen to one network, each for its time. */
const happen = async (network: FaultyNetwork, episodes: readonly Episode[], signal: AbortSignal): Promise<void> => {
  const startedAt = performance.now();
  const at = (ms: number) =>
    sleep(Math.max(0, ms - (performance.now() - startedAt)), undefined, { signal }).catch(() => undefined);
  for (const { fromMs, untilMs, begin } of episodes) {
    await at(fromMs);
    const faults: readonly Fault[] = begin(network);
    network.set(...faults);
    await at(untilMs);
    network.set();
    network.entryPoint("open");
  }
};

/** Moves a pool off and back again and again, so that there is always something to trade. */
const stir = async (push: Awaited<ReturnType<typeof createPusher>>, signal: AbortSignal): Promise<void> => {
  for (let turn = 0; !signal.aborted; turn += 1) {
    await (turn % 2 === 0 ? push("buy", GAP) : push("sell", 4n * GAP * 10n ** 12n)).catch(() => undefined);
    await sleep(PUSH_MS, undefined, { signal }).catch(() => undefined);
  }
};

/** A transaction of a journal: `how` it ended, undefined while nobody knows. */
export type Sent = { readonly transaction: string; readonly how: string | undefined };

/** What a journal says of the transactions in it. */
export const journalOf = async (path: string): Promise<readonly Sent[]> => {
  const text = await readFile(path, "utf8").catch(() => "");
  const entries: unknown[] = text.split("\n").flatMap((line): unknown[] => {
    const start = line.indexOf("{");
    return start < 0 ? [] : [JSON.parse(line.slice(start))];
  });
  const lines = entries.filter(isRecord);
  const ends = new Map(
    lines.flatMap(({ kind, transaction, result }) =>
      kind === "resolved" && isRecord(result) ? [[transaction, result["kind"]]] : [],
    ),
  );
  return lines.flatMap(({ kind, tx }) => {
    if (kind !== "pending" || !isRecord(tx)) return [];
    const transaction = String(tx["transaction"]);
    const how = ends.get(transaction);
    return [{ transaction, how: typeof how === "string" ? how : undefined }];
  });
};

/** What the chain says since a block: which transactions of an account took effect, and how many proposals did more than once. */
export const chainSays = async (
  { provider, book }: Pick<KeeperWorld, "provider" | "book">,
  account: string,
  since: number,
) => {
  const newest = await provider.getBlockNumber();
  const effective: string[] = [];
  for (let number = since; number <= newest; number += 1) {
    const block = await provider.getBlock(number, true);
    for (const { from, hash } of block?.prefetchedTransactions ?? []) {
      if (from !== account) continue;
      const receipt = await provider.getTransactionReceipt(hash);
      if (receipt?.status === 1) effective.push(hash);
    }
  }
  const logs = await provider.getLogs({ address: addressOf(book, "Consensus"), fromBlock: since, topics: [ENACTED] });
  const times = new Map<string, number>();
  for (const { topics } of logs) times.set(topics[1] ?? "", (times.get(topics[1] ?? "") ?? 0) + 1);
  return { effective, doubled: [...times.values()].filter((count) => count > 1).length };
};

const isTrade = (result: TransactionResult): boolean => result.kind === "enacted";

/** Runs the fleet for a while over networks that fail by the seed, and looks at what the chain and the journals say. */
export const runFaults = async (
  world: KeeperWorld,
  push: Awaited<ReturnType<typeof createPusher>>,
  { seed, durationMs, calmMs, patienceMs }: FaultRun,
): Promise<FaultResult> => {
  const networks = [await createFaultyNetwork(world.sandbox)];
  if (seed % 2 === 0) networks.push(await createFaultyNetwork(world.sandbox));
  const dataDir = join(world.dataDir, `faults-${seed}`);
  const config: KeeperConfig = {
    ...fleetConfig(world, { dataDir, node: { silenceMs: 2_000, requestTimeoutMs: 1_500, readyTimeoutMs: 30_000 } }),
    rpcUrl: networks.map(({ wsUrl }) => wsUrl),
  };
  const [recorder, stop] = [createRecorder(), new AbortController()];
  const since = await world.provider.getBlockNumber();
  const keepers = await runKeepers(config, { book: world.book, signal: stop.signal, emit: recorder.emit });
  let death: string | undefined;
  keepers.done.catch((error: unknown) => (death = error instanceof Error ? error.message : String(error)));
  const stirring = stir(push, stop.signal);
  const span = { firstMs: 1_500, lastMs: durationMs - calmMs };
  const schedules = networks.map((_, index) => scheduleOf(seed * 2 + index, span));
  const startedAt = performance.now();
  await Promise.all(networks.map((network, index) => happen(network, schedules[index] ?? [], stop.signal)));
  const calmAt = performance.now();
  const calmSince = await world.provider.getBlockNumber();
  let tradingAgainMs: number | undefined;
  const isOver = (): boolean => {
    const passedMs = performance.now() - startedAt;
    return passedMs >= (tradingAgainMs === undefined ? durationMs + patienceMs : durationMs);
  };
  while (!isOver()) {
    const trade = recorder.of("result").find(({ message }) => isTrade(message.result) && message.block > calmSince);
    tradingAgainMs ??= trade === undefined ? undefined : Math.round(performance.now() - calmAt);
    await sleep(20);
  }
  stop.abort();
  await keepers.done.catch(() => undefined);
  await stirring;
  // What was sent last is mined now, or never.
  await sleep(1_000);
  const said = await chainSays(world, world.nexus.executor.address, since + 1);
  const journal = await journalOf(join(dataDir, "executor.transactions.log"));
  const known = new Map(journal.map(({ transaction, how }) => [transaction, how]));
  const isForgotten = (hash: string): boolean => {
    const how = known.get(hash);
    return !known.has(hash) || how === "expired" || how === "superseded";
  };
  await Promise.all(networks.map((network) => network.close()));
  return {
    seed,
    endpoints: networks.length,
    episodes: schedules.flat().map(({ name, fromMs, untilMs }) => `${name} ${fromMs}–${untilMs}`),
    trades: recorder.of("result").filter(({ message }) => isTrade(message.result)).length,
    tradingAgainMs,
    doubled: said.doubled,
    forgotten: said.effective.filter(isForgotten).length,
    death,
  };
};
