/**
 * The house rules as programs.
 *
 *   tsx scripts/check/main.ts            all that need no report of a test run
 *   tsx scripts/check/main.ts sizes …    the ones that are named
 *   tsx scripts/check/main.ts --write    writes what is generated instead of checking it
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readBuilt, readMessages } from "./artifacts.ts";
import { bundleFindings, verifyFindings } from "./bundle.ts";
import { configDocFindings } from "./configDocs.ts";
import { coverageFindings } from "./coverage.ts";
import { figureFindings, figureTable, figuresOf } from "./figures.ts";
import { errorFindings, generatedErrors } from "./errors.ts";
import { glossaryFindings } from "./glossary.ts";
import { layerFindings } from "./layerFindings.ts";
import { linkFindings } from "./links.ts";
import { mirrorFindings } from "./mirrors.ts";
import { namedArgumentFindings } from "./namedArguments.ts";
import { nameFindings } from "./names.ts";
import { propertyFindings } from "./properties.ts";
import { proseFindings } from "./prose.ts";
import { type Files, readRepository } from "./repository.ts";
import { lengthFindings, sizeFindings, sizeTable, warningFindings } from "./sizes.ts";
import { tableFindings } from "./tables.ts";
import { textFindings } from "./text.ts";
import { checkTrees } from "./trees.ts";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const LCOV = join(ROOT, "coverage/lcov.info");
const LARGEST = 8;

const checkSizes = (files: Files): readonly string[] => {
  const built = readBuilt(ROOT);
  process.stdout.write(`${sizeTable(built, LARGEST)}\n`);
  return [...sizeFindings(built), ...lengthFindings(files)];
};

const checkFigures = (files: Files): readonly string[] => {
  const figures = figuresOf(files);
  process.stdout.write(`${figureTable(figures)}\n`);
  return figureFindings(figures);
};

/** The names of the environment that the keepers' configuration takes. Loaded only here: it brings all their packages. */
const readVariables = async (): Promise<readonly string[]> => {
  const { VARIABLES } = await import("../../keepers/wiring/config.ts");
  return Object.keys(VARIABLES);
};

type Check = (files: Files) => readonly string[] | Promise<readonly string[]>;

const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ["layers", layerFindings],
  ["properties", propertyFindings],
  ["trees", checkTrees],
  ["sizes", checkSizes],
  ["warnings", () => warningFindings(readMessages(ROOT, readBuilt(ROOT)))],
  ["config-docs", async (files) => configDocFindings(files, await readVariables())],
  ["bundle", async () => [...bundleFindings(ROOT), ...(await verifyFindings())]],
  ["errors", errorFindings],
  ["text", textFindings],
  ["prose", proseFindings],
  ["names", nameFindings],
  ["arguments", namedArgumentFindings],
  ["mirrors", mirrorFindings],
  ["glossary", glossaryFindings],
  ["figures", checkFigures],
  ["tables", tableFindings],
  ["links", (files) => linkFindings(files, (path) => existsSync(join(ROOT, path)))],
  ["manifests", async (files) => (await import("./manifests/findings.ts")).manifestFindings(files)],
  ["coverage", () => coverageFindings(existsSync(LCOV) ? readFileSync(LCOV, "utf8") : "")],
]);
/** Those that need a report of a test run, or the built dashboard: they run only when they are named. */
const BY_NAME: ReadonlySet<string> = new Set(["coverage", "bundle"]);
const BY_DEFAULT = [...CHECKS.keys()].filter((name) => !BY_NAME.has(name));

/** Runs the named checks, prints what they find, and answers how much that is. */
const runChecks = async (names: readonly string[]): Promise<number> => {
  const files = readRepository(ROOT);
  let total = 0;
  for (const name of names) {
    const check = CHECKS.get(name);
    if (check === undefined) throw new Error(`no check ${name}: known are ${[...CHECKS.keys()].join(", ")}`);
    const findings = await check(files);
    process.stdout.write(`${findings.length === 0 ? "✓" : "✗"} ${name}\n`);
    for (const finding of findings) process.stdout.write(`    ${finding}\n`);
    total += findings.length;
  }
  return total;
};

const { values, positionals } = parseArgs({ options: { write: { type: "boolean" } }, allowPositionals: true });
if (values.write === true) {
  for (const [path, text] of generatedErrors(readRepository(ROOT))) writeFileSync(join(ROOT, path), text);
} else {
  process.exitCode = (await runChecks(positionals.length === 0 ? BY_DEFAULT : positionals)) === 0 ? 0 : 1;
}
