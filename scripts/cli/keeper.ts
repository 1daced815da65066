import { loadConfig } from "../../keepers/wiring/config.ts";
import type { KeeperConfig } from "../../keepers/wiring/config.ts";
import { shownEndpoint } from "../../keepers/core/endpoint.ts";
import { FatalError } from "../../keepers/core/errors.ts";
import { printableJson } from "../../keepers/core/printable.ts";
import { runKeepers } from "../../keepers/main.ts";
import type { EmitEvent } from "../../keepers/core/events.ts";
import type { AddressBook } from "../../deployments/schema.ts";
import { readAddressBook } from "../../deployments/file.ts";
import { namesOf } from "../../keepers/views/names.ts";
import { type Command, type Options, type Values, UsageError, wholeNumber } from "../lib/command.ts";
import { DEFAULT_RPC, bookPathIn, rpcIn } from "./endpoint.ts";
import { NOT_KEEPERS, readJson } from "./keeperConfig.ts";
import { openKeeperMetrics } from "./keeperMetrics.ts";
import { writeSample } from "./keeperInit.ts";
import { type KeeperLog, type Level, LEVELS, openKeeperLog } from "./keeperLog.ts";
import { entryLine, heartbeatOf, idleWords } from "./keeperWords.ts";
import { openLogFile } from "../lib/logFile.ts";
import { say, sayLogged, untilStopped, warn } from "../lib/output.ts";

/** Seconds between two signs of life that are logged, unless told otherwise. */
export const DEFAULT_HEARTBEAT = 60;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The chain that an address book is for; undefined where there is none yet. */
const chainOf = async (path: string): Promise<string | undefined> => (await readAddressBook(path))?.chainId.toString();

/** Whether the command line or the environment says where something is, or else the file does not. */
const isOurs = (values: Values, file: unknown, [option, variable, field]: readonly [string, string, string]): boolean =>
  values.has(option) || process.env[variable] !== undefined || !isObject(file) || file[field] === undefined;

/** Where the chain is, as every command finds it: a file that says so comes before the sandbox. */
const whereOf = async (values: Values, file: unknown): Promise<Readonly<Record<string, string>>> => {
  const [chain, path] = [values.get("chain"), bookPathIn(values)];
  const told: Record<string, string> = {};
  if (isOurs(values, file, ["rpc", "NEXUS_RPC_URL", "rpcUrl"])) told["NEXUS_RPC_URL"] = rpcIn(values);
  if (isOurs(values, file, ["book", "NEXUS_ADDRESS_BOOK", "addressBook"])) told["NEXUS_ADDRESS_BOOK"] = path;
  if (!isOurs(values, file, ["chain", "NEXUS_CHAIN_ID", "chainId"])) return told;
  const chainId = chain ?? process.env["NEXUS_CHAIN_ID"] ?? (await chainOf(path));
  return chainId === undefined ? told : { ...told, NEXUS_CHAIN_ID: chainId };
};

/** What stands on the command line is told to the schema as the environment is, and wins over it. */
const overridesOf = async (values: Values, file: unknown): Promise<Readonly<Record<string, string | undefined>>> => {
  const data = values.get("data");
  return {
    ...(await whereOf(values, file)),
    ...(data === undefined ? {} : { NEXUS_DATA_DIR: data }),
    ...(values.has("send") ? { NEXUS_DRY_RUN: "false" } : {}),
  };
};

