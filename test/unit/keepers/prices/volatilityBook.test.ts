import { expect } from "chai";
import { seededRandom } from "../../../../keepers/core/random.ts";
import {
  type PricedAsset,
  type VolatilityBook,
  EMPTY_BOOK,
  volatilityOf,
  withStep,
} from "../../../../keepers/market/prices/volatilityBook.ts";

const YEAR_SECONDS = 365 * 86_400;
const STEP_SECONDS = 2;
/** An hour and a minute: all bars of the longest window. */
const STEPS = 1_830;

/** Two assets that move by themselves, held as `heldOf` says at each step. */
const bookOf = (
  seed: number,
  volatilities: readonly [number, number],
  heldOf: (step: number) => readonly [number, number],
): VolatilityBook => {
  const random = seededRandom(seed);
  const prices = [100, 50];
  let book = EMPTY_BOOK;
  for (let step = 0; step < STEPS; step += 1) {
    const assets = prices.map((price, index): PricedAsset => {
      const sigma = (volatilities[index] ?? 0) * Math.sqrt(STEP_SECONDS / YEAR_SECONDS);
      prices[index] = price * Math.exp(sigma * random.normal());
      return { asset: `A${index}`, price: prices[index], held: heldOf(step)[index] ?? 0 };
    });
    book = withStep(book, assets, step * STEP_SECONDS);
  }
  return book;
};
const indexOf = (bars: VolatilityBook["bookBars"]): number => {
  const found = volatilityOf(bars);
  return found.kind === "ready" ? found.index : Number.NaN;
};

describe("market/prices/volatilityBook", () => {
  it("is as volatile as what it holds: one asset's own, and less for two that move by themselves", () => {
    const one = bookOf(1, [0.8, 0.4], () => [3, 0]);
    expect(Math.abs(indexOf(one.bookBars) / indexOf(one.bars.get("A0") ?? []) - 1)).to.be.at.most(1e-6);
    // Half of the worth in each: half of the root of the sum of squares.
    const two = bookOf(2, [0.8, 0.8], () => [1, 2]);
    const wanted = 0.8 / Math.SQRT2;
    expect(Math.abs(indexOf(two.bookBars) / wanted - 1)).to.be.at.most(0.15);
  });

  it("is not moved by what comes in and goes out", () => {
    const still = bookOf(3, [0.5, 0.5], () => [1, 0]);
    const busy = bookOf(3, [0.5, 0.5], (step) => [1 + (step % 7), 0]);
    expect(indexOf(busy.bookBars)).to.equal(indexOf(still.bookBars));
  });

  it("moves by each step's gain over what was held and worth before it", () => {
    const first = withStep(
      EMPTY_BOOK,
      [
        { asset: "A", price: 100, held: 1 },
        { asset: "B", price: 10, held: 10 },
      ],
      0,
    );
    expect(first.level).to.equal(1);
    const second = withStep(
      first,
      [
        { asset: "A", price: 110, held: 1 },
        { asset: "B", price: 10, held: 10 },
      ],
      2,
    );
    expect(Math.abs(second.level - 1.05)).to.be.at.most(1e-12);
  });

  it("has a hole where something that is held has no price, and none for what is not held", () => {
    const priced = (price: number | undefined, held: number): readonly PricedAsset[] => [
      { asset: "A", price: 100, held: 1 },
      { asset: "B", price, held },
    ];
    const start = withStep(withStep(EMPTY_BOOK, priced(10, 1), 0), priced(10, 1), 2);
    const holed = withStep(start, priced(undefined, 1), 4);
    expect(holed.bookBars).to.equal(start.bookBars);
    expect(withStep(holed, priced(20, 1), 6).bookBars, "and the step after it says nothing of the hole").to.equal(
      start.bookBars,
    );
    expect(withStep(start, priced(undefined, 0), 4).bookBars).not.to.equal(start.bookBars);
    expect(withStep(EMPTY_BOOK, priced(10, 1), 0).bookBars).to.deep.equal([]);
  });
});
