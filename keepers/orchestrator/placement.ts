/** Where work is: which worker has which item. */
export type Placement = ReadonlyMap<string, string>;

/** Scores an item at a worker: the same everywhere, and as if by chance. FNV-1a over both names, mixed by murmur's finish. */
const scoreOf = (item: string, worker: string): number => {
  let hash = 0x811c9dc5;
  for (const character of `${worker}\u0000${item}`) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};

/**
 * The most that one worker holds: the even share, and so many percent more, in whole items.
 * @param headroomPercent 0 or more; less headroom is more even, and moves more when a worker comes or goes
 */
export const boundOf = (items: number, workers: number, headroomPercent: number): number =>
  Math.ceil((items * (100 + headroomPercent)) / (100 * workers));

type Bid = { readonly item: string; readonly worker: string; readonly score: number };

const byScore = (a: Bid, b: Bid): number =>
  b.score - a.score || (a.item < b.item ? -1 : a.item > b.item ? 1 : a.worker < b.worker ? -1 : 1);

/**
 * Places work that keeps state by rendezvous hashing with bounded load: each item goes to the worker at which it scores
 * highest among those that have room, the highest scores first. Everybody computes the same from the same names, in
 * whatever order they are given. [NX-ORC-04]
 * @param items names, each counted once
 * @param workers names of those that may have work; without any nothing is placed
 */
export const place = (items: readonly string[], workers: readonly string[], headroomPercent = 25): Placement => {
  const [work, team] = [[...new Set(items)], [...new Set(workers)]];
  const placed = new Map<string, string>();
  if (team.length === 0) return placed;
  const bound = boundOf(work.length, team.length, headroomPercent);
  const loads = new Map<string, number>(team.map((worker) => [worker, 0]));
  const bids = work.flatMap((item) => team.map((worker) => ({ item, worker, score: scoreOf(item, worker) })));
  for (const { item, worker } of bids.sort(byScore)) {
    const load = loads.get(worker) ?? 0;
    if (placed.has(item) || load >= bound) continue;
    placed.set(item, worker);
    loads.set(worker, load + 1);
  }
  return placed;
};
