const nonNegativeNumerator = (numerator: bigint, denominator: bigint): void => {
  if (numerator < 0n || denominator <= 0n) throw new RangeError(`cannot divide ${numerator} by ${denominator}`);
};

/** floor(a × b ÷ denominator). @throws RangeError for a negative product or a denominator below one */
export const mulDivDown = (a: bigint, b: bigint, denominator: bigint): bigint => {
  const product = a * b;
  nonNegativeNumerator(product, denominator);
  return product / denominator;
};

/** ceil(a × b ÷ denominator). @throws RangeError for a negative product or a denominator below one */
export const mulDivUp = (a: bigint, b: bigint, denominator: bigint): bigint => {
  const product = a * b;
  nonNegativeNumerator(product, denominator);
  return (product + denominator - 1n) / denominator;
};

export const minOf = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const maxOf = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** floor(√n) by Newton's method from above, where it falls monotonically. @throws RangeError when negative */
export const sqrtDown = (n: bigint): bigint => {
  if (n < 0n) throw new RangeError(`no square root of ${n}`);
  if (n === 0n) return 0n;
  let root = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
};
