/**
 * Finds a Chromium for the tests of the dashboard, or installs the distribution's package where that is allowed: by root, with
 * apt. Nothing else is installed on a machine without being asked.
 *
 *   node scripts/setup/chromium.mjs
 */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { runQuietly } from "./processes.mjs";

/** What it is called by distributions, and where macOS keeps it. */
const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const PLACES = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/**
 * The browser's program: the one that NEXUS_CHROMIUM names, else the first on the PATH.
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined}
 */
export const findChromium = (env = process.env) => {
  const named = env["NEXUS_CHROMIUM"];
  if (named !== undefined && named !== "") return existsSync(named) ? named : undefined;
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))), ...PLACES].find((path) =>
    existsSync(path),
  );
};

/** @returns {Promise<void>} once apt has ended, however it did */
const install = async () => {
  const world = { cwd: process.cwd(), env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" } };
  const wanted = ["install", "--yes", "--no-install-recommends", "chromium"];
  const { code } = await runQuietly(
    "Installing Chromium for the tests of the dashboard",
    ["apt-get", ...wanted],
    world,
  );
  if (code === 0) return;
  // The lists of packages may be missing or out of date.
  await runQuietly(undefined, ["apt-get", "update"], world);
  await runQuietly(undefined, ["apt-get", ...wanted], world);
};

/**
 * A Chromium: the machine's own, or one that is installed now where root may do that.
 * @returns {Promise<string | undefined>} its program; undefined when there is none to be had
 */
export const ensureChromium = async () => {
  const found = findChromium();
  if (found !== undefined) return found;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return undefined;
  await install();
  return findChromium();
};

/** What to do when there is none. */
export const NO_CHROMIUM =
  "the tests of the dashboard need Chromium and were not run: install it (apt-get install chromium, brew install --cask chromium), or name one in NEXUS_CHROMIUM, and run them again";

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = await ensureChromium();
  process.stdout.write(`${found ?? `nexus: ${NO_CHROMIUM}`}\n`);
  process.exitCode = found === undefined ? 1 : 0;
}
