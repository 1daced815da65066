import { fork } from "node:child_process";
import { join } from "node:path";
import { z } from "zod";
import { type ProofFinding, VERDICTS, assertionsIn, readProofs } from "./checker.ts";

/** One contract of a file of proofs, by its path under the repository's root. */
export type Task = { readonly path: string; readonly contract: string };

const ONE = join(import.meta.dirname, "one.ts");

const finding = z.object({
  contract: z.string(),
  line: z.number(),
  start: z.number(),
  end: z.number(),
  condition: z.string(),
  verdict: z.enum(VERDICTS),
  detail: z.string(),
});

const unanswered = ({ path, contract }: Task, detail: string): readonly ProofFinding[] =>
  assertionsIn(readProofs(path).text)
    .filter((assertion) => assertion.contract === contract)
    .map((assertion) => ({ ...assertion, verdict: "unanswered", detail }));

/**
 * Proves one contract in a process of its own. What has no answer after `limitMs` milliseconds, or breaks the compiler, is
 * unanswered.
 */
export const proveApart = (task: Task, limitMs: number): Promise<readonly ProofFinding[]> =>
  new Promise((resolve) => {
    const child = fork(ONE, [task.path, task.contract]);
    const timer = setTimeout(() => child.kill(), limitMs);
    child.once("message", (said: unknown) => resolve(z.array(finding).parse(said)));
    child.once("exit", (code) => {
      clearTimeout(timer);
      // Without effect where there was an answer.
      resolve(unanswered(task, code === null ? `no answer within ${limitMs} ms` : "the compiler gave no answer"));
    });
  });

/** Does `work` for each item, `width` at a time. */
export const forEachOf = async <T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> => {
  const rest = [...items];
  const runOne = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, runOne));
};
