import { performance } from "node:perf_hooks";
import { seededRandom } from "../../../keepers/core/random.ts";
import { type PricedAsset, EMPTY_BOOK, volatilityOf, withStep } from "../../../keepers/market/prices/volatilityBook.ts";

/** Assets whose volatility is brought up to date at once. */
export const VOLATILE_ASSETS = 100;

const SEED = 48;
const STEP_SECONDS = 2;
/** An hour and some minutes, so that every window is full. */
const WARM_UP = 2_000;
const ROUNDS = 300;
const STEP_VOLATILITY = 0.0003;

/** The median time of one step: a new price of each asset, then the index of each and of the book. In milliseconds. */
export const volatilityMs = (): number => {
  const random = seededRandom(SEED);
  const prices = Array.from({ length: VOLATILE_ASSETS }, () => 100);
  let [book, time] = [EMPTY_BOOK, 0];
  const next = (): readonly PricedAsset[] => {
    time += STEP_SECONDS;
    return prices.map((price, index) => {
      const moved = price * Math.exp(STEP_VOLATILITY * random.normal());
      prices[index] = moved;
      return { asset: `asset ${index}`, price: moved, held: 1 };
    });
  };
  for (let step = 0; step < WARM_UP; step += 1) book = withStep(book, next(), time);
  const took = Array.from({ length: ROUNDS }, () => {
    const assets = next();
    const before = performance.now();
    book = withStep(book, assets, time);
    const ready = [...book.bars.values(), book.bookBars].filter((bars) => volatilityOf(bars).kind === "ready").length;
    const after = performance.now();
    if (ready !== VOLATILE_ASSETS + 1) throw new Error(`only ${ready} of the indices are ready`);
    return after - before;
  });
  return took.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? 0;
};
