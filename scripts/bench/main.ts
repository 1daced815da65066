import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { UsageError } from "../lib/command.ts";
import { benchBus } from "./bus.ts";
import { benchChaos, chaosRows, chaosTargets } from "./chaos.ts";
import { benchConflicts, conflictFindings } from "./conflicts.ts";
import { benchGas } from "./gas.ts";
import { benchGateway, gatewayTargets } from "./gateway.ts";
import { benchLatency } from "./latency.ts";
import { benchMinds, mindsTargets } from "./minds.ts";
import { benchMoneyConflicts } from "./moneyConflicts.ts";
import { benchOracles } from "./oracles.ts";
import { oracleTargets } from "./oracleTargets.ts";
import { benchQuoting } from "./quoting.ts";
import { benchStore } from "./store.ts";
import { tableLines } from "./table.ts";
import { benchVenues, venueTargets } from "./venues.ts";
import { benchVouchers } from "./vouchers.ts";
import {
  type BenchTarget,
  busTargets,
  moneyConflictTargets,
  gasTargets,
  latencyTargets,
  quotingTargets,
  storeTargets,
  targetLines,
  voucherTargets,
} from "./targets.ts";

type Row = Readonly<Record<string, string | number | bigint>>;
type Result = {
  readonly rows: readonly Row[];
  readonly targets: readonly BenchTarget[];
  readonly faults?: readonly string[];
};

const MISUSED = 2;

const gas = async (): Promise<Result> => {
  const rows = await benchGas();
  return { rows: rows.map((row) => ({ ...row })), targets: gasTargets(rows) };
};

const latency = async (): Promise<Result> => {
  const rows = await benchLatency();
  return { rows, targets: latencyTargets(rows) };
};

const quoting = async (): Promise<Result> => {
  const rows = await benchQuoting();
  return { rows, targets: quotingTargets(rows) };
};

const vouchers = async (): Promise<Result> => {
  const rows = await benchVouchers();
  return { rows, targets: voucherTargets(rows) };
};

const moneyConflicts = async (): Promise<Result> => {
  const rows = await benchMoneyConflicts();
  return { rows, targets: moneyConflictTargets(rows) };
};

const bus = async (): Promise<Result> => {
  const rows = await benchBus();
  return { rows, targets: busTargets(rows) };
};

const store = async (): Promise<Result> => {
  const rows = await benchStore();
  return { rows, targets: storeTargets(rows) };
};

const oracles = async (): Promise<Result> => {
  const rows = await benchOracles();
  return { rows, targets: oracleTargets(rows) };
};

const venues = async (): Promise<Result> => {
  const rows = await benchVenues();
  return { rows: rows.map((row) => ({ ...row })), targets: venueTargets(rows) };
};

const minds = async (): Promise<Result> => {
  const rows = await benchMinds();
  return { rows, targets: mindsTargets(rows) };
};

const gateway = async (): Promise<Result> => {
  const rows = await benchGateway();
  return { rows, targets: gatewayTargets(rows) };
};

const chaos = async (): Promise<Result> => {
  const { result, load } = await benchChaos();
  return { rows: chaosRows(result, load), targets: chaosTargets(result) };
};

const conflicts = async (): Promise<Result> => {
  const rows = await benchConflicts();
  return { rows, targets: [], faults: conflictFindings(rows) };
};

const BENCHES: ReadonlyMap<string, () => Promise<Result>> = new Map([
  ["gas", gas],
  ["money-conflicts", moneyConflicts],
  ["latency", latency],
  ["quoting", quoting],
  ["conflicts", conflicts],
  ["vouchers", vouchers],
  ["bus", bus],
  ["store", store],
  ["oracles", oracles],
  ["venues", venues],
  ["minds", minds],
  ["gateway", gateway],
  ["chaos", chaos],
]);

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Gas is far below what a JSON number holds exactly. */
const asNumber = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? Number(value) : value);

/** Which benches to run and where the rows go. @throws UsageError for what is not known */
const readArguments = () => {
  const known = [...BENCHES.keys()].join(", ");
  try {
    const { values, positionals } = parseArgs({ options: { json: { type: "string" } }, allowPositionals: true });
    const stranger = positionals.find((name) => !BENCHES.has(name));
    if (stranger !== undefined) throw new UsageError(`no bench ${stranger}: known are ${known}`);
    return { json: values.json, names: positionals.length === 0 ? [...BENCHES.keys()] : positionals };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${error instanceof Error ? error.message : String(error)} Known are: ${known}, --json FILE`);
  }
};

const main = async (): Promise<void> => {
  const { json, names } = readArguments();
  const results: Result[] = [];
  for (const name of names) {
    const result = await BENCHES.get(name)?.();
    if (result === undefined) continue;
    results.push(result);
    for (const line of ["", name, ...tableLines(result.rows), "", ...targetLines(result.targets)]) say(line);
    for (const fault of result.faults ?? []) say(`✗ ${fault}`);
  }
  if (json !== undefined) {
    await writeFile(
      json,
      `${JSON.stringify(
        results.flatMap(({ rows }) => rows),
        asNumber,
        2,
      )}\n`,
    );
  }
  // Figures vary and are read by people; a fault is one wherever it is found.
  if (results.some(({ faults = [] }) => faults.length > 0)) process.exitCode = 1;
};

try {
  await main();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UsageError ? MISUSED : 1;
}
