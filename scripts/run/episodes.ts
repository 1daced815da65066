/** What the best trade would bring on the state at the end of a block, after gas, in the base token's units. */
export type BlockValue = { readonly block: number; readonly value: bigint };

/** A run of consecutive blocks with a profit above gas to be had; `value` is the largest of them. */
export type Episode = { readonly first: number; readonly last: number; readonly value: bigint };

/** A trade that was mined in `block`; `profit` after gas. */
export type Taken = { readonly block: number; readonly profit: bigint };

export type Capture = {
  readonly taken: bigint;
  readonly available: bigint;
  /**
   * Taken of available, to four digits; null where there was nothing to take. Above one when several trades were made in
   * one episode, since the episode counts with its largest only.
   */
  readonly share: number | null;
  /** The same with no episode counted above its value: a rich one cannot make up for one that was missed. */
  readonly cappedShare: number | null;
};

const SCALE = 10_000n;

/** The gap episodes of a run. @param values in ascending order of blocks; a missing block ends an episode */
export const episodesOf = (values: readonly BlockValue[]): readonly Episode[] => {
  const episodes: Episode[] = [];
  for (const { block, value } of values) {
    if (value <= 0n) continue;
    const open = episodes.at(-1);
    if (open?.last === block - 1) {
      episodes[episodes.length - 1] = { ...open, last: block, value: value > open.value ? value : open.value };
    } else episodes.push({ first: block, last: block, value });
  }
  return episodes;
};

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

/**
 * Σ taken ÷ Σ values. A trade trades on the state that the block before it left, so that block's episode is the one that it
 * belongs to. What was taken outside of every episode does not count.
 */
export const captureOf = (episodes: readonly Episode[], trades: readonly Taken[]): Capture => {
  const available = sum(episodes.map(({ value }) => value));
  const byEpisode = episodes.map(({ first, last, value }) => {
    const inside = trades.filter(({ block }) => first < block && block <= last + 1);
    return { value, taken: sum(inside.map(({ profit }) => profit)) };
  });
  const taken = sum(byEpisode.map((episode) => episode.taken));
  const capped = sum(byEpisode.map((episode) => (episode.taken > episode.value ? episode.value : episode.taken)));
  const shareOf = (part: bigint): number | null =>
    available === 0n ? null : Number((part * SCALE) / available) / Number(SCALE);
  return { taken, available, share: shareOf(taken), cappedShare: shareOf(capped) };
};
