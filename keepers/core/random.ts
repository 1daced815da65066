/** Chance as a parameter: the same seed gives the same sequence on every machine. Not for secrets. */
export type Random = {
  /** A double in [0, 1) with 53 random bits. */
  readonly uniform: () => number;
  /** A bigint in [0, limit), each equally likely. */
  readonly below: (limit: bigint) => bigint;
  /** A draw of the standard normal distribution. */
  readonly normal: () => number;
};

const WORD = 2 ** 32;

/** SplitMix32: turns one seed into well-mixed words for the generator's state. */
const splitMix = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let word = state;
    word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
    return (word ^ (word >>> 15)) >>> 0;
  };
};

/** sfc32 (Small Fast Counter, C. Doty-Humphrey): 128 bits of state, passes PractRand. */
const smallFastCounter = (seed: number): (() => number) => {
  const mix = splitMix(seed);
  let [a, b, c, counter] = [mix(), mix(), mix(), 1];
  const next = (): number => {
    const word = (a + b + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + word) >>> 0;
    return word;
  };
  for (let warmUp = 0; warmUp < 12; warmUp += 1) next();
  return next;
};

const belowFrom = (nextWord: () => number, limit: bigint): bigint => {
  if (limit <= 0n) throw new RangeError(`no number in [0, ${limit})`);
  const bits = (limit - 1n).toString(2).length;
  for (;;) {
    let value = 0n;
    for (let drawn = 0; drawn < bits; drawn += 32) value = (value << 32n) | BigInt(nextWord());
    // Drop surplus bits, then reject what is too large: a remainder would favour small numbers.
    value = BigInt.asUintN(bits, value);
    if (value < limit) return value;
  }
};

/**
 * A seeded generator.
 * @param seed any integer; its low 32 bits count
 */
export const seededRandom = (seed: number): Random => {
  const nextWord = smallFastCounter(seed);
  const uniform = (): number => ((nextWord() >>> 5) * 2 ** 26 + (nextWord() >>> 6)) / 2 ** 53;
  return {
    uniform,
    below: (limit) => belowFrom(nextWord, limit),
    // Box and Muller; the half word keeps the logarithm off zero.
    normal: () => Math.sqrt(-2 * Math.log((nextWord() + 0.5) / WORD)) * Math.cos(2 * Math.PI * uniform()),
  };
};
