import { type Condition, CONDITION_KIND, ZERO_ADDRESS } from "./proposal.ts";

const MAX_CONDITIONS = 16;
const BPS = 10_000n;
const MAX_UINT256 = (1n << 256n) - 1n;

const FLOORS: ReadonlySet<number> = new Set([
  CONDITION_KIND.balanceAtLeast,
  CONDITION_KIND.balanceIncreasesAtLeast,
  CONDITION_KIND.healthFactorAtLeast,
]);

/** A floor of nothing and a ceiling of everything demand nothing; a field that the kind does not use must be zero. */
const isValid = ({ kind, subject, holder, amount }: Condition): boolean => {
  if (kind === CONDITION_KIND.valueDecreasesAtMostBps) {
    return subject === ZERO_ADDRESS && holder === ZERO_ADDRESS && amount < BPS;
  }
  if (subject === ZERO_ADDRESS) return false;
  if (kind === CONDITION_KIND.onlyMoves) return holder === ZERO_ADDRESS && amount === 0n;
  if (holder === ZERO_ADDRESS) return false;
  return FLOORS.has(kind) ? amount !== 0n : amount !== MAX_UINT256;
};

/**
 * The index of the first post-condition that the chain refuses, undefined for none: mirrors `PostConditions.firstInvalid`
 * but for one rule. The chain also refuses what cannot be read, which only the chain knows; so it may name an
 * earlier condition, and may refuse where this does not. A dry run of `enact` finds that, and whether conditions hold.
 */
export const firstInvalid = (conditions: readonly Condition[]): number | undefined => {
  const index = conditions.findIndex((condition, i) => i === MAX_CONDITIONS || !isValid(condition));
  return index === -1 ? undefined : index;
};
