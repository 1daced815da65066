/**
 * Asks all that a release must answer, and says of each thing whether it is right, wrong or not proved here.
 *
 *   npm run release:check
 *   npm run release:check -- --quick    without the tests, the checks and the figures, which take a quarter of an hour and more
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { say } from "../lib/output.ts";
import {
  type ReleaseFinding,
  auditFinding,
  changelogFinding,
  licenceFinding,
  mutationFinding,
  packFinding,
  right,
  sbomFinding,
  unproved,
  wrong,
} from "./findings.ts";

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const MAX_BUFFER = 2 ** 28;
const SBOM = "dist/sbom.json";
const LEFT_OUT = unproved("left out by --quick");

/** What a command printed, whatever its code. */
const outputOf = (command: string, args: readonly string[]): string =>
  spawnSync(command, args, { encoding: "utf8", maxBuffer: MAX_BUFFER, stdio: ["ignore", "pipe", "ignore"] }).stdout;

/** Runs a command as a user would, with what it prints. */
const passes = (command: string, args: readonly string[], detail: string): ReleaseFinding => {
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  return status === 0 ? right(detail) : wrong(`${[command, ...args].join(" ")} ends with code ${status ?? "none"}`);
};

const tree = (): ReleaseFinding => {
  if (spawnSync("git", ["rev-parse", "--is-inside-work-tree"]).status !== 0)
    return unproved("git does not tell of this folder");
  const changed = outputOf("git", ["status", "--porcelain"]).split("\n").filter(Boolean);
  return changed.length === 0
    ? right("nothing but what is committed")
    : wrong(`${changed.length} files are not committed`);
};

const sbom = (): ReleaseFinding => {
  const output = outputOf("npm", ["sbom", "--sbom-format", "cyclonedx", "--omit", "dev"]);
  mkdirSync("dist", { recursive: true });
  writeFileSync(SBOM, output);
  return sbomFinding(output, SBOM);
};

const lock = (): unknown => {
  const read: unknown = JSON.parse(readFileSync("package-lock.json", "utf8"));
  return read;
};

/** Every question, in the order in which they are asked: what takes long comes last. */
const QUESTIONS: readonly (readonly [name: string, ask: () => ReleaseFinding])[] = [
  ["tree", tree],
  ["changelog", () => changelogFinding(readFileSync("CHANGELOG.md", "utf8"))],
  ["licences", () => licenceFinding(lock())],
  ["components", sbom],
  ["known weaknesses", () => auditFinding(outputOf("npm", ["audit", "--omit=dev", "--offline=false", "--json"]))],
  ["mutation", () => mutationFinding(readFileSync("docs/mutation.md", "utf8"), Date.now())],
  ["package", () => packFinding(outputOf("npm", ["pack", "--dry-run", "--json"]))],
  ["tests and checks", () => (values.quick ? LEFT_OUT : passes(".ci/run", [], "as a user runs them"))],
  [
    "figures",
    () => (values.quick ? LEFT_OUT : passes("npm", ["run", "bench", "--", "gas", "venues"], "no target lost")),
  ],
];

const SIGNS = { right: "✓", wrong: "✗", unproved: "?" } as const;

const found = QUESTIONS.map(([name, ask]) => {
  const finding = ask();
  say(`${SIGNS[finding.kind]} ${name.padEnd(18)} ${finding.detail}`);
  return finding;
});
const count = (kind: ReleaseFinding["kind"]): number => found.filter((one) => one.kind === kind).length;
say(`${count("right")} right, ${count("wrong")} wrong, ${count("unproved")} not proved`);
process.exitCode = count("wrong") > 0 ? 1 : 0;
