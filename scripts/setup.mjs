/**
 * Sets up whatever is missing, then runs a task. Plain JavaScript for Node 18 and newer, without a package: it is what
 * runs on a machine that has nothing yet.
 *
 *   node scripts/setup.mjs start [options]   build, then the sandbox and the agents
 *   node scripts/setup.mjs test [files]      build, then every test, or those of the files
 *   node scripts/setup.mjs test:deep         the same with a hundred times the fuzz runs
 *   node scripts/setup.mjs nexus …           the `nexus` command
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { lastLines } from "./setup/failures.mjs";
import { SetupError, ensureInstalled, environmentFor } from "./setup/install.mjs";
import { runInPlace, runQuietly } from "./setup/processes.mjs";

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

/**
 * The Solidity tests, which still have to be compiled, and those of mocha side by side: each keeps one core busy.
 * @param {string} node
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} zero when both passed
 */
const testSideBySide = async (node, env) => {
  const options = { cwd: ROOT, env };
  const hardhat = commandOf("hardhat");
  const [solidity, mocha] = await Promise.all([
    runQuietly("Compiling and running the Solidity tests", [node, hardhat, "test", "solidity"], options),
    runInPlace([node, hardhat, "test", "mocha", "--no-compile"], options),
  ]);
  process.stdout.write(`${solidity.output}\n`);
  return mocha === 0 ? solidity.code : mocha;
};

/**
 * What each task runs once everything is set up: an installed command with its first arguments, and variables.
 * @type {Readonly<Record<string, { readonly run: readonly string[], readonly env?: NodeJS.ProcessEnv }>>}
 */
const TASKS = {
  start: { run: ["tsx", "scripts/start.ts"] },
  test: { run: ["hardhat", "test"] },
  "test:deep": { run: ["hardhat", "test"], env: { NEXUS_TEST_DEEP: "1" } },
  nexus: { run: ["tsx", "scripts/cli/main.ts"] },
};

/**
 * @param {string} task
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code
 */
const main = async (task, args) => {
  const wanted = TASKS[task];
  if (wanted === undefined) throw new SetupError(`no task ${task}: known are ${Object.keys(TASKS).join(", ")}`);
  const node = await ensureInstalled(ROOT);
  if (task !== "nexus" || !existsSync(join(ROOT, "types/index.ts"))) await build(node);
  const [command = "", ...firstArgs] = wanted.run;
  const env = { ...environmentFor(ROOT), ...wanted.env };
  if (wanted.run.includes("test") && args.length === 0) return testSideBySide(node, env);
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
