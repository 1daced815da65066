import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join, sep } from "node:path";
import process from "node:process";
import { showProgress } from "./processes.mjs";

/** @typedef {{ readonly name: string, readonly args: readonly string[] }} Part */
/** @typedef {{ readonly name: string, readonly code: number, readonly output: string, readonly seconds: number }} PartEnd */
/** @typedef {{ readonly test: readonly [string, ...string[]], readonly root: string, readonly env: NodeJS.ProcessEnv }} Setting */

/** The parts that take longest, the longest first: begun last, one of them would run alone at the end. */
const LONGEST = [
  "e2e",
  "solidity",
  "integration/keepers",
  "integration/sandbox",
  "unit/contracts",
  "integration/gateway",
  "unit/keepers",
  "integration/monitor",
];

/** Parts also wait, for blocks, deadlines and processes: one more than there are cores always runs, and more begin while cores idle. */
const LEAST_AT_ONCE = availableParallelism() + 1;
const MOST_AT_ONCE = LEAST_AT_ONCE + 1;
/** So much of the cores' time idles where another part has room. */
const ROOM = 0.4;
/** So many looks in a row must find it. */
const CALM_LOOKS = 2;
/** How often that is looked at: a part that began shows in between what it takes. */
const LOOK_MS = 3_000;

/** A part that takes so long hangs: something that a failed test opened keeps it from ending. */
const PART_MS = 20 * 60_000;

/** Of a part that failed without a list of failures, as many lines are printed at the end. */
const LAST_LINES = 60;

/**
 * The parts of the tests: the Solidity tests, the end-to-end tests, and one part for each folder below the others.
 * @param {string} root the repository's folder
 * @returns {readonly Part[]} in the order in which they begin
 */
const partsOf = (root) => {
  const files = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => file.split(sep));
  const folderOf = (/** @type {readonly string[]} */ path) => path.slice(0, Math.min(2, path.length - 1)).join("/");
  const names = new Set(["solidity", ...files.map(folderOf)]);
  const rank = (/** @type {string} */ name) => (LONGEST.includes(name) ? LONGEST.indexOf(name) : LONGEST.length);
  // What runs here is the user's own Node, which may be one without toSorted.
  return [...names]
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
    .map((name) => {
      if (name === "solidity") return { name, args: ["solidity"] };
      const own = files.filter((path) => folderOf(path) === name).map((path) => join(root, "test", ...path));
      return { name, args: ["mocha", "--no-compile", ...own] };
    });
};

/**
 * @param {Part} part
 * @param {Setting} setting
 * @param {AbortSignal} signal ends it
 * @returns {Promise<PartEnd>} once the process has ended
 */
const runPart = ({ name, args }, { test: [command, ...first], root, env }, signal) =>
  new Promise((resolve) => {
    const since = Date.now();
    const child = spawn(command, [...first, ...args], { cwd: root, env, signal, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (/** @type {Buffer} */ chunk) => (output += chunk.toString());
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", (error) => (output += error.message));
    const deadline = setTimeout(() => {
      output += `\nnexus: ${name} did not end within ${PART_MS / 60_000} minutes, and is ended\n`;
      child.kill("SIGKILL");
    }, PART_MS);
    child.on("close", (code) => {
      clearTimeout(deadline);
      resolve({ name, code: code ?? 1, output, seconds: Math.round((Date.now() - since) / 1000) });
    });
  });

/** @returns {() => number} the share of the cores' time that idled since it was asked before, from 0 to 1 */
const createIdleMeter = () => {
  const read = () => {
    const cores = cpus();
    const all = cores.flatMap(({ times }) => Object.values(times)).reduce((sum, ms) => sum + ms, 0);
    return { idle: cores.reduce((sum, { times }) => sum + times.idle, 0), all };
  };
  let before = read();
  return () => {
    const [last, now] = [before, read()];
    before = now;
    return now.all > last.all ? (now.idle - last.idle) / (now.all - last.all) : 0;
  };
};

/**
 * Runs jobs side by side: the first of those that wait begins when fewer than the least run, or while cores idle.
 * @param {{ readonly next: () => Promise<void> | undefined, readonly idle: () => number }} work
 */
const runAtOnce = async ({ next, idle }) => {
  /** @type {Set<Promise<void>>} */
  const running = new Set();
  const begin = () => {
    const job = next();
    if (job === undefined) return false;
    /** @type {Promise<void>} */
    const ended = job.finally(() => running.delete(ended));
    running.add(ended);
    return true;
  };
  const fill = () => {
    while (running.size < LEAST_AT_ONCE && begin());
    return running.size > 0;
  };
  let calm = 0;
  const timer = setInterval(() => {
    calm = idle() >= ROOM ? calm + 1 : 0;
    if (calm >= CALM_LOOKS && running.size < MOST_AT_ONCE && begin()) calm = 0;
  }, LOOK_MS);
  try {
    while (fill()) await Promise.race(running);
  } finally {
    clearInterval(timer);
  }
};

/**
 * @param {string} output what mocha or Hardhat printed
 * @returns {string} from the list of failures on, or the last lines where there is none
 */
const failuresOf = (output) => {
  const lines = output.split("\n");
  const from = lines.findIndex((line) => /^\s+\d+ failing/u.test(line));
  return lines.slice(from < 0 ? -LAST_LINES : from).join("\n");
};

/**
 * Runs every test, a few parts at once, and prints each part once it has ended.
 * @param {Setting} setting `test` is the command that runs tests, with its first arguments
 * @returns {Promise<number>} zero when all passed; 128 + n when signal n ended it
 */
export const testAll = async (setting) => {
  const waiting = [...partsOf(setting.root)];
  const total = waiting.length;
  /** @type {PartEnd[]} */
  const ended = [];
  const stop = new AbortController();
  let stoppedBy = 0;
  const end = (/** @type {number} */ code) => () => {
    stoppedBy = code;
    stop.abort();
  };
  process.once("SIGTERM", end(143)).once("SIGINT", end(130)).once("SIGHUP", end(129));
  const finish = showProgress(`Running the tests in ${total} parts`);
  const run = async (/** @type {Part} */ part) => {
    const one = await runPart(part, setting, stop.signal);
    if (stoppedBy !== 0) return;
    ended.push(one);
    const how = one.code === 0 ? "passed" : "FAILED";
    process.stdout.write(
      `\n${one.output}\nnexus: ${one.name} ${how} in ${one.seconds} s (${ended.length} of ${total})\n`,
    );
  };
  const next = () => {
    const part = stoppedBy === 0 ? waiting.shift() : undefined;
    return part && run(part);
  };
  await runAtOnce({ next, idle: createIdleMeter() });
  const failures = ended.filter(({ code }) => code !== 0);
  // Once more at the end, where whoever sees only the last lines finds them.
  for (const { name, output } of failures) process.stdout.write(`\nnexus: ${name} FAILED:\n${failuresOf(output)}\n`);
  const failed = failures.map(({ name }) => name);
  const cutOff = stoppedBy === 0 ? "" : `cut off with ${total - ended.length} parts left`;
  const failure = failed.length === 0 ? "" : `failed (${failed.join(", ")})`;
  finish([cutOff, failure].filter((what) => what !== "").join(", ") || "passed");
  return stoppedBy || (failed.length > 0 ? 1 : 0);
};
