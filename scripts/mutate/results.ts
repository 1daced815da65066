import { mkdirSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { type Mutant } from "./mutants.ts";
import { OPERATORS } from "./solidityOperators.ts";
import { type Graph, type MutationTarget, closureOf, digestOf } from "./targets.ts";

/** Raised when the operators or the way of building change, so that no result of before is taken for one of now. */
const VERSION = "1";

const outcome = z.object({
  /** Invalid ones do not compile; one that does not end is stopped, which kills it. */
  status: z.enum(["killed", "timeout", "survived", "invalid"]),
  killer: z.string().optional(),
  cpuMs: z.number(),
  /** What it was found with: without it, it must be found again. */
  proof: z.string(),
});
export type Outcome = z.infer<typeof outcome>;
export type Outcomes = ReadonlyMap<string, Outcome>;

/** What an outcome rests on: the code, and the tests that were run. */
export type Proofs = {
  readonly code: string;
  readonly of: (status: Outcome["status"], killer?: string) => string;
};

const closures = (graph: Graph, paths: readonly string[]): readonly string[] =>
  paths.flatMap((path) => [...closureOf(graph, path)]);

/**
 * A mutant that a test killed stays killed while the code and that test are as they were; one that survived stays a
 * survivor while all tests that can see it are.
 */
export const proofsOf = (graph: Graph, target: MutationTarget): Proofs => {
  const contracts = target.roots.filter((path) => path.startsWith("contracts/"));
  const code = `${VERSION}:${digestOf(graph, closures(graph, [target.path, ...contracts]))}`;
  const tests = [...target.mochaTests, ...target.solidityTests];
  const all = digestOf(graph, closures(graph, tests));
  const of = (status: Outcome["status"], killer?: string): string => {
    if (status === "invalid") return code;
    return `${code}:${killer === undefined ? all : digestOf(graph, closures(graph, [killer]))}`;
  };
  return { code, of };
};

const pathOf = (folder: string, path: string): string => join(folder, "results", `${path}.json`);

const mutant = z.object({
  key: z.string(),
  operator: z.enum(OPERATORS),
  line: z.number(),
  before: z.string(),
  after: z.string(),
});
const record = z.object({ mutants: z.array(mutant), outcomes: z.record(z.string(), outcome) });

/** A file's mutants, and what became of those that were tested. */
export type Known = { readonly mutants: readonly Mutant[]; readonly outcomes: Outcomes };

/** What still holds of what is known of a file; nothing where its code has changed. */
export const readKnown = (folder: string, path: string, proofs: Proofs): Known => {
  const file = pathOf(folder, path);
  if (!existsSync(file)) return { mutants: [], outcomes: new Map() };
  const { mutants, outcomes } = record.parse(JSON.parse(readFileSync(file, "utf8")));
  const holding = Object.entries(outcomes).filter(([, one]) => one.proof === proofs.of(one.status, one.killer));
  return { mutants: holding.length === 0 ? [] : mutants, outcomes: new Map(holding) };
};

export const writeKnown = (folder: string, path: string, { mutants, outcomes }: Known): void => {
  const file = pathOf(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  const plain = mutants.map(({ key, operator, line, before, after }) => ({ key, operator, line, before, after }));
  const text = JSON.stringify({ mutants: plain, outcomes: Object.fromEntries(outcomes) }, undefined, 1);
  writeFileSync(file, `${text}\n`);
};
