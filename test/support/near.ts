import { expect } from "chai";

/**
 * Expects a number within `delta` of another. Chai's `closeTo` is not used for fractions: Hardhat's matchers, once any test
 * of the run has loaded them, turn its arguments into whole numbers and throw.
 */
export const expectNear = (actual: number, wanted: number, delta: number): void => {
  expect(Math.abs(actual - wanted) <= delta, `${actual} is not within ${delta} of ${wanted}`).to.equal(true);
};
