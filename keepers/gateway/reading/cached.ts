import { RetryableError } from "../../core/errors.ts";
import type { GatewayClock } from "./clock.ts";

/** A reading that was made, and when. */
export type TimedValue<T> = { readonly value: T; readonly readMs: number };

/**
 * A reading of the chain that is made when somebody asks, never twice at once. A kept one is given at once and made again
 * behind it when it is older than `freshMs`: nobody waits for the chain but who asks first.
 */
export type CachedReading<T> = {
  /** @throws RetryableError why there is none: the chain does not answer and never has */
  readonly get: () => Promise<TimedValue<T>>;
  /** What is kept; undefined before the first reading. */
  readonly peek: () => TimedValue<T> | undefined;
  /** Why the last reading failed; undefined when it did not. */
  readonly trouble: () => string | undefined;
};

export type CachedOptions<T> = {
  readonly read: () => Promise<T>;
  /** In milliseconds: how old a reading may be before it is made again, and how long one may take. */
  readonly freshMs: number;
  readonly deadlineMs: number;
  readonly clock: Pick<GatewayClock, "nowMs" | "within">;
  readonly reasonOf: (error: unknown) => string;
  /** Told each reading once it is made, also where nobody waits for it. Never throws. */
  readonly onRead?: (value: T) => void;
};

export const createCached = <T>(options: CachedOptions<T>): CachedReading<T> => {
  const { read, freshMs, deadlineMs, clock, reasonOf, onRead } = options;
  let kept: TimedValue<T> | undefined;
  let underway: Promise<TimedValue<T>> | undefined;
  let trouble: string | undefined;
  const tooLate = (): Error => new RetryableError(`the chain did not answer within ${deadlineMs / 1_000} s`);
  /** Whoever waits gives up at the deadline; the reading itself goes on, and no second one begins beside it. */
  const readNow = async (): Promise<TimedValue<T>> => {
    const reading = read().then((value) => {
      kept = { value, readMs: clock.nowMs() };
      trouble = undefined;
      onRead?.(value);
      return kept;
    });
    const end = (): void => {
      underway = undefined;
    };
    reading.then(end, end);
    try {
      return await clock.within(deadlineMs, reading, tooLate);
    } catch (error) {
      trouble = reasonOf(error);
      throw new RetryableError(trouble, { cause: error });
    }
  };
  const start = (): Promise<TimedValue<T>> => {
    underway ??= readNow();
    // Whoever is given the kept reading does not wait for this one, and its failure is told by `trouble`.
    underway.catch(() => undefined);
    return underway;
  };
  const get = (): Promise<TimedValue<T>> => {
    if (kept === undefined) return start();
    if (clock.nowMs() - kept.readMs >= freshMs) void start();
    return Promise.resolve(kept);
  };
  return { get, peek: () => kept, trouble: () => trouble };
};
