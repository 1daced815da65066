import process from "node:process";
import {
  type ProcessOrder,
  type ProcessReport,
  type RunOrder,
  SIGN_MS,
} from "../../../keepers/adapters/orchestrator/reports.ts";
import { reasonOf } from "../../../keepers/adapters/readers/reason.ts";
import { FatalError } from "../../../keepers/core/errors.ts";
import type { KeeperEvent } from "../../../keepers/core/events.ts";
import { loadConfig } from "../../../keepers/wiring/config.ts";
import { runKeepers } from "../../../keepers/main.ts";
import { type Command, UsageError } from "../../lib/command.ts";
import { EXIT } from "../../lib/program.ts";

/** So many reports may wait for an orchestrator that does not read: what only displays want is dropped then. */
const MAX_WAITING = 1_000;
/** Tells the orchestrator. Its end is told by the channel, so a report that cannot be sent is no failure. */
const createTell = () => {
  let waiting = 0;
  return (report: ProcessReport): void => {
    if (!process.connected || (report.kind === "event" && waiting > MAX_WAITING)) return;
    waiting += 1;
    process.send?.(report, undefined, undefined, () => (waiting -= 1));
  };
};

/** Ends the process after so long, whatever it is at: another orchestrator may then start the same agents. [NX-ORC-01] */
const endWithin = (ms: number): void => {
  // oxlint-disable-next-line unicorn/no-process-exit -- what hangs is waited for by nobody
  setTimeout(() => process.exit(EXIT.wrong), ms).unref();
};

/** Waits for the order to run; a stop may come with it. */
const listen = (onStop: () => void): Promise<RunOrder> =>
  new Promise((ordered, failed) => {
    let graceMs = 0;
    const stop = (): void => {
      onStop();
      endWithin(graceMs);
    };
    process.on("message", (order: ProcessOrder) => {
      if (order.kind === "stop") stop();
      else {
        graceMs = order.graceMs;
        ordered(order);
      }
    });
    process.once("disconnect", () => {
      stop();
      failed(new UsageError("the orchestrator is gone"));
    });
  });

const roundsOf = (health: Readonly<Record<string, { readonly ticks: number }>>): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(health).map(([name, { ticks }]) => [name, ticks]));

/** Runs the agents of an order until they are told to stop. */
const runAgents = async (
  { process: name, config, book }: RunOrder,
  signal: AbortSignal,
  tell: (report: ProcessReport) => void,
): Promise<void> => {
  const emit = (event: KeeperEvent): void => tell({ kind: "event", event });
  const json: unknown = JSON.parse(config);
  const running = await runKeepers(loadConfig(json, {}), { book, signal, emit, process: name });
  const sign = (): void =>
    tell({ kind: "sign", rounds: roundsOf(running.health()), residentBytes: process.memoryUsage.rss() });
  sign();
  tell({ kind: "ready" });
  const timer = setInterval(sign, SIGN_MS);
  try {
    await running.done;
  } finally {
    clearInterval(timer);
  }
};

const run = async (): Promise<number> => {
  if (process.send === undefined) throw new UsageError("nexus orchestrator starts this command; nobody else can");
  const tell = createTell();
  const stopping = new AbortController();
  // A terminal's Ctrl-C, or its end, reaches every process: the orchestrator says when each is to stop.
  for (const name of ["SIGHUP", "SIGINT", "SIGTERM"] as const) process.on(name, () => undefined);
  const order = await listen(() => stopping.abort());
  // While it starts it gives signs too: a node that is slow is no reason to end it.
  const starting = setInterval(() => tell({ kind: "sign", rounds: {}, residentBytes: 0 }), SIGN_MS);
  try {
    await runAgents(order, stopping.signal, tell).finally(() => clearInterval(starting));
    return EXIT.done;
  } catch (error) {
    tell({ kind: "failed", isFatal: error instanceof FatalError, reason: reasonOf(error) });
    return EXIT.wrong;
  } finally {
    if (process.connected) process.disconnect();
  }
};

/** One process of a fleet. Its configuration comes over the channel of the orchestrator that started it. */
export const agentProcess: Command = {
  about: "run the agents of one process, for the nexus orchestrator that starts it",
  example: "",
  options: {},
  run,
};
