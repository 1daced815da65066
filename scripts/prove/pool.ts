import { Worker } from "node:worker_threads";
import { z } from "zod";
import { type Finding, VERDICTS, assertionsIn } from "./checker.ts";

/** One contract of a file of proofs. */
export const task = z.object({ root: z.string(), path: z.string(), text: z.string(), contract: z.string() }).readonly();
export type Task = z.infer<typeof task>;

const finding = z.object({
  contract: z.string(),
  line: z.number(),
  start: z.number(),
  end: z.number(),
  condition: z.string(),
  verdict: z.enum(VERDICTS),
  detail: z.string(),
});

const unanswered = ({ text, contract }: Task, detail: string): readonly Finding[] =>
  assertionsIn(text)
    .filter((assertion) => assertion.contract === contract)
    .map((assertion) => ({ ...assertion, verdict: "unanswered", detail }));

/**
 * Proves one contract in a thread. What has no answer after `limitMs` milliseconds, or breaks the compiler, is unanswered.
 */
export const proveInThread = (one: Task, limitMs: number): Promise<readonly Finding[]> =>
  new Promise((resolve) => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: one });
    const giveUp = (why: string): void => {
      resolve(unanswered(one, why));
      void worker.terminate();
    };
    const timer = setTimeout(() => giveUp(`no answer within ${limitMs} ms`), limitMs);
    worker.once("message", (said: unknown) => resolve(z.array(finding).parse(said)));
    worker.once("error", (error: Error) => giveUp(error.message));
    worker.once("exit", () => {
      clearTimeout(timer);
      resolve(unanswered(one, "the solver ended without an answer"));
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
