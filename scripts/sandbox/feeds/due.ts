import { type FeedName, type Reading, type UpdateRule, FEEDS } from "../oracles.ts";
import { distancePips } from "../sizing.ts";

/** Tells the feeds that are due by a rule, and remembers what was written of them. */
export type Due = {
  readonly of: (reading: Reading) => readonly FeedName[];
  readonly wrote: (feeds: readonly FeedName[], reading: Reading) => void;
};

/** A feed is due at its rule's deviation or age, and never with a time that is not newer than the one it has. */
export const dueBy = (rule: UpdateRule, first: Reading): Due => {
  const written = new Map(FEEDS.map((feed) => [feed, { value: first.values[feed], timestamp: first.timestamp }]));
  return {
    of: ({ values, timestamp }) =>
      FEEDS.filter((feed) => {
        const last = written.get(feed);
        if (last === undefined) return true;
        if (timestamp <= last.timestamp) return false;
        const isOld = timestamp - last.timestamp >= rule.heartbeatSeconds;
        return isOld || distancePips(last.value, values[feed]) >= rule.deviationPips;
      }),
    wrote: (feeds, { values, timestamp }) => {
      for (const feed of feeds) written.set(feed, { value: values[feed], timestamp });
    },
  };
};
