/**
 * Plants faults and asks whether a test finds each of them.
 *
 *   npm run mutate                     contracts and keepers, then the report
 *   npm run mutate -- contracts        one of the two
 *   npm run mutate -- --help           the options
 */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { seededRandom } from "../../keepers/core/random.ts";
import { readRepository } from "../check/repository.ts";
import { forEachOf } from "../prove/pool.ts";
import { MAX_PERCENT, readEquivalents } from "./equivalents.ts";
import { groupsOf, readGroup, testGroup } from "./keepers.ts";
import { REPORT, renderReport } from "./report.ts";
import { type Run, knownOf, testFile } from "./run.ts";
import { type FileSummary, keeperSummaries, shareOf, summaryOf } from "./summary.ts";
import { type Graph, graphOf, mutatedPaths } from "./targets.ts";
import { buildAll } from "./workshop.ts";
import { say } from "../lib/output.ts";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const FOLDER = join(ROOT, ".nexus/mutate");
const DAY = 10;

const HELP = `npm run mutate -- [contracts] [keepers] [options]

  contracts, keepers   what to test; both when neither is named
  --files a,b          only files whose path contains one of these
  --limit n            at most n mutants of each contract file, drawn by --seed
  --seed n             which ones --limit draws; 1 when it is not said
  --shard i/n          the i-th of n parts of the contract files, for several machines
  --jobs n             processes side by side; 2 when it is not said
  --report             tests nothing, writes ${REPORT} from what is known
  --help               this

Results lie in .nexus/mutate. A run that was stopped goes on where it was: a mutant is tested again only when the code, or
the tests that it was tested with, have changed. What is known is written to ${REPORT} at the end of each run.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    files: { type: "string" },
    limit: { type: "string" },
    seed: { type: "string", default: "1" },
    shard: { type: "string", default: "1/1" },
    jobs: { type: "string", default: "2" },
    report: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const isWanted = (part: string): boolean => positionals.length === 0 || positionals.includes(part);
const isNamed = (path: string): boolean =>
  values.files === undefined || values.files.split(",").some((name) => path.includes(name));

/** At most `--limit` of them, the same ones for the same seed. */
const choose: Run["choose"] = (mutants) => {
  const { below } = seededRandom(Number(values.seed));
  const rest = [...mutants];
  while (values.limit !== undefined && rest.length > Number(values.limit)) {
    rest.splice(Number(below(BigInt(rest.length))), 1);
  }
  return rest;
};

const isInShard = (index: number): boolean => {
  const [part = 1, of = 1] = values.shard.split("/").map(Number);
  return index % of === part - 1;
};

const testContracts = async (graph: Graph): Promise<void> => {
  const run: Run = { root: ROOT, folder: FOLDER, graph, say, choose };
  await buildAll(ROOT);
  const paths = mutatedPaths(graph.files)
    .filter(isNamed)
    .filter((_, index) => isInShard(index));
  const workshops = Array.from({ length: Number(values.jobs) }, (_, index) => ({
    root: ROOT,
    folder: join(FOLDER, `copy-${index + 1}`),
  }));
  await forEachOf(paths, workshops.length, async (path) => {
    const workshop = workshops.pop();
    if (workshop === undefined) throw new Error("more files at once than copies");
    await testFile(run, workshop, path);
    workshops.push(workshop);
  });
};

const testKeepers = async (graph: Graph): Promise<void> => {
  for (const group of groupsOf(graph)) {
    if (!group.files.some(isNamed)) continue;
    say(`${group.name}: ${group.files.join(", ")}`);
    await testGroup(FOLDER, group, Number(values.jobs));
  }
};

const contractSummaries = (graph: Graph): readonly FileSummary[] => {
  const listed = readEquivalents();
  return mutatedPaths(graph.files).map((path) => {
    const { mutants, outcomes } = knownOf({ folder: FOLDER, graph }, path);
    return summaryOf(path, mutants, outcomes, listed);
  });
};

const writeReport = (graph: Graph): void => {
  const contracts = contractSummaries(graph);
  const keepers = groupsOf(graph).flatMap((group) => {
    const report = readGroup(FOLDER, group);
    return report === undefined ? [] : keeperSummaries(report);
  });
  writeFileSync(join(ROOT, REPORT), renderReport(new Date().toISOString().slice(0, DAY), contracts, keepers));
  for (const [part, files] of Object.entries({ contracts, keepers })) {
    const killed = files.map((file) => file.killed).reduce((sum, more) => sum + more, 0);
    const tested = files.map((file) => file.tested).reduce((sum, more) => sum + more, 0);
    say(`${part}: ${killed} of ${tested} tested mutants killed, ${shareOf(files).toFixed(1)} %; see ${REPORT}`);
  }
  const [all, equivalent] = [
    contracts.reduce((sum, { tested }) => sum + tested, 0),
    contracts.reduce((sum, { equivalents }) => sum + equivalents.length, 0),
  ];
  if (equivalent * 100 > all * MAX_PERCENT) {
    say(`${equivalent} of ${all} mutants are said to be equivalent: at most ${MAX_PERCENT} % may be`);
    process.exitCode = 1;
  }
};

const main = async (): Promise<void> => {
  if (values.help) {
    say(HELP);
    return;
  }
  const graph = graphOf(readRepository(ROOT));
  if (!values.report && isWanted("contracts")) await testContracts(graph);
  if (!values.report && isWanted("keepers")) await testKeepers(graph);
  writeReport(graph);
};

await main();
