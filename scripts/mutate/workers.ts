import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { type Answer, ENDLESS, type Question, answer } from "./messages.ts";
import { type Workshop } from "./workshop.ts";

/** A process that tests mutants. */
export type Worker = {
  /** Its answer, or nothing when it takes longer than that, or more memory than any test. @throws Error when it breaks down */
  readonly ask: (asked: Question, limitMs: number) => Promise<Answer | undefined>;
  readonly stop: () => void;
};

const answerOf = (child: ChildProcess, limitMs: number): Promise<Answer | undefined> =>
  new Promise((resolve, reject) => {
    const done = (act: () => void): void => {
      clearTimeout(timer);
      child.off("message", onMessage);
      child.off("exit", onExit);
      act();
    };
    const onMessage = (said: unknown): void => done(() => resolve(answer.parse(said)));
    const onExit = (code: number | null): void =>
      done(() => (code === ENDLESS ? resolve(undefined) : reject(new Error("a worker has ended by itself"))));
    const timer = setTimeout(() => {
      done(() => resolve(undefined));
      child.kill("SIGKILL");
    }, limitMs);
    child.on("message", onMessage);
    child.on("exit", onExit);
  });

/** Starts one in the copy, with the copy's own configuration and tests. */
export const startWorker = ({ folder }: Workshop): Worker => {
  const child = fork(join(folder, "scripts/mutate/worker.ts"), {
    cwd: folder,
    execArgv: ["--import", "tsx"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const ask = async (asked: Question, limitMs: number): Promise<Answer | undefined> => {
    const answered = answerOf(child, limitMs);
    child.send(asked);
    const said = await answered;
    if (said?.kind === "broken") throw new Error(said.reason);
    return said;
  };
  return { ask, stop: () => child.kill("SIGKILL") };
};
