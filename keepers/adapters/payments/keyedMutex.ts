/** Lets one at a time through for each key. */
export type KeyedMutex = {
  /** Waits for the turn, at most `maxMs`; the answer ends it, and may be called twice. */
  readonly take: (key: string, maxMs: number) => Promise<() => void>;
};

/** Waits for one of the two. */
const within = async (before: Promise<void>, maxMs: number): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, maxMs);
  });
  await Promise.race([before, late]);
  clearTimeout(timer);
};

/** One after the other, in the order in which they came; who holds a turn for too long is overtaken. */
export const keyedMutex = (): KeyedMutex => {
  const tails = new Map<string, Promise<void>>();
  return {
    take: async (key, maxMs) => {
      const before = tails.get(key);
      let end = (): void => undefined;
      const tail = new Promise<void>((resolve) => {
        end = resolve;
      });
      tails.set(key, tail);
      if (before !== undefined) await within(before, maxMs);
      return () => {
        end();
        if (tails.get(key) === tail) tails.delete(key);
      };
    },
  };
};
