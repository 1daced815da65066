/** What waits to be sent, the oldest first; over the bound the oldest go. */
export type Queue<Item> = {
  readonly add: (item: Item) => void;
  /** Puts items back in front of all others. */
  readonly giveBack: (items: readonly Item[]) => void;
  /** Takes the oldest out. */
  readonly next: (most: number) => readonly Item[];
  readonly isEmpty: () => boolean;
};

/** @param onDrop is told how many did not fit */
export const createQueue = <Item>(most: number, onDrop: (count: number) => void): Queue<Item> => {
  let waiting: Item[] = [];
  const drop = (): void => {
    const over = waiting.length - most;
    if (over <= 0) return;
    waiting = waiting.slice(over);
    onDrop(over);
  };
  return {
    add: (item) => {
      waiting.push(item);
      drop();
    },
    giveBack: (items) => {
      waiting.unshift(...items);
      drop();
    },
    next: (count) => waiting.splice(0, count),
    isEmpty: () => waiting.length === 0,
  };
};
