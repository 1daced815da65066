/** Pool fees are in pips: millionths of the amount that goes in. */
export const PIPS = 1_000_000n;
