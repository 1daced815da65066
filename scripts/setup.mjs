/**
 * Sets up whatever is missing, then runs a task. Plain JavaScript for Node 18 and newer, without a package: it is what
 * runs on a machine that has nothing yet.
 *
 *   node scripts/setup.mjs start [options]   build, then the sandbox and the agents
 *   node scripts/setup.mjs test [files]      build, then every test, or those of the files
 *   node scripts/setup.mjs test:deep         the same with a hundred times the fuzz runs
 *   node scripts/setup.mjs nexus …           the `nexus` command
 *   node scripts/setup.mjs package           what the package holds beside its sources, in dist/
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { bundle, isBundled } from "./setup/bundle.mjs";
import { lastLines } from "./setup/failures.mjs";
import { NO_CHROMIUM, ensureChromium } from "./setup/chromium.mjs";
import { buildDashboard, isDashboardBuilt } from "./setup/dashboard.mjs";
import { SetupError, ensureInstalled, environmentFor } from "./setup/install.mjs";
import { buildVerifyPage } from "./setup/verifyPage.mjs";
import { runInPlace, runQuietly } from "./setup/processes.mjs";
import { NO_REDIS, ensureRedis } from "./setup/redis.mjs";
import { testAll } from "./setup/tests.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * The script behind an installed package's command.
 * @param {string} name of the package and of its command
 * @returns {string}
 */
const commandOf = (name) => {
  const folder = join(ROOT, "node_modules", name);
  /** @type {{ readonly bin: string | Readonly<Record<string, string>> }} */
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return join(folder, typeof bin === "string" ? bin : String(bin[name]));
};

/** @param {string} node */
const build = async (node) => {
  const { code, output } = await runQuietly(
    "Compiling contracts",
    [node, commandOf("hardhat"), "build", "--no-tests"],
    {
      cwd: ROOT,
      env: environmentFor(ROOT),
    },
  );
  if (code !== 0) throw new SetupError(`the contracts do not compile:\n${lastLines(output, 40)}`);
};

/** Builds the pages that the gateway serves, where they are older than their sources. */
const ensureDashboard = async () => {
  if (isDashboardBuilt()) return;
  await buildDashboard().catch((/** @type {unknown} */ error) => {
    throw new SetupError(`the dashboard does not build:\n${lastLines(String(error), 20)}`);
  });
};

/**
 * Builds the package: contracts, types and command. Each step says what it does, since all of it takes minutes.
 * @param {string} node
 */
const buildPackage = async (node) => {
  const options = { cwd: ROOT, env: environmentFor(ROOT) };
  rmSync(join(ROOT, "dist"), { recursive: true, force: true });
  await build(node);
  /** @type {readonly (readonly [string, readonly [string, ...string[]]])[]} */
  const steps = [
    ["Looking for warnings of the compiler", [node, commandOf("tsx"), "scripts/check/main.ts", "warnings"]],
    ["Writing the typed library", [node, join(ROOT, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.package.json"]],
    ["Writing the ABIs", [node, commandOf("tsx"), "scripts/package.ts"]],
    ["Building the command", [node, "scripts/setup/bundle.mjs"]],
  ];
  for (const [label, command] of steps) {
    const { code, output } = await runQuietly(label, command, options);
    if (code !== 0) throw new SetupError(`${label} failed:\n${lastLines(output, 40)}`);
  }
  await ensureDashboard();
  await buildVerifyPage();
  return 0;
};

/**
 * The built command, which is built again when its sources are newer. The sandbox runs from its sources: it is at home in
 * a clone alone.
 * @param {string} node
 * @param {readonly string[]} args
 * @returns {Promise<readonly [string, ...string[]]>}
 */
const nexusCommand = async (node, args) => {
  if (args[0] === "sandbox") return [node, commandOf("tsx"), "scripts/cli/main.ts", ...args];
  if (!isBundled()) await bundle();
  return [node, join(ROOT, "dist/cli/main.js"), ...args];
};

/** What tests need beside packages. What needs none of it can still be tested; the others say the same. */
const ensureServers = async () => {
  if ((await ensureRedis(ROOT)) === undefined) process.stderr.write(`nexus: ${NO_REDIS}\n`);
  if ((await ensureChromium()) === undefined) process.stderr.write(`nexus: ${NO_CHROMIUM}\n`);
};

/**
 * What each task runs once everything is set up: an installed command with its first arguments, and variables.
 * @type {Readonly<Record<string, { readonly run: readonly string[], readonly env?: NodeJS.ProcessEnv }>>}
 */
const TASKS = {
  start: { run: ["tsx", "scripts/start.ts"] },
  test: { run: ["hardhat", "test"] },
  "test:deep": { run: ["hardhat", "test"], env: { NEXUS_TEST_DEEP: "1" } },
};

/**
 * @param {string} task
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code
 */
const main = async (task, args) => {
  const node = await ensureInstalled(ROOT, { isQuick: task === "nexus" });
  if (task === "package") return buildPackage(node);
  if (task === "nexus") {
    if (!existsSync(join(ROOT, "types/index.ts"))) await build(node);
    return runInPlace(await nexusCommand(node, args), { cwd: ROOT, env: environmentFor(ROOT) });
  }
  const wanted = TASKS[task];
  if (wanted === undefined) {
    throw new SetupError(`no task ${task}: known are ${[...Object.keys(TASKS), "nexus", "package"].join(", ")}`);
  }
  await build(node);
  await ensureDashboard();
  const [command = "", ...firstArgs] = wanted.run;
  const env = { ...environmentFor(ROOT), ...wanted.env };
  if (wanted.run.includes("test")) await ensureServers();
  if (wanted.run.includes("test") && args.length === 0) {
    return testAll({ test: [node, commandOf("hardhat"), "test"], root: ROOT, env });
  }
  return runInPlace([node, commandOf(command), ...firstArgs, ...args], { cwd: ROOT, env });
};

// The time to the first trade counts from here: set-up and compilation are part of a newcomer's wait.
process.env["NEXUS_STARTED_AT_MS"] ??= String(Date.now());
const [task = "", ...args] = process.argv.slice(2);
try {
  process.exitCode = await main(task, args);
} catch (error) {
  process.stderr.write(`nexus: ${error instanceof SetupError ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
