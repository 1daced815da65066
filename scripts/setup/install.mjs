import { existsSync, readFileSync, statfsSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { explainInstall, lastLines } from "./failures.mjs";
import { isAtLeast, lacking } from "./lockfile.mjs";
import { runQuietly } from "./processes.mjs";

/** What Hardhat needs. An older npm run by an older Node also skips native packages that ask for this one. */
const LEAST_NODE = "22.13";
/** Installed packages and npm's cache of them. */
const NEEDED_BYTES = 2 * 2 ** 30;

/** A one-line reason, for the user; no stack trace helps them. */
export class SetupError extends Error {}

/** @typedef {import("./lockfile.mjs").LockFile} LockFile */

/** @param {string} path @returns {LockFile} */
const readLock = (path) => JSON.parse(readFileSync(path, "utf8"));

/** @param {string} root @returns {string} */
const packagedNode = (root) => join(root, "node_modules/node/bin", process.platform === "win32" ? "node.exe" : "node");

/**
 * The Node that runs our programs: the packaged one, else the one that runs this if it is new enough.
 * @param {string} root the repository
 * @returns {string | undefined}
 */
export const nodeFor = (root) => {
  if (existsSync(packagedNode(root))) return packagedNode(root);
  return isAtLeast(process.versions.node, LEAST_NODE) ? process.execPath : undefined;
};

/**
 * The environment of our programs: `node` and every installed command are found as npm scripts find them, and what one process
 * compiled of JavaScript the next one takes. A new install begins with an empty cache, so that it does not grow for ever.
 * @param {string} root the repository
 * @returns {NodeJS.ProcessEnv}
 */
export const environmentFor = (root) => {
  const name = Object.keys(process.env).find((key) => key.toUpperCase() === "PATH") ?? "PATH";
  const path = [join(root, "node_modules/.bin"), process.env[name]].join(delimiter);
  return { NODE_COMPILE_CACHE: join(root, "node_modules/.cache/compiled"), ...process.env, [name]: path };
};

/** Loads what a half-done install lacks most often: the native parts of Hardhat's EVM and of the TypeScript runner. */
const PROBE = `Promise.all([import("@nomicfoundation/edr"), import("esbuild").then((e) => e.transformSync(""))])`;

/**
 * @param {string} root
 * @param {boolean} isQuick whether to believe the record of the install, without trying its native parts
 * @returns {Promise<string | undefined>}
 */
const reasonToInstall = async (root, isQuick) => {
  const record = join(root, "node_modules/.package-lock.json");
  const reason = lacking(readLock(join(root, "package-lock.json")), existsSync(record) ? readLock(record) : undefined);
  if (reason !== undefined) return reason;
  const node = nodeFor(root);
  if (node === undefined) return "the packaged Node has no program";
  if (isQuick) return undefined;
  const probe = await runQuietly(undefined, [node, "--input-type=module", "-e", PROBE], {
    cwd: root,
    env: environmentFor(root),
  });
  return probe.code === 0 ? undefined : "a native package is missing";
};

/** @param {string} root */
const checkDisk = (root) => {
  const { bavail, bsize } = statfsSync(root);
  const free = bavail * bsize;
  if (free >= NEEDED_BYTES) return;
  const wanted = Math.round(NEEDED_BYTES / 2 ** 20);
  throw new SetupError(`the disk has ${Math.round(free / 2 ** 20)} MB free: about ${wanted} MB are needed, free some`);
};

/** @param {string} root */
const install = async (root) => {
  checkDisk(root);
  // npm must be run by a new enough Node, or it leaves native packages out without a word.
  const version = readLock(join(root, "package-lock.json")).packages?.["node_modules/node"]?.version;
  const isNew = isAtLeast(process.versions.node, LEAST_NODE);
  // `npm install` would write the lock file again, and each npm its own way; `npm ci` installs what stands in it.
  const command = isNew ? "npm ci" : `npx -y -p node@${version} -c "npm ci"`;
  const { code, output } = await runQuietly(
    isNew ? "Installing packages" : `Fetching Node ${version} and installing packages`,
    [command],
    { cwd: root, env: process.env, shell: true },
  );
  if (code === 0) return;
  if (code === 127) throw new SetupError("npm is not on the PATH: install it together with Node");
  throw new SetupError(explainInstall(output) ?? `npm ci failed:\n${lastLines(output, 20)}`);
};

/**
 * Installs what is missing, and returns the Node to go on with.
 * @param {string} root the repository
 * @param {{ readonly isQuick: boolean }} how `isQuick`: for what starts often, and fails well by itself
 * @returns {Promise<string>} path of a Node that is new enough
 * @throws {SetupError} with what is missing and how to get it
 */
export const ensureInstalled = async (root, { isQuick }) => {
  if (!existsSync(join(root, "package-lock.json"))) {
    throw new SetupError("this works in a clone of the repository only: package-lock.json is missing");
  }
  const reason = await reasonToInstall(root, isQuick);
  if (reason !== undefined) {
    process.stderr.write(`nexus: ${reason}; setting up, which takes a minute or two\n`);
    await install(root);
    const still = await reasonToInstall(root, false);
    if (still !== undefined) throw new SetupError(`after the install ${still}: remove node_modules and run it again`);
  }
  const node = nodeFor(root);
  if (node === undefined) throw new SetupError(`Node ${LEAST_NODE} or newer is missing: install it and run it again`);
  return node;
};
