import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { type Files, matching } from "./repository.ts";

const LINE = /^([\s│]*)[├└]──\s*(.+)$/;
const INDENT = 4;
/** Loading every test file beside a tree takes seconds; more is a hang. */
const TIMEOUT = 120_000;

/**
 * The full titles of a tree's leaves, as mocha prints them: the words along the path, the leaf without its "it".
 * @throws Error at a line that is not part of a tree
 */
export const leafTitles = (tree: string): readonly string[] => {
  const [root = "", ...lines] = tree.split("\n").filter((line) => line.trim() !== "");
  const path = [root.trim()];
  return lines.flatMap((line) => {
    const [, indent = "", text = ""] = LINE.exec(line) ?? [];
    if (text === "") throw new Error(`not a line of a tree: ${line}`);
    path.length = Math.floor(indent.length / INDENT) + 1;
    if (text.startsWith("it ")) return [[...path, text.trim().slice("it ".length)].join(" ")];
    path.push(text.trim());
    return [];
  });
};

/** Leaves without a test, for each tree. `titles`: the full title of every test. */
export const treeFindings = (files: Files, titles: ReadonlySet<string>): readonly string[] =>
  matching(files, /\.tree$/).flatMap(([path, text]) => {
    const test = path.replace(/\.tree$/, ".test.ts");
    if (!files.has(test)) return [`${path}: ${test} is missing`];
    return leafTitles(text)
      .filter((title) => !titles.has(title))
      .map((title) => `${path}: no test is titled “${title}”`);
  });

const report = z.object({ tests: z.array(z.object({ fullTitle: z.string() })) });

/** The titles in the test files that stand beside a tree. Mocha loads them and runs none. */
const titlesOf = async (tests: readonly string[]): Promise<ReadonlySet<string>> => {
  const folder = mkdtempSync(join(tmpdir(), "nexus-titles-"));
  try {
    const output = join(folder, "titles.json");
    const mocha = createRequire(import.meta.url).resolve("mocha/bin/mocha.js");
    const reporting = ["--reporter", "json", "--reporter-option", `output=${output}`];
    const args = [mocha, "--import=tsx", "--dry-run", "--exit", ...reporting, ...tests];
    await promisify(execFile)(process.execPath, args, { timeout: TIMEOUT, maxBuffer: 2 ** 28 });
    return new Set(report.parse(JSON.parse(readFileSync(output, "utf8"))).tests.map(({ fullTitle }) => fullTitle));
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** Every leaf of every `.tree` is the title of a test in the file beside it. */
export const checkTrees = async (files: Files): Promise<readonly string[]> => {
  const tests = matching(files, /\.tree$/)
    .map(([path]) => path.replace(/\.tree$/, ".test.ts"))
    .filter((path) => files.has(path));
  return treeFindings(files, tests.length === 0 ? new Set() : await titlesOf(tests));
};
