import { expect } from "chai";

/**
 * Expects a number within `delta` of another. Chai's `closeTo` is not used for fractions: Hardhat's matchers, once any test
 * of the run has loaded them, turn its arguments into whole numbers and throw.
 */
export const expectNear = (actual: number | undefined, wanted: number, delta: number): void => {
  const distance = Math.abs((actual ?? Number.NaN) - wanted);
  expect(distance <= delta, `${actual} is not within ${delta} of ${wanted}`).to.equal(true);
};
