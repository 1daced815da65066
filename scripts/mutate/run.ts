import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Answer } from "./messages.ts";
import { type MutationPlan, type Planned, planOf } from "./mutants.ts";
import { type Known, type Outcome, type Proofs, proofsOf, readKnown, writeKnown } from "./results.ts";
import { type Numbered, schemaOf } from "./schema.ts";
import { type Graph, type MutationTarget, targetOf } from "./targets.ts";
import { validOf } from "./validity.ts";
import { type Worker, startWorker } from "./workers.ts";
import { type Workshop, build, layOut } from "./workshop.ts";

/** As many in one build as a test's fixture can still create in a short time. */
const MAX_IN_ONE_BUILD = 160;
/** The first mutant waits for a run of the tests without one; on a busy machine that takes minutes. */
const TEST_LIMIT_MS = 1_800_000;

/** Above the addresses that the chain itself answers at. */
const FIRST_ID = 0x4d_0000;

export type Run = {
  readonly root: string;
  /** Where results and copies are, outside git. */
  readonly folder: string;
  readonly graph: Graph;
  readonly say: (line: string) => void;
  /** Which of a file's mutants to test. */
  readonly choose: (mutants: readonly Planned[]) => readonly Planned[];
};

type Job = {
  readonly run: Run;
  readonly workshop: Workshop;
  readonly target: MutationTarget;
  readonly plan: MutationPlan;
  readonly proofs: Proofs;
  readonly outcomes: Map<string, Outcome>;
};

const note = ({ run, target, plan, proofs, outcomes }: Job, mutant: Planned, found: Omit<Outcome, "proof">): void => {
  outcomes.set(mutant.key, { ...found, proof: proofs.of(found.status, found.killer) });
  writeKnown(run.folder, target.path, { mutants: plan.mutants, outcomes });
};

const noteInvalid = (job: Job, mutants: readonly Numbered[]): void => {
  for (const { mutant } of mutants) note(job, mutant, { status: "invalid", cpuMs: 0 });
};

const load = async ({ workshop, target }: Job): Promise<Worker> => {
  const worker = startWorker(workshop);
  await worker.ask({ kind: "load", mocha: [...target.mochaTests], solidity: [...target.solidityTests] }, TEST_LIMIT_MS);
  return worker;
};

/** No mutant has this number: the tests run as they did before the first. */
const NONE = 0;

/**
 * After the last mutant the tests must still pass without one: what a mutant left behind would have killed those after it.
 * @throws Error when one fails
 */
const checkSound = async (
  { run, target, plan, outcomes }: Job,
  worker: Worker,
  mutants: readonly Numbered[],
): Promise<void> => {
  const tested = await worker.ask({ kind: "test", id: NONE, order: [...target.mochaTests] }, TEST_LIMIT_MS);
  if (tested?.kind === "tested" && tested.killer === undefined) return;
  for (const { mutant } of mutants) outcomes.delete(mutant.key);
  writeKnown(run.folder, target.path, { mutants: plan.mutants, outcomes });
  throw new Error(`${target.path}: its tests fail after the last mutant, without one; no result of this build is kept`);
};

const noteTested = (job: Job, mutant: Planned, found: Extract<Answer, { readonly kind: "tested" }>): void => {
  const { say } = job.run;
  const { killer, cpuMs, leftOut } = found;
  for (const test of leftOut) say(`${job.target.path}: fails without a mutant, so is left out: ${test}`);
  note(job, mutant, {
    status: killer === undefined ? "survived" : "killed",
    cpuMs,
    ...(killer === undefined ? {} : { killer }),
  });
  if (killer === undefined) say(`${job.target.path}:${mutant.line} survived: ${mutant.before} → ${mutant.after}`);
};

/** What killed one mutant is the likeliest to kill the next one, which stands beside it. */
const withFirst = (order: readonly string[], file: string | undefined): readonly string[] =>
  file === undefined ? order : [file, ...order.filter((other) => other !== file)];

const testAll = async (job: Job, mutants: readonly Numbered[]): Promise<void> => {
  let worker = await load(job);
  let order: readonly string[] = [...job.target.mochaTests];
  try {
    for (const { id, mutant } of mutants) {
      const tested = await worker.ask({ kind: "test", id, order: [...order] }, TEST_LIMIT_MS);
      if (tested?.kind === "tested") {
        noteTested(job, mutant, tested);
        order = withFirst(order, tested.killer);
      } else {
        note(job, mutant, { status: "timeout", cpuMs: TEST_LIMIT_MS });
        worker = await load(job);
      }
    }
    await checkSound(job, worker, mutants);
  } finally {
    worker.stop();
  }
};

const isBuilt = async (job: Job, mutants: readonly Numbered[]): Promise<boolean> => {
  layOut(job.workshop, job.target, schemaOf(job.plan, mutants).text);
  try {
    await build(job.workshop, job.target);
    return true;
  } catch (error) {
    if (mutants.length === 0) throw error;
    job.run.say(`${job.target.path}: ${mutants.length} mutants do not build together`);
    return false;
  }
};

/** Tests these in one build; where they do not build, each half by itself. */
const testTogether = async (job: Job, mutants: readonly Numbered[]): Promise<void> => {
  if (mutants.length === 0) return;
  if (await isBuilt(job, mutants)) return testAll(job, mutants);
  if (mutants.length === 1) {
    noteInvalid(job, mutants);
    return;
  }
  const half = mutants.length >> 1;
  await testTogether(job, mutants.slice(0, half));
  await testTogether(job, mutants.slice(half));
};

const chunksOf = <T>(items: readonly T[]): readonly (readonly T[])[] => {
  const count = Math.ceil(items.length / MAX_IN_ONE_BUILD);
  const size = Math.ceil(items.length / Math.max(count, 1));
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
};

/** What is known of a file's mutants by now. */
export const knownOf = ({ folder, graph }: Pick<Run, "folder" | "graph">, path: string): Known =>
  readKnown(folder, path, proofsOf(graph, targetOf(graph, path)));

/** Tests the chosen mutants of one file that nothing is known of yet. */
export const testFile = async (run: Run, workshop: Workshop, path: string): Promise<void> => {
  const target = targetOf(run.graph, path);
  const plan = planOf(run.root, path, readFileSync(join(run.root, path), "utf8"));
  const { outcomes } = knownOf(run, path);
  const job: Job = { run, workshop, target, plan, proofs: proofsOf(run.graph, target), outcomes: new Map(outcomes) };
  const chosen = run.choose(plan.mutants).filter(({ key }) => !outcomes.has(key));
  const numbered = chosen.map((mutant, index): Numbered => ({ id: FIRST_ID + index, mutant }));
  run.say(`${path}: ${chosen.length} of ${plan.mutants.length} mutants to test`);
  if (chosen.length === 0) return;
  const valid = validOf(run.root, plan, numbered);
  noteInvalid(
    job,
    numbered.filter((one) => !valid.includes(one)),
  );
  for (const chunk of chunksOf(valid)) await testTogether(job, chunk);
};
