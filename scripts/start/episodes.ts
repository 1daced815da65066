/** What the best trade would bring on the state at the end of a block, after gas, in the base token's units. */
export type BlockValue = { readonly block: number; readonly value: bigint };

/** A run of consecutive blocks with a profit above gas to be had; `value` is the largest of them. */
export type Episode = { readonly first: number; readonly last: number; readonly value: bigint };

/** A trade that was mined in `block`; `profit` after gas. */
export type Taken = { readonly block: number; readonly profit: bigint };

export type Capture = {
  readonly taken: bigint;
  readonly available: bigint;
  /** Taken of available, to four digits; null where there was nothing to take. */
  readonly share: number | null;
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

/** A trade trades on the state that the block before left, so that is the block whose episode it belongs to. */
export const episodeOf = (episodes: readonly Episode[], { block }: Pick<Taken, "block">): Episode | undefined =>
  episodes.find(({ first, last }) => first < block && block <= last + 1);

/** Σ taken ÷ Σ values. What was taken outside of every episode does not count. */
export const captureOf = (episodes: readonly Episode[], trades: readonly Taken[]): Capture => {
  const available = episodes.reduce((sum, { value }) => sum + value, 0n);
  const inside = trades.filter((trade) => episodeOf(episodes, trade) !== undefined);
  const taken = inside.reduce((sum, { profit }) => sum + profit, 0n);
  const share = available === 0n ? null : Number((taken * SCALE) / available) / Number(SCALE);
  return { taken, available, share };
};
