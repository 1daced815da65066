import { expect } from "chai";
import { type Random, seededRandom } from "../../../../keepers/core/random.ts";
import {
  type TimedBar,
  timedBar,
  volatilityIndex,
  withSample,
} from "../../../../keepers/market/prices/volatilityIndex.ts";

const BAR_SECONDS = 300;
const STEPS = 30;
const BARS = 96;
const YEAR_SECONDS = 365 * 86_400;
const policy = { barSeconds: BAR_SECONDS, windows: [BARS] };
const PATHS = 400;

/** The bars of a geometric Brownian motion of `volatility` a year, with one jump of `jump` log returns in the middle. */
const pathOf = (random: Random, volatility: number, jump: number, count = BARS + 1): readonly TimedBar[] => {
  const step = volatility * Math.sqrt(BAR_SECONDS / STEPS / YEAR_SECONDS);
  let [bars, price]: [readonly TimedBar[], number] = [[], 2_000];
  const total = count * STEPS;
  for (let index = 0; index < total; index += 1) {
    price *= Math.exp(step * random.normal() + (index === Math.floor(total / 2) ? jump : 0));
    const sample = { time: Math.floor((index * BAR_SECONDS) / STEPS), price };
    bars = withSample(bars, sample, { barSeconds: BAR_SECONDS, keep: count });
  }
  return bars;
};

const indexOf = (bars: readonly TimedBar[]): number => {
  const answer = volatilityIndex(bars, policy);
  if (answer.kind !== "ready") throw new Error(`no index: ${answer.have} of ${answer.need}`);
  return answer.index;
};

const ratiosOf = (seed: number, jump: number): readonly number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: PATHS }, (_, index) => {
    const volatility = 0.2 + (index % 10) / 5;
    return indexOf(pathOf(random, volatility, jump)) / volatility;
  });
};

const bar = (start: number, high: number, low: number, steps = STEPS): TimedBar =>
  timedBar({ start, open: low, high, low, close: high, steps });
const regular = (count: number): readonly TimedBar[] =>
  Array.from({ length: count }, (_, index) => bar(index * BAR_SECONDS, 101, 100));

