import type { Link } from "./link.ts";

/** Replicas have so long to say that they hold what was sent; other messages of ours wait in the meantime. */
const WAIT_MS = 100;
/** So many messages are kept until replicas hold them; of more the oldest are taken for acknowledged by the primary alone. */
const MAX_KEPT = 4_096;

/** Messages that the primary has taken and that could still be lost with it. */
export type Replication<Letter> = {
  /** Remembers what the primary took. */
  readonly note: (letters: readonly Letter[]) => void;
  /**
   * Asks whether enough replicas hold all of it. After a failure nothing is due until `askAgain`, so that a missing
   * replica does not hold up what waits to be sent.
   * @returns how many messages are acknowledged now
   * @throws Error when too few replicas hold it in time, or the connection is lost
   */
  readonly confirm: () => Promise<number>;
  readonly askAgain: () => void;
  /** Whether there is something to ask. */
  readonly isDue: () => boolean;
  /** What must be sent again, since the connection by which it went was lost. */
  readonly takeBack: () => readonly Letter[];
  readonly isEmpty: () => boolean;
};

/** @param replicas that must hold a message before it counts as acknowledged; with 0 the primary's word is enough */
export const createReplication = <Letter>(link: Link, replicas: number): Replication<Letter> => {
  let kept: readonly Letter[] = [];
  let mayAsk = true;
  return {
    note: (letters) => {
      kept = [...kept, ...letters].slice(-MAX_KEPT);
    },
    confirm: async () => {
      const asked = kept;
      mayAsk = false;
      // Nothing else is sent by this connection meanwhile, so the answer is about all that was noted.
      const holders = replicas === 0 ? 0 : await link.client.wait(replicas, WAIT_MS);
      if (holders < replicas) throw new Error(`no replica: ${holders} of ${replicas}`);
      mayAsk = true;
      kept = kept.slice(asked.length);
      return asked.length;
    },
    askAgain: () => {
      mayAsk = true;
    },
    isDue: () => mayAsk && kept.length > 0,
    takeBack: () => {
      const back = kept;
      [kept, mayAsk] = [[], true];
      return back;
    },
    isEmpty: () => kept.length === 0,
  };
};