/** The configuration of a fleet, as file, environment and command line say it; `more` wins over them. @throws UsageError naming every fault */
export const readConfig = async (
  values: Values,
  more: Readonly<Record<string, string>> = {},
): Promise<KeeperConfig> => {
  const file = await readJson(values.get("config"));
  try {
    return loadConfig(file, { ...process.env, ...(await overridesOf(values, file)), ...more }, NOT_KEEPERS);
  } catch (error) {
    if (error instanceof FatalError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
};

/** @throws UsageError when --level names none */
const levelIn = (values: Values): Level => {
  const named = values.get("level") ?? "info";
  const level = LEVELS.find((known) => known === named);
  if (level === undefined) throw new UsageError(`--level must be ${LEVELS.join(", ")}, got “${named}”`);
  return level;
};

/** Lines for a person, or JSON; a file gets the JSON beside what a person reads. @throws UsageError when it is no file to write */
const writerOf = (values: Values): ((line: string) => void) => {
  const file = values.get("json");
  if (file === "") return sayLogged;
  const add = file === undefined ? undefined : openLogFile(file, warn);
  return (line) => {
    say(entryLine(line));
    add?.(printableJson(line));
  };
};

/** What proves to a channel's server that we are who we are. */
const alertSecrets = ({ alerts }: KeeperConfig): readonly string[] =>
  [alerts.webhookUrl, alerts.webhookSecret, alerts.smtpUrl, alerts.botToken, alerts.pushPrivateKey].flatMap(
    (secret) => secret?.reveal() ?? [],
  );

/** The log of a process that runs agents, by --level and --json. */
export const openLog = (values: Values, config: KeeperConfig, book: Parameters<typeof namesOf>[0]): KeeperLog =>
  openKeeperLog({
    level: levelIn(values),
    names: namesOf(book),
    secrets: [
      ...config.rpcUrl.filter((url) => shownEndpoint(url).endsWith("…")),
      ...config.agents.flatMap(({ key, messageKey, boxKey }) =>
        [key, messageKey, boxKey].flatMap((secret) => secret?.reveal() ?? []),
      ),
      ...[config.bus?.redis, config.orchestrator.redis].flatMap((secret) => secret?.reveal() ?? []),
      ...alertSecrets(config),
      ...(config.monitor.pythToken === undefined ? [] : [config.monitor.pythToken.reveal()]),
    ],
    write: writerOf(values),
  });

/** Says what the process is, and what it lacks. */
const introduce = (log: KeeperLog, { agents, dryRun, rpcUrl }: KeeperConfig): void => {
  const names = agents.map(({ name, kind }) => `${name} (${kind})`).join(", ");
  log.say(
    "info",
    "start",
    `${dryRun ? "dry run, nothing is sent" : "sending"}: ${names} on ${rpcUrl.map(shownEndpoint).join(", ")}`,
  );
  for (const words of idleWords(agents.map(({ kind }) => kind))) log.say("warn", "idle", words);
};

type Run = {
  readonly config: KeeperConfig;
  readonly book: AddressBook;
  readonly emit: EmitEvent;
  readonly log: KeeperLog;
  readonly seconds: number;
};

/** Runs the fleet to its end, with a sign of life every so many seconds. */
const runUntilEnd = async ({ config, book, emit, log, seconds }: Run): Promise<void> => {
  const running = await runKeepers(config, { book, signal: untilStopped(), emit });
  let before = running.health();
  const timer = setInterval(() => {
    const now = running.health();
    const { words, isWell, fields } = heartbeatOf(now, before, log.tally());
    log.say(isWell ? "info" : "warn", "heartbeat", words, fields);
    before = now;
  }, seconds * 1_000);
  try {
    await running.done;
    log.say("info", "stop", "every agent has ended");
  } finally {
    clearInterval(timer);
  }
};

const run = async (values: Values): Promise<number> => {
  if (values.has("init")) return writeSample(values);
  const config = await readConfig(values);
  const book = await readAddressBook(config.addressBook);
  if (book === undefined) throw new UsageError(`there is no address book ${config.addressBook}`);
  const seconds = wholeNumber(values, "heartbeat", 1) ?? DEFAULT_HEARTBEAT;
  const log = openLog(values, config, book);
  introduce(log, config);
  const [port, host] = [wholeNumber(values, "metrics", 0), values.get("metrics-host")];
  if (host !== undefined && port === undefined) throw new UsageError("--metrics-host needs --metrics PORT");
  const metrics = port === undefined ? undefined : await openKeeperMetrics(config, book, { port, host });
  if (metrics !== undefined) log.say("info", "metrics", `figures at ${metrics.url}/metrics`);
  const emit: EmitEvent = (event) => {
    log.emit(event);
    metrics?.hear(event);
  };
  try {
    await runUntilEnd({ config, book, emit, log, seconds });
  } finally {
    await metrics?.close();
  }
  return 0;
};

/** What every command that runs agents is told. */
export const RUN_OPTIONS: Options = {
  rpc: { value: "URL", about: `the node's WebSocket; of http, the same port (NEXUS_RPC_URL; else ${DEFAULT_RPC})` },
  chain: { value: "ID", about: "the chain's id (NEXUS_CHAIN_ID; else the address book's)" },
  book: { value: "FILE", about: "the address book (NEXUS_ADDRESS_BOOK; else the sandbox's)" },
  config: { value: "FILE", about: "the configuration as JSON; the environment wins over it" },
  data: { value: "FOLDER", about: "where journals and decision records lie (NEXUS_DATA_DIR)" },
  send: { about: "really send transactions" },
  level: { value: "LEVEL", about: `how much is logged: ${LEVELS.join(", ")} (info)` },
  heartbeat: { value: "S", about: `seconds between two signs of life (${DEFAULT_HEARTBEAT})` },
  json: { value: "FILE", isOptional: true, about: "log in JSON, one entry a line, printed or added to FILE" },
};

/** Runs agents against any chain and address book. What they may do is decided by configuration; sending must be asked for. */
export const keeper: Command = {
  about: "run agents against a chain and an address book; dry run unless --send is given",
  example: "--config keepers.json --level info",
  options: {
    ...RUN_OPTIONS,
    init: {
      value: "FILE",
      about: "write a configuration with every default, for the key in NEXUS_SIGNER_KEY, and end",
    },
    kind: { value: "KIND", about: "with --init, what your agent does (risk)" },
    fleet: { about: "with --init, in the sandbox: add its own agents, since agents of one process hear one another" },
    metrics: { value: "PORT", about: "serve /metrics, /healthz and /readyz on this machine, 0 for a free port" },
    "metrics-host": {
      value: "ADDRESS",
      about:
        "where it serves them, where a collector and probes ask from elsewhere: all who reach it see them (127.0.0.1)",
    },
  },
  run,
};
