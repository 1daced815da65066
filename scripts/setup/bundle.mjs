/**
 * Builds the `nexus` command into dist/cli: one file for what all commands need, one for what each group needs besides.
 * It loads a tenth of the files that the sources are, and needs nothing but the package's own dependencies.
 *
 *   node scripts/setup/bundle.mjs
 */
import { existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const OUT = join(ROOT, "dist/cli");

/** What the command is built of. */
const SOURCES = ["scripts", "keepers", "deployments", "types", "package.json"];

/** Packages that stay outside: native ones, those that find files beside themselves, and what only a clone has. */
const EXTERNAL = [
  "pino",
  "fastify",
  "@fastify/*",
  "fastify-type-provider-zod",
  "pg",
  "kysely",
  "secp256k1",
  "hash-wasm",
  "hardhat",
  "hardhat/*",
  "@nomicfoundation/*",
  "@api3/*",
  "@uniswap/*",
  "@safe-global/*",
];

/** Bundled packages of the older kind ask for their parts by `require`. */
const BANNER = `import { createRequire as requireFrom } from "node:module";\nconst require = requireFrom(import.meta.url);`;

/** @returns {Promise<void>} */
export const bundle = async () => {
  // Loaded only now: an installed package comes without it.
  const { build } = await import("esbuild");
  // Built beside and moved: another command may be building too, or reading.
  const fresh = `${OUT}.${process.pid}`;
  await build({
    absWorkingDir: ROOT,
    entryPoints: { main: "scripts/cli/main.ts" },
    outdir: fresh,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22",
    external: EXTERNAL,
    banner: { js: BANNER },
    logLevel: "error",
  });
  rmSync(OUT, { recursive: true, force: true });
  renameSync(fresh, OUT);
};

/** @param {string} path @returns {number} when the newest file under it was written */
const newest = (path) => {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), stat.mtimeMs);
};

/** Whether the built command is there and as new as its sources. */
export const isBundled = () => {
  const main = join(OUT, "main.js");
  if (!existsSync(main)) return false;
  const built = statSync(main).mtimeMs;
  return SOURCES.every((source) => newest(join(ROOT, source)) <= built);
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle();
