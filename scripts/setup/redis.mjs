/**
 * Finds a Redis server for the tests, or brings one from the distribution's packages without root: they are unpacked into
 * `.nexus/redis` and installed nowhere.
 *
 *   node scripts/setup/redis.mjs
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { isAtLeast } from "./lockfile.mjs";
import { runQuietly } from "./processes.mjs";

/** Sharded channels, and permissions to read a key without writing it, came with this one. */
export const LEAST_REDIS = "7.0";

/** @param {string} root the repository @returns {string} */
export const broughtRedis = (root) => join(root, ".nexus/redis/redis-server");

/**
 * The version in what `redis-server --version` prints.
 * @param {string} output
 * @returns {string | undefined}
 */
export const versionIn = (output) => /\bv=(\d+\.\d+\.\d+)/.exec(output)?.[1];

/**
 * The packages that an installation would bring, by what `apt-get install --simulate` prints.
 * @param {string} output
 * @returns {readonly string[]}
 */
export const packagesIn = (output) => [...output.matchAll(/^Inst (\S+) /gm)].map(([, name = ""]) => name);

/** @param {string} program @param {string} root @returns {Promise<boolean>} whether it is a server that is new enough */
const isServer = async (program, root) => {
  const { code, output } = await runQuietly(undefined, [program, "--version"], { cwd: root, env: process.env });
  return code === 0 && isAtLeast(versionIn(output) ?? "0", LEAST_REDIS);
};

/** @typedef {{ readonly cwd: string, readonly env: NodeJS.ProcessEnv }} World */

/**
 * Lists of packages of our own, which need no root: for a machine that has none, or whose lists are out of date.
 * @param {World} world
 * @returns {Promise<readonly string[]>} the options that name them
 */
const ownLists = async (world) => {
  const [lists, cache] = [join(world.cwd, "lists"), join(world.cwd, "cache")];
  mkdirSync(join(lists, "partial"), { recursive: true });
  mkdirSync(join(cache, "archives/partial"), { recursive: true });
  const options = ["-o", `Dir::State::lists=${lists}`, "-o", `Dir::Cache=${cache}`];
  await runQuietly(undefined, ["apt-get", ...options, "update"], world);
  return options;
};

/**
 * Downloads the packages and unpacks them.
 * @param {readonly string[]} options of apt-get
 * @param {World} world
 * @returns {Promise<boolean>} whether the server is there
 */
const unpack = async (options, world) => {
  const simulated = ["install", "--simulate", "--no-install-recommends", "redis-server"];
  const { output } = await runQuietly(undefined, ["apt-get", ...options, ...simulated], world);
  const packages = packagesIn(output);
  if (packages.length === 0) return false;
  await runQuietly(undefined, ["apt-get", ...options, "download", ...packages], world);
  const home = join(world.cwd, "root");
  for (const file of readdirSync(world.cwd).filter((name) => name.endsWith(".deb"))) {
    await runQuietly(undefined, ["dpkg", "-x", file, home], world);
    rmSync(join(world.cwd, file));
  }
  return existsSync(join(home, "usr/bin/redis-server"));
};

/** Starts the server with the libraries that came with it; the shell is replaced, so that signals reach the server. */
const starter = (/** @type {string} */ home) => {
  const triplets = readdirSync(join(home, "usr/lib")).filter((name) => name.includes("-linux-"));
  const libraries = triplets.map((name) => `$here/root/usr/lib/${name}`).join(":");
  return [
    "#!/bin/sh",
    'here=$(dirname "$0")',
    `LD_LIBRARY_PATH="${libraries}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"`,
    "export LD_LIBRARY_PATH",
    'exec "$here/root/usr/bin/redis-server" "$@"',
    "",
  ].join("\n");
};

/** @param {string} root @returns {Promise<boolean>} whether the packages could be brought */
const bring = async (root) => {
  const place = dirname(broughtRedis(root));
  const folder = `${place}.${process.pid}`;
  const world = { cwd: folder, env: { ...process.env, LC_ALL: "C" } };
  mkdirSync(join(folder, "root"), { recursive: true });
  try {
    if (!(await unpack([], world)) && !(await unpack(await ownLists(world), world))) return false;
    for (const name of ["lists", "cache"]) rmSync(join(folder, name), { recursive: true, force: true });
    writeFileSync(join(folder, "redis-server"), starter(join(folder, "root")));
    chmodSync(join(folder, "redis-server"), 0o755);
    rmSync(place, { recursive: true, force: true });
    renameSync(folder, place);
    return true;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/**
 * A Redis server: the machine's own, or the one that was brought, or one that is brought now.
 * @param {string} root the repository
 * @returns {Promise<string | undefined>} its program; undefined when there is none to be had
 */
export const ensureRedis = async (root) => {
  for (const program of ["redis-server", broughtRedis(root)]) {
    if (await isServer(program, root)) return program;
  }
  process.stderr.write("nexus: no redis-server; fetching the distribution's package for the tests\n");
  return (await bring(root)) && (await isServer(broughtRedis(root), root)) ? broughtRedis(root) : undefined;
};

/** What to do when there is none. */
export const NO_REDIS = `the tests of the bus need redis-server ${LEAST_REDIS} or newer: install it (apt-get install redis-server, brew install redis) and run them again`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = await ensureRedis(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
  process.stdout.write(`${found ?? `nexus: ${NO_REDIS}`}\n`);
  process.exitCode = found === undefined ? 1 : 0;
}
