/** What a channel keeps of an amount that its payer declared: its ten highest bits, rounded up. */
export const declaredOf = (amount: bigint): bigint => {
  const shift = BigInt(Math.max(0, amount.toString(2).length - 10));
  return ((amount + (1n << shift) - 1n) >> shift) << shift;
};

/** What a payer loses when `total` was claimed of a channel from which it had declared less. */
export const penaltyOf = (total: bigint, declared: bigint): bigint => {
  const kept = declaredOf(declared);
  return total > kept ? (total - kept) / 100n : 0n;
};
