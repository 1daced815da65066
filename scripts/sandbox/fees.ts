/** Sei's fee rule as its parameters stood when this was written; governance may move each of them. */
export const SEI_FEES = {
  /** Lowest and highest base fee, in wei per gas. */
  floorWei: 50_000_000_000n,
  capWei: 1_000_000_000_000n,
  /** Gas of a block at which the fee stands still, and the most that a block may use. */
  targetGas: 850_000n,
  limitGas: 12_500_000n,
  /** Largest move of one block, in hundredths of a basis point: +0.75 % for a full block, −0.39 % for an empty one. */
  risePips: 7_500n,
  fallPips: 3_900n,
} as const;

const PIPS = 1_000_000n;

/**
 * Base fee of the next block by Sei's rule: it moves in proportion to how far the last block's gas was from the target.
 * @param baseFee base fee of the last block, in wei per gas
 * @param gasUsed gas that the last block used
 */
export const nextBaseFee = (baseFee: bigint, gasUsed: bigint): bigint => {
  const { floorWei, capWei, targetGas, limitGas, risePips, fallPips } = SEI_FEES;
  const moved =
    gasUsed >= targetGas
      ? baseFee + (baseFee * risePips * (gasUsed - targetGas)) / (PIPS * (limitGas - targetGas))
      : baseFee - (baseFee * fallPips * (targetGas - gasUsed)) / (PIPS * targetGas);
  if (moved < floorWei) return floorWei;
  return moved > capWei ? capWei : moved;
};
