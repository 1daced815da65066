import { mkdirSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { type Graph, type Target, closureOf, digestOf } from "./targets.ts";

/** Raised when the operators or the way of building change, so that no result of before is taken for one of now. */
const VERSION = "1";

const outcome = z.object({
  /** Invalid ones do not compile; one that does not end is stopped, and so is told. */
  status: z.enum(["killed", "timeout", "survived", "invalid"]),
  killer: z.string().optional(),
  cpuMs: z.number(),
  /** What it was found with: without it, it must be found anew. */
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
 * A mutant that a test told stays told while the code and that test are as they were; one that survived, while all tests
 * that can see it are.
 */
export const proofsOf = (graph: Graph, target: Target): Proofs => {
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

/** What is known of a file's mutants and still holds. */
export const readOutcomes = (folder: string, path: string, proofs: Proofs): Map<string, Outcome> => {
  const file = pathOf(folder, path);
  if (!existsSync(file)) return new Map();
  const all = z.record(z.string(), outcome).parse(JSON.parse(readFileSync(file, "utf8")));
  return new Map(Object.entries(all).filter(([, { status, killer, proof }]) => proof === proofs.of(status, killer)));
};

export const writeOutcomes = (folder: string, path: string, outcomes: Outcomes): void => {
  const file = pathOf(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(outcomes), undefined, 1)}\n`);
};
