const SQRT_PI = Math.sqrt(Math.PI);

/** `erfc` for arguments of at least 3 by Lentz's continued fraction. */
const tailByFraction = (x: number): number => {
  let value = 0;
  for (let k = 60; k >= 1; k -= 1) value = k / 2 / (x + value);
  return Math.exp(-x * x) / (SQRT_PI * (x + value));
};

/** `erf` for arguments below 3 by its series. */
const bodyBySeries = (x: number): number => {
  let [term, sum] = [x, x];
  for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(sum); k += 1) {
    term *= -(x * x) / k;
    sum += term / (2 * k + 1);
    if (k > 200) break;
  }
  return (2 / SQRT_PI) * sum;
};

/** The complementary error function, to some 10⁻¹³. */
export const erfc = (x: number): number => {
  if (x < 0) return 2 - erfc(-x);
  return x < 3 ? 1 - bodyBySeries(x) : tailByFraction(x);
};

/** The standard normal distribution function. */
export const normalCdf = (x: number): number => erfc(-x / Math.SQRT2) / 2;

export const normalDensity = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/**
 * The standard normal quantile, by bisection that Newton's method shortens.
 * @throws RangeError unless 0 < p < 1
 */
export const normalQuantile = (p: number): number => {
  if (!(p > 0 && p < 1)) throw new RangeError(`a quantile needs a level above 0 and below 1, got ${p}`);
  let [low, high, x] = [-40, 40, 0];
  for (let pass = 0; pass < 200 && high - low > 1e-15; pass += 1) {
    const excess = normalCdf(x) - p;
    if (excess > 0) high = x;
    else low = x;
    const next = x - excess / normalDensity(x);
    const isInside = next > low && next < high;
    if (isInside && Math.abs(next - x) < 1e-15) return next;
    x = isInside ? next : (low + high) / 2;
  }
  return x;
};

/** The probability that χ² with one degree of freedom is at least x. */
export const chiSquareTail1 = (x: number): number => (x <= 0 ? 1 : erfc(Math.sqrt(x / 2)));

/** The same with two degrees of freedom. */
export const chiSquareTail2 = (x: number): number => (x <= 0 ? 1 : Math.exp(-x / 2));

/** The probability of at most `most` hits among `trials` that hit with probability p each. */
export const binomialCdf = (most: number, trials: number, p: number): number => {
  const odds = Math.log(p / (1 - p));
  let [logMass, sum] = [trials * Math.log1p(-p), 0];
  for (let hits = 0; hits <= Math.min(most, trials); hits += 1) {
    sum += Math.exp(logMass);
    logMass += Math.log((trials - hits) / (hits + 1)) + odds;
  }
  return Math.min(1, sum);
};
