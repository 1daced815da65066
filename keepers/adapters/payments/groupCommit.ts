import { FatalError } from "../../core/errors.ts";

/** Hands items on in batches: one batch at a time, and all that came meanwhile in the next. */
export type GroupCommit<T> = {
  /** Resolves when the item's batch is written. @throws FatalError when that failed, or an earlier one did */
  readonly submit: (item: T) => Promise<void>;
  /** Waits until nothing is waiting. */
  readonly idle: () => Promise<void>;
};

type Waiting<T> = { readonly item: T; readonly done: () => void; readonly failed: (error: FatalError) => void };

/** After one failure nothing is written any more: what is on the disk is unknown then. */
export const groupCommit = <T>(write: (batch: readonly T[]) => Promise<void>, what: string): GroupCommit<T> => {
  let waiting: Waiting<T>[] = [];
  let running: Promise<void> | undefined;
  let failure: FatalError | undefined;

  const writeOne = async (batch: readonly Waiting<T>[]): Promise<void> => {
    try {
      if (failure === undefined) await write(batch.map(({ item }) => item));
    } catch (cause) {
      failure = new FatalError(`${what} cannot be written`, { cause });
    }
    for (const { done, failed } of batch) {
      if (failure === undefined) done();
      else failed(failure);
    }
  };

  const run = async (): Promise<void> => {
    // Whatever else is submitted in this turn shares the first write.
    await Promise.resolve();
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await writeOne(batch);
    }
    running = undefined;
  };

  return {
    submit: (item) =>
      new Promise((done, failed) => {
        waiting.push({ item, done, failed });
        running ??= run();
      }),
    idle: async () => running,
  };
};
