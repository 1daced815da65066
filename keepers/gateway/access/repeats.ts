/** A request that may come twice: of whom, on which route, under which key of theirs, and what it says. */
export type Repeatable = {
  readonly by: string;
  readonly route: string;
  /** What the requester calls it (`Idempotency-Key`); undefined for a request that is always carried out. */
  readonly key: string | undefined;
  readonly content: string;
};

export type Repeats<T> = {
  /**
   * Carries a request out, once for each key within a day: a copy gets what the first one got, also while that is under way. A key that
   * stands for another request already is refused.
   */
  readonly once: (asked: Repeatable, work: () => Promise<T>) => Promise<T | "key-reused">;
};

const DAY_MS = 86_400_000;
/** How many keys are remembered at the most; the oldest give way. */
const MAX_KEYS = 10_000;

type Kept<T> = { readonly content: string; readonly answer: Promise<T>; readonly untilMs: number };

/**
 * Remembers requests by their keys, in memory alone.
 * @param hasEffect whether an answer stands for something that was done; what was refused or failed may be tried again under its key
 */
export const createRepeats = <T>(nowMs: () => number, hasEffect: (answer: T) => boolean): Repeats<T> => {
  const kept = new Map<string, Kept<T>>();
  const forget = (): void => {
    for (const [name, { untilMs }] of kept) {
      if (untilMs > nowMs() && kept.size < MAX_KEYS) return;
      kept.delete(name);
    }
  };
  const begin = async (name: string, content: string, work: () => Promise<T>): Promise<T> => {
    const answer = work();
    kept.set(name, { content, answer, untilMs: nowMs() + DAY_MS });
    try {
      const told = await answer;
      if (!hasEffect(told)) kept.delete(name);
      return told;
    } catch (error) {
      kept.delete(name);
      throw error;
    }
  };
  return {
    once: ({ by, route, key, content }, work) => {
      if (key === undefined) return work();
      forget();
      const name = JSON.stringify([by, route, key]);
      const before = kept.get(name);
      if (before === undefined) return begin(name, content, work);
      return before.content === content ? before.answer : Promise.resolve("key-reused");
    },
  };
};
