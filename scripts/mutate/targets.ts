import { createHash } from "node:crypto";
import { posix } from "node:path";
import { type Import, solidityImports, typescriptImports } from "../check/imports.ts";
import { type Files } from "../check/repository.ts";

/** A file whose mutants are tested, what must be compiled for that, and the tests that can see it, the nearest first. */
export type MutationTarget = {
  readonly path: string;
  /** Contracts and Solidity tests that hold the file's code. */
  readonly roots: readonly string[];
  readonly solidityTests: readonly string[];
  readonly mochaTests: readonly string[];
};

const MUTATED = /^contracts\/(?!interfaces\/|types\/|mocks\/|examples\/).*\.sol$/;
const DEPLOYED = /^contracts\/(?!interfaces\/|types\/|mocks\/|examples\/|abstracts\/|libraries\/).*\.sol$/;

/** Who imports what, and what each file stands on. */
export type Graph = {
  readonly files: Files;
  readonly imports: ReadonlyMap<string, readonly Import[]>;
};

export const graphOf = (files: Files): Graph => ({
  files,
  imports: Map.groupBy([...solidityImports(files), ...typescriptImports(files)], ({ from }) => from),
});

/** A file and every file of ours that it needs. */
export const closureOf = ({ imports }: Graph, path: string): ReadonlySet<string> => {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { to } of imports.get(file) ?? []) visit(to);
  };
  visit(path);
  return seen;
};

/** The text of all these files in one number. */
export const digestOf = ({ files }: Graph, paths: Iterable<string>): string => {
  const hash = createHash("sha256");
  for (const path of [...new Set(paths)].sort()) hash.update(`${path}\0${files.get(path) ?? ""}\0`);
  return hash.digest("hex");
};

/** `AgentRegistry`, and `registry`, as the tests' fixtures call it. */
const speaksOf = (text: string, contract: string): boolean => {
  const short = /[A-Z][a-z0-9]*$/.exec(contract)?.[0].toLowerCase() ?? contract;
  return new RegExp(`\\b(?:${contract}|${short})\\b`).test(text);
};

const nameOf = (path: string): string => posix.basename(path, ".sol");

/** How near a test is to what it tests: its own folder or file first, what runs for long last. */
const distance = (test: string, target: string, contracts: readonly string[]): number => {
  const isOwn = test.split("/").some((part) => part === nameOf(target) || part === `${nameOf(target)}.t.sol`);
  if (isOwn) return 0;
  if (contracts.some((contract) => test.includes(`/${contract}/`))) return 1;
  return test.startsWith("test/unit/") ? 2 : 3;
};

/** A fleet of agents around a sandbox: half a minute for each mutant, on a chain that no test can switch. */
const FLEET = "scripts/sandbox/fleet.ts";

const testsFor = (graph: Graph, target: string, contracts: readonly string[]): readonly string[] =>
  [...graph.files]
    .filter(([path, text]) => {
      if (/^test\/unit\/(?:contracts\/.*\.(?:test\.ts|t\.sol)|libraries\/.*\.t\.sol)$/.test(path)) {
        const isOfContract = contracts.some(
          (contract) => path.includes(`/${contract}/`) || path.includes(`/${contract}.`),
        );
        return isOfContract || closureOf(graph, path).has(target);
      }
      if (/^test\/(?:integration\/(?:contracts|keepers)\/.*\.test\.ts|invariant\/.*\.t\.sol)$/.test(path)) {
        const needs = closureOf(graph, path);
        return !needs.has(FLEET) && (contracts.some((contract) => speaksOf(text, contract)) || needs.has(target));
      }
      return false;
    })
    .map(([path]) => path)
    .sort((one, other) => distance(one, target, contracts) - distance(other, target, contracts));

export const targetOf = (graph: Graph, path: string): MutationTarget => {
  const holders = [...graph.files.keys()].filter((file) => file.endsWith(".sol") && closureOf(graph, file).has(path));
  const contracts = holders.filter((file) => DEPLOYED.test(file)).map(nameOf);
  const tests = testsFor(graph, path, contracts);
  const solidityTests = tests.filter((test) => test.endsWith(".sol"));
  const isRoot = (file: string): boolean => /^contracts\/(?!interfaces\/|types\/|abstracts\/|libraries\/)/.test(file);
  return {
    path,
    roots: [...holders.filter(isRoot), ...solidityTests],
    solidityTests,
    mochaTests: tests.filter((test) => test.endsWith(".ts")),
  };
};

/** Every deployed contract, its parents and libraries. */
export const mutatedPaths = (files: Files): readonly string[] =>
  [...files.keys()].filter((path) => MUTATED.test(path)).sort();
