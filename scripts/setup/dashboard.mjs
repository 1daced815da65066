/**
 * Builds the dashboard into dist/dashboard, where the gateway looks for it; nothing is done while what is there is as new as
 * its sources. It takes about a second.
 *
 *   node scripts/setup/dashboard.mjs
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { ICONS, drawIcon } from "./icons.mjs";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const OUT = join(ROOT, "dist/dashboard");

/** What the pages are built of; of the gateway only types, which change nothing that is built. */
const SOURCES = [
  "dashboard/src",
  "dashboard/public",
  "dashboard/worker",
  "dashboard/index.html",
  "dashboard/vite.config.ts",
  "package-lock.json",
  "scripts/setup/dashboard.mjs",
  "scripts/setup/icons.mjs",
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

/** @param {string} folder */
const writeIcons = (folder) => {
  mkdirSync(join(folder, "icons"), { recursive: true });
  for (const [path, how] of ICONS) writeFileSync(join(folder, path), drawIcon(how));
};

/** The files that a page may load, as paths from the folder. @param {string} folder @returns {string[]} */
const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !path.startsWith("."))
    .sort();

/**
 * Builds the service worker, which knows every file of its build, and a hash of them all.
 * @param {string} folder the built pages @param {typeof import("vite").build} build
 */
const buildWorker = async (folder, build) => {
  const files = filesIn(folder);
  const hash = createHash("sha256");
  for (const path of files) hash.update(`${path}\0`).update(readFileSync(join(folder, path)));
  await build({
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    define: {
      NEXUS_FILES: JSON.stringify(files.map((path) => `/${path}`)),
      NEXUS_BUILD: JSON.stringify(hash.digest("hex").slice(0, 16)),
    },
    build: {
      outDir: folder,
      emptyOutDir: false,
      target: "es2022",
      lib: {
        entry: join(ROOT, "dashboard/worker/worker.ts"),
        formats: ["iife"],
        name: "worker",
        fileName: () => "worker.js",
      },
    },
  });
};

/** Builds the pages. @returns {Promise<void>} @throws {Error} what the build says is wrong */
export const buildDashboard = async () => {
  // Loaded only now: an installed package comes without it, and with the pages built.
  const { build } = await import("vite");
  // Built beside and moved: a gateway may be serving what is there.
  const fresh = `${OUT}.${process.pid}`;
  try {
    await build({ configFile: join(ROOT, "dashboard/vite.config.ts"), build: { outDir: fresh } });
    writeIcons(fresh);
    await buildWorker(fresh, build);
    rmSync(OUT, { recursive: true, force: true });
    renameSync(fresh, OUT);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
};

if (process.argv[1] === fileURLToPath(import.meta.url) && !isDashboardBuilt()) await buildDashboard();
