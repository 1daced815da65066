import { deferred } from "../core/deferred.ts";
import { FatalError } from "../core/errors.ts";

/** How a loop does; counters since its start. */
export type LoopHealth = {
  readonly ticks: number;
  readonly failures: number;
  /** Wakes that came while a tick ran and were served by the next one. */
  readonly coalesced: number;
  readonly late: number;
};

export type LoopOptions = {
  readonly tick: () => Promise<void>;
  /** Ends the loop; a tick under way is waited for. */
  readonly signal: AbortSignal;
  /** A tick that takes longer is reported. It is not cut off: two ticks at once would be worse. */
  readonly deadlineMs: number;
  readonly nowMs: () => number;
  readonly onTrouble: (what: string) => void;
};

export type Loop = {
  /** Asks for a tick. Asked for again while one runs, there is exactly one more after it. */
  readonly wake: () => void;
  readonly health: () => LoopHealth;
  /** Resolves when the loop has ended. @throws FatalError when a tick threw one: the process must stop */
  readonly done: Promise<unknown>;
};

const describe = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
};

/** Runs any tick, one at a time, whenever it is woken. A failure is reported and forgotten: the next wake is a new try. */
export const startLoop = ({ tick, signal, deadlineMs, nowMs, onTrouble }: LoopOptions): Loop => {
  const ended = deferred<undefined>();
  const count = { ticks: 0, failures: 0, coalesced: 0, late: 0 };
  let [running, wanted] = [false, false];

  const runOnce = async (): Promise<void> => {
    const startedAt = nowMs();
    count.ticks += 1;
    try {
      await tick();
    } catch (error) {
      if (error instanceof FatalError) throw error;
      count.failures += 1;
      onTrouble(describe(error));
    }
    const tookMs = nowMs() - startedAt;
    if (tookMs <= deadlineMs) return;
    count.late += 1;
    onTrouble(`a tick took ${Math.round(tookMs)} ms`);
  };
  const run = async (): Promise<void> => {
    running = true;
    while (wanted && !signal.aborted) {
      wanted = false;
      await runOnce();
    }
    running = false;
    if (signal.aborted) ended.resolve(undefined);
  };
  const wake = (): void => {
    if (signal.aborted) return;
    if (running && wanted) count.coalesced += 1;
    wanted = true;
    if (!running) run().catch(ended.reject);
  };
  signal.addEventListener("abort", () => {
    if (!running) ended.resolve(undefined);
  });
  if (signal.aborted) ended.resolve(undefined);
  return { wake, health: () => ({ ...count }), done: ended.promise };
};
