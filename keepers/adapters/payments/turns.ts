/** Lets one at a time through for each key. */
export type Turns = {
  /** Waits for the turn, at most `mostMs`; the answer ends it, and may be called twice. */
  readonly take: (key: string, mostMs: number) => Promise<() => void>;
};

/** Waits for one of the two. */
const within = async (before: Promise<void>, mostMs: number): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, mostMs);
  });
  await Promise.race([before, late]);
  clearTimeout(timer);
};

/** One after the other, in the order in which they came; who holds a turn for too long is overtaken. */
export const turns = (): Turns => {
  const tails = new Map<string, Promise<void>>();
  return {
    take: async (key, mostMs) => {
      const before = tails.get(key);
      let end = (): void => undefined;
      const tail = new Promise<void>((resolve) => {
        end = resolve;
      });
      tails.set(key, tail);
      if (before !== undefined) await within(before, mostMs);
      return () => {
        end();
        if (tails.get(key) === tail) tails.delete(key);
      };
    },
  };
};
