/**
 * Builds the dashboard into dist/dashboard, where the gateway looks for it; nothing is done while what is there is as new as
 * its sources. It takes about a second.
 *
 *   node scripts/setup/dashboard.mjs
 */
import { existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const OUT = join(ROOT, "dist/dashboard");

/** What the pages are built of; of the gateway only types, which change nothing that is built. */
const SOURCES = [
  "dashboard/src",
  "dashboard/public",
  "dashboard/index.html",
  "dashboard/vite.config.ts",
  "package-lock.json",
];

/** @param {string} path @returns {number} when the newest file under it was written */
const newest = (path) => {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), stat.mtimeMs);
};

/** Whether the built pages are there and as new as their sources. */
export const isDashboardBuilt = () => {
  const page = join(OUT, "index.html");
  return existsSync(page) && SOURCES.every((source) => newest(join(ROOT, source)) <= statSync(page).mtimeMs);
};

/** Builds the pages. @returns {Promise<void>} @throws {Error} what the build says is wrong */
export const buildDashboard = async () => {
  // Loaded only now: an installed package comes without it, and with the pages built.
  const { build } = await import("vite");
  // Built beside and moved: a gateway may be serving what is there.
  const fresh = `${OUT}.${process.pid}`;
  try {
    await build({ configFile: join(ROOT, "dashboard/vite.config.ts"), build: { outDir: fresh } });
    rmSync(OUT, { recursive: true, force: true });
    renameSync(fresh, OUT);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
};

if (process.argv[1] === fileURLToPath(import.meta.url) && !isDashboardBuilt()) await buildDashboard();
