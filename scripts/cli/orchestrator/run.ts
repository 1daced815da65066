import process from "node:process";
import type { AddressBook } from "../../../deployments/schema.ts";
import { readAddressBook } from "../../../deployments/file.ts";
import { assertNever } from "../../../keepers/core/assertNever.ts";
import { shownEndpoint } from "../../../keepers/core/endpoint.ts";
import type { OrchestratorNote } from "../../../keepers/orchestrator/tick.ts";
import type { KeeperConfig } from "../../../keepers/wiring/config.ts";
import { runFleet } from "../../../keepers/wiring/fleetControl.ts";
import { processesOf } from "../../../keepers/wiring/fleetProcesses.ts";
import type { RunningOrchestrator } from "../../../keepers/wiring/orchestrator.ts";
import { type Command, type Values, UsageError, wholeNumber } from "../../lib/command.ts";
import { EXIT } from "../../lib/program.ts";
import { untilStopped } from "../../lib/output.ts";
import { startOwnRedis } from "../../lib/redisServer.ts";
import { DEFAULT_HEARTBEAT, RUN_OPTIONS, openLog, readConfig } from "../keeper.ts";
import type { KeeperLog } from "../keeperLog.ts";
import { programOfAgents } from "../../sandbox/agentProgram.ts";

/** What a note says, and how loud. */
const wordsOf = (note: OrchestratorNote): readonly ["info" | "warn", string] => {
  switch (note.kind) {
    case "lead":
      return note.token === undefined
        ? ["warn", "this orchestrator does not lead: none of its agents runs"]
        : ["info", `this orchestrator leads, with token ${note.token}`];
    case "action": {
      const { action } = note;
      const name = action.kind === "start" ? action.process.name : action.name;
      return ["info", `${action.kind} ${name}: ${action.why}`];
    }
    case "stale":
      return ["warn", `not done, since another orchestrator leads: ${note.action.kind}`];
    case "exit": {
      const { name, isAsked, reason } = note.exit;
      return isAsked ? ["info", `${name} has ended`] : ["warn", `${name} ended unasked: ${reason}`];
    }
    default:
      return assertNever(note);
  }
};

/** Writes what an orchestrator tells into a log. */
const tellIn =
  (log: KeeperLog) =>
  (note: OrchestratorNote): void => {
    const [level, words] = wordsOf(note);
    log.say(level, `orchestrator.${note.kind}`, words);
  };

const beat = (log: KeeperLog, { performance, pids, pods }: RunningOrchestrator): void => {
  const all = performance();
  const running = new Map<string, number | string>([...pids(), ...pods()]);
  const missing = all.filter(({ name }) => !running.has(name)).map(({ name }) => name);
  const crashes = all.reduce((sum, one) => sum + one.crashes, 0);
  const words = [
    `${running.size} of ${all.length} processes run`,
    ...(missing.length === 0 ? [] : [`not ${missing.join(", ")}`]),
    `${crashes} ended unasked so far`,
  ];
  log.say(missing.length === 0 ? "info" : "warn", "heartbeat", words.join("; "), { pids: Object.fromEntries(running) });
};

const introduce = (log: KeeperLog, config: KeeperConfig): void => {
  const names = processesOf(config).map(({ agents }) => agents.map(({ name }) => name).join(" with "));
  const how = config.dryRun ? "dry run, nothing is sent" : "sending";
  const nodes = config.rpcUrl.map(shownEndpoint).join(", ");
  log.say("info", "start", `${how}: ${names.length} processes on ${nodes}: ${names.join(", ")}`);
};

const supervise = async (config: KeeperConfig, book: AddressBook, values: Values): Promise<void> => {
  const seconds = wholeNumber(values, "heartbeat", 1) ?? DEFAULT_HEARTBEAT;
  const log = openLog(values, config, book);
  introduce(log, config);
  const running = await runFleet(config, {
    book,
    program: programOfAgents(),
    environment: process.env,
    signal: untilStopped(),
    emit: log.emit,
    tell: tellIn(log),
    random: Math.random,
  });
  const timer = setInterval(() => beat(log, running), seconds * 1_000);
  try {
    await running.done;
    log.say("info", "stop", "every process has ended");
  } finally {
    clearInterval(timer);
  }
};

/** Runs the fleet that is configured. */
const runConfigured = async (values: Values, more: Readonly<Record<string, string>>): Promise<void> => {
  const config = await readConfig(values, more);
  const book = await readAddressBook(config.addressBook);
  if (book === undefined) throw new UsageError(`there is no address book ${config.addressBook}`);
  if (config.bus === undefined && processesOf(config).length > 1) {
    throw new UsageError(
      "processes hear one another over a Redis: set bus.redis (NEXUS_BUS_REDIS), or add --own-redis",
    );
  }
  await supervise(config, book, values);
};

const run = async (values: Values): Promise<number> => {
  if (!values.has("own-redis")) {
    await runConfigured(values, {});
    return EXIT.done;
  }
  const redis = await startOwnRedis();
  try {
    await runConfigured(values, { NEXUS_BUS_REDIS: redis.url });
    return EXIT.done;
  } finally {
    await redis.end();
  }
};

/** Runs a fleet as processes of this machine. */
export const orchestrator: Command = {
  about: "run a fleet as processes, each started again when it ends or hangs; dry run unless --send is given",
  example: "--config keepers.json --own-redis",
  options: {
    ...RUN_OPTIONS,
    "own-redis": { about: "bring up a Redis for this fleet alone, for as long as it runs; needs redis-server" },
  },
  run,
};
