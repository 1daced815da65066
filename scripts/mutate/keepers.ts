import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { Stryker } from "@stryker-mutator/core";
import { z } from "zod";
import { type Graph, closureOf } from "./targets.ts";

/** What agents decide by, how they send, and what vouchers they take. */
const MUTATED =
  /^keepers\/(?:agents\/[^/]+\/decide|sending\/(?:flight|lane|prepare|queue|send|wallets)|agents\/payments\/(?:accept|channel|parse|voucher|worth))\.ts$/;
const TEST = /^test\/unit\/keepers\/.*\.test\.ts$/;

/** The files of one folder, and the unit tests that can see one of them. */
export type Group = { readonly name: string; readonly files: readonly string[]; readonly tests: readonly string[] };

export const groupsOf = (graph: Graph): readonly Group[] => {
  const paths = [...graph.files.keys()];
  const tests = paths.filter((path) => TEST.test(path));
  return [...Map.groupBy(paths.filter((path) => MUTATED.test(path)).sort(), (path) => posix.dirname(path))].map(
    ([folder, files]) => ({
      name: posix.basename(folder),
      files,
      tests: tests.filter((test) => files.some((file) => closureOf(graph, test).has(file))),
    }),
  );
};

const place = z.object({ line: z.number(), column: z.number() });
const report = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.string(),
      mutants: z.array(
        z.object({
          mutatorName: z.string(),
          replacement: z.string().optional(),
          status: z.string(),
          location: z.object({ start: place, end: place }),
        }),
      ),
    }),
  ),
});
export type KeeperReport = z.infer<typeof report>;

const reportPath = (folder: string, name: string): string => join(folder, `keepers-${name}.json`);

/** Runs the mutants of a group; those of an earlier run whose code and tests are the same keep their result. */
export const testGroup = async (folder: string, { name, files, tests }: Group, jobs: number): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  await new Stryker({
    testRunner: "mocha",
    plugins: ["@stryker-mutator/mocha-runner"],
    mochaOptions: { spec: [...tests] },
    testRunnerNodeArgs: ["--import", "tsx"],
    mutate: [...files],
    coverageAnalysis: "perTest",
    concurrency: jobs,
    // A busy machine is slow: only what takes a minute longer than without a mutant counts as endless.
    timeoutMS: 60_000,
    incremental: true,
    incrementalFile: join(folder, `keepers-${name}-incremental.json`),
    tempDirName: join(folder, "keepers"),
    reporters: ["json"],
    jsonReporter: { fileName: reportPath(folder, name) },
    // It would rewrite tsconfig.json with an interface that TypeScript 7 no longer has; nothing here needs that.
    tsconfigFile: "none",
    ignorePatterns: ["/artifacts", "/cache", "/coverage", "/dist", "/.nexus"],
  }).runMutationTest();
};

/** What the last run of a group found, if there was one. */
export const readGroup = (folder: string, { name }: Group): KeeperReport | undefined => {
  const path = reportPath(folder, name);
  return existsSync(path) ? report.parse(JSON.parse(readFileSync(path, "utf8"))) : undefined;
};
