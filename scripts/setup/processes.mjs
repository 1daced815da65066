import { spawn } from "node:child_process";
import process from "node:process";

/** How often a line says that work still goes on where there is no terminal, in milliseconds. */
const HEARTBEAT = 15_000;

/** @typedef {{ readonly code: number, readonly output: string }} Ended */
/** @typedef {{ readonly cwd: string, readonly env: NodeJS.ProcessEnv, readonly shell?: boolean }} Options */

/** @param {number} since @returns {string} */
const secondsSince = (since) => `${Math.round((Date.now() - since) / 1000)} s`;

/**
 * Shows that work goes on, until the returned function is called.
 * @param {string} label what is being done
 * @returns {(outcome: string) => void} ends it with a word on how it went
 */
export const showProgress = (label) => {
  const since = Date.now();
  const isTerminal = process.stderr.isTTY;
  if (!isTerminal) process.stderr.write(`nexus: ${label} …\n`);
  const [before, after, interval] = isTerminal ? ["\r", " ", 1000] : ["", "\n", HEARTBEAT];
  const beat = () => process.stderr.write(`${before}nexus: ${label} … ${secondsSince(since)}${after}`);
  const timer = setInterval(beat, interval);
  return (outcome) => {
    clearInterval(timer);
    process.stderr.write(`${isTerminal ? "\r\u001b[K" : ""}nexus: ${label}: ${outcome} in ${secondsSince(since)}\n`);
  };
};

/**
 * Runs a program to its end, keeping what it prints.
 * @param {string | undefined} label what is being done, for the reader; undefined for what takes no time
 * @param {readonly [command: string, ...args: readonly string[]]} command
 * @param {Options} options
 * @returns {Promise<Ended>}
 */
export const runQuietly = (label, [command, ...args], options) =>
  new Promise((resolve) => {
    const end = label === undefined ? () => undefined : showProgress(label);
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (/** @type {Buffer} */ chunk) => (output += chunk.toString());
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", (error) => {
      end("failed");
      resolve({ code: 127, output: `${output}${error.message}` });
    });
    child.on("close", (code) => {
      end(code === 0 ? "done" : "failed");
      resolve({ code: code ?? 1, output });
    });
  });

/**
 * What shells say of a program that a signal ended.
 * @type {Readonly<Partial<Record<NodeJS.Signals, number>>> & { readonly SIGTERM: number }}
 */
const CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/**
 * Runs a program in our place: its input, output and signals are ours.
 * @param {readonly [command: string, ...args: readonly string[]]} command
 * @param {Options} options
 * @returns {Promise<number>} its exit code; 128 + n when signal n ended it, as shells say
 */
export const runInPlace = ([command, ...args], options) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: "inherit" });
    // A terminal's Ctrl-C reaches the child itself; all we do is to outlive it and to report how it ended.
    const pass = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
    const ignore = () => undefined;
    process.on("SIGTERM", pass);
    process.on("SIGHUP", pass);
    process.on("SIGINT", ignore);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      process.off("SIGTERM", pass);
      process.off("SIGHUP", pass);
      process.off("SIGINT", ignore);
      resolve(code ?? CODES[signal ?? "SIGTERM"] ?? CODES.SIGTERM);
    });
  });