describe("market/prices/volatilityIndex", () => {
  for (const [words, seed, jump] of [
    ["without jumps", 1, 0],
    ["with a jump of a half per cent", 2, 0.005],
    ["with a jump of one per cent", 3, 0.01],
    ["with a crash of twenty per cent", 4, -0.2],
  ] as const) {
    it(`is off by at most 2 % on average and by 10 % on 95 of 100 paths, ${words}`, () => {
      const ratios = ratiosOf(seed, jump);
      const mean = ratios.reduce((total, ratio) => total + ratio, 0) / PATHS;
      const near = ratios.filter((ratio) => Math.abs(ratio - 1) <= 0.1).length / PATHS;
      expect(Math.abs(mean - 1), `bias ${mean - 1}`).to.be.at.most(0.02);
      expect(near, `${near} within 10 %`).to.be.at.least(0.95);
    });
  }

  it("answers the root of the windows' mean variance", () => {
    const calm = regular(10).map((entry) => timedBar({ ...entry, high: 100.1 }));
    const wild = regular(20).slice(10);
    const answer = volatilityIndex([...calm, ...wild], { barSeconds: BAR_SECONDS, windows: [10, 20] });
    if (answer.kind !== "ready") throw new Error("no index");
    const [short = 0, long = 0] = answer.windows;
    expect(short).to.be.greaterThan(long);
    expect(Math.abs(answer.index ** 2 - (short ** 2 + long ** 2) / 2)).to.be.at.most(1e-9);
  });

  it("says what a holder bears, jumps included", () => {
    const crash = pathOf(seededRandom(5), 0.5, -0.2);
    const answer = volatilityIndex(crash, policy);
    if (answer.kind !== "ready") throw new Error("no index");
    expect(Math.abs(answer.index - 0.5)).to.be.at.most(0.1);
    // A fall of a fifth in eight hours, by its square alone.
    const alone = Math.sqrt((0.2 ** 2 * YEAR_SECONDS) / (BARS * BAR_SECONDS));
    expect(Math.abs(answer.withJumps - Math.hypot(alone, 0.5))).to.be.at.most(0.3);
  });

  it("has none until nine of ten pairs of neighbours are there", () => {
    expect(volatilityIndex([], policy)).to.deep.equal({ kind: "too-few-bars", have: 0, need: 86 });
    expect(volatilityIndex(regular(86), policy)).to.deep.equal({ kind: "too-few-bars", have: 85, need: 86 });
    expect(volatilityIndex(regular(87), policy).kind).to.equal("ready");
  });

  it("leaves holes out: a bar that is missing is no calm", () => {
    const all = regular(96);
    const holed = all.filter((_, index) => index !== 50);
    expect(volatilityIndex(holed, policy)).to.deep.equal(volatilityIndex(all, policy));
  });

  it("counts a bar of no step as none", () => {
    const all = regular(96).map((entry, index) => (index === 50 ? timedBar({ ...entry, steps: 0 }) : entry));
    const without = regular(96).filter((_, index) => index !== 50);
    expect(volatilityIndex(all, policy)).to.deep.equal(volatilityIndex(without, policy));
  });

  it("scales a range by the number of its steps, from one step to many", () => {
    // The mean ranges of walks of 1, 2, 3 and 4 normal steps, by Spitzer's identity to ten digits.
    for (const [steps, range] of [
      [1, 0.7978845608],
      [2, 0.9631320188],
      [3, 1.0523514094],
      [4, 1.1107207345],
    ] as const) {
      const bars = Array.from({ length: 96 }, (_, index) => bar(index * BAR_SECONDS, Math.E, 1, steps));
      const perBar = indexOf(bars) / Math.sqrt(YEAR_SECONDS / BAR_SECONDS);
      expect(Math.abs(perBar * range - 1), `${steps} steps`).to.be.at.most(1e-4);
    }
  });
});

describe("market/prices/withSample", () => {
  const placed = (bars: readonly TimedBar[]) =>
    bars.map(({ start, open, high, low, close, steps }) => ({ start, open, high, low, close, steps }));
  const grow = (bars: readonly TimedBar[], time: number, price: number) =>
    withSample(bars, { time, price }, { barSeconds: 10, keep: 3 });

  it("opens a bar at the close of its neighbour, and again after a hole", () => {
    let bars = grow([], 5, 100);
    expect(placed(bars)).to.deep.equal([{ start: 0, open: 100, high: 100, low: 100, close: 100, steps: 0 }]);
    bars = grow(grow(bars, 9, 99), 10, 102);
    expect(placed(bars).at(-1)).to.deep.equal({ start: 10, open: 99, high: 102, low: 99, close: 102, steps: 1 });
    bars = grow(bars, 19, 98);
    expect(placed(bars).at(-1)).to.deep.equal({ start: 10, open: 99, high: 102, low: 98, close: 98, steps: 2 });
    bars = grow(bars, 30, 97);
    expect(placed(bars).at(-1)).to.deep.equal({ start: 30, open: 97, high: 97, low: 97, close: 97, steps: 0 });
  });

  it("keeps so many bars", () => {
    const bars = [0, 10, 20, 30].reduce<readonly TimedBar[]>((list, time) => grow(list, time, 1), []);
    expect(bars.map(({ start }) => start)).to.deep.equal([10, 20, 30]);
  });

  it("changes nothing by what is older than the newest bar, or no price", () => {
    const bars = grow([], 10, 100);
    for (const [time, price] of [
      [9, 100],
      [10, 0],
      [10, -1],
      [10, Number.NaN],
      [10, Infinity],
    ] as const) {
      expect(grow(bars, time, price)).to.equal(bars);
    }
  });
});
