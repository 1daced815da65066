import { type Agreement, type FeedRule, type RawAnswer, agree } from "../../../keepers/market/prices/agreement.ts";
import { type Random, seededRandom } from "../../../keepers/core/random.ts";

/** A source as its makers run it. Its deviation is a share of the price; seconds otherwise. */
type Feed = {
  readonly deviation: number;
  readonly heartbeat: number;
  /** From the market to the chain. */
  readonly delay: number;
  /** Standard deviation of what its publishers see, as a share of the price. */
  readonly noise: number;
};

/** A fault of one source, or of all at a time. */
export type SimulatedFault = "none" | "dead" | "stuck" | "lie-far" | "lie-near" | "unsure" | "ahead" | "all-late";
export const SINGLE_FAULTS = ["dead", "stuck", "lie-far", "lie-near", "unsure", "ahead"] as const;

/** What the answers of many paths were. Widths and errors in basis points of the true price. */
export type Calibration = {
  readonly fault: string;
  readonly paths: number;
  /** Paths at whose end there was a price. */
  readonly answers: number;
  /** Answers whose band did not hold the true price. */
  readonly outside: number;
  /** From the lower to the upper end. */
  readonly medianBand: number;
  /** 99 of 100 middles lay nearer to the true price. */
  readonly error99: number;
  readonly meanConfidence: number;
};

/** API3, RedStone and Pyth as on Sei: deviations of 0.5 % and 0.5 %, and one that is paid for each minute. */
const FEEDS: readonly Feed[] = [
  { deviation: 0.005, heartbeat: 86_400, delay: 6, noise: 0.0003 },
  { deviation: 0.005, heartbeat: 21_600, delay: 4, noise: 0.0003 },
  { deviation: 0.003, heartbeat: 60, delay: 2, noise: 0.0002 },
];
/** Each deviation with the room that its feed's delay and noise want. */
const RULE: FeedRule = {
  quorum: 2,
  maxBandBps: 500n,
  sources: [
    { maxAge: 90_000n, deviationBps: 53n },
    { maxAge: 25_200n, deviationBps: 53n },
    { maxAge: 600n, deviationBps: 35n },
  ],
};
const YEAR_SECONDS = 365 * 86_400;
const STEPS = 300;
/** A volatile coin's, for a year, and how often an hour it jumps by a per cent or so. */
const VOLATILITY = 1.2;
const JUMPS_PER_HOUR = 0.5;
const JUMP = 0.01;
const NOW = 1_700_000_000;
const UNIT = 1e9;
const ALL_LATE_SECONDS = 120;
const PERCENTILE = 0.99;

type Path = readonly number[];

const pathOf = (random: Random): Path => {
  const step = VOLATILITY / Math.sqrt(YEAR_SECONDS);
  const path = [1];
  for (let second = 1; second <= STEPS; second += 1) {
    const jump = random.uniform() < JUMPS_PER_HOUR / 3_600 ? JUMP * random.normal() : 0;
    path.push((path[second - 1] ?? 1) * Math.exp(step * random.normal() + jump));
  }
  return path;
};

/** The last value that a feed wrote, and its second on the path, which is negative where it is older than that. */
const lastWrite = (feed: Feed, path: Path, random: Random): { readonly value: number; readonly at: number } => {
  // At the path's beginning the feed stands anywhere that its rule allows.
  let value = 1 + feed.deviation * (2 * random.uniform() - 1);
  let at = -Math.floor(random.uniform() * feed.heartbeat);
  for (let second = feed.delay; second <= STEPS; second += 1) {
    const seen = (path[second - feed.delay] ?? 1) * (1 + feed.noise * random.normal());
    if (Math.abs(seen / value - 1) < feed.deviation && second - at < feed.heartbeat) continue;
    [value, at] = [seen, second];
  }
  return { value, at };
};

const toUnits = (value: number): bigint => BigInt(Math.round(value * UNIT)) * 10n ** 9n;

const FAULTY: Readonly<
  Record<Exclude<SimulatedFault, "none" | "all-late">, (honest: number, random: Random) => RawAnswer>
> = {
  dead: () => undefined,
  // It says what was true when it stopped, as if it were new.
  stuck: (_, random) => ({ price: toUnits(1 + 0.1 * random.normal()), updatedAt: BigInt(NOW), interval: 0n }),
  "lie-far": (honest, random) => ({
    price: toUnits(honest * (0.5 + 2 * random.uniform())),
    updatedAt: BigInt(NOW),
    interval: 0n,
  }),
  "lie-near": (honest, random) => ({
    price: toUnits(honest * (1 + 0.02 * (2 * random.uniform() - 1))),
    updatedAt: BigInt(NOW),
    interval: 0n,
  }),
  unsure: (honest, random) => ({
    price: toUnits(honest),
    updatedAt: BigInt(NOW),
    interval: toUnits(honest * random.uniform()),
  }),
  ahead: (honest) => ({ price: toUnits(honest), updatedAt: BigInt(NOW + 2), interval: 0n }),
};

const answersOf = (fault: SimulatedFault, path: Path, random: Random): readonly RawAnswer[] => {
  const late = fault === "all-late" ? ALL_LATE_SECONDS : 0;
  const honest = FEEDS.map((feed) => lastWrite({ ...feed, delay: feed.delay + late }, path, random));
  const bad = Math.floor(random.uniform() * FEEDS.length);
  return honest.map(({ value, at }, index) => {
    if (fault !== "none" && fault !== "all-late" && index === bad) return FAULTY[fault](value, random);
    return { price: toUnits(value), updatedAt: BigInt(NOW - STEPS + at), interval: 0n };
  });
};

type Outcome = { readonly answer: Agreement; readonly truth: number };

const bpsOf = (difference: number, truth: number): number => (difference / truth) * 10_000;
const sorted = (values: readonly number[]): readonly number[] => values.toSorted((a, b) => a - b);
const quantile = (values: readonly number[], share: number): number =>
  sorted(values)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;

const summaryOf = (fault: string, outcomes: readonly Outcome[]): Calibration => {
  const ready = outcomes.filter(({ answer }) => answer.status === "Ready");
  const numbers = ready.map(({ answer: { lower, middle, upper, confidenceBps }, truth }) => ({
    isOutside: toUnits(truth) < lower || toUnits(truth) > upper,
    width: bpsOf(Number(upper - lower) / 1e18, truth),
    error: Math.abs(bpsOf(Number(middle) / 1e18 - truth, truth)),
    confidence: Number(confidenceBps),
  }));
  return {
    fault,
    paths: outcomes.length,
    answers: ready.length,
    outside: numbers.filter(({ isOutside }) => isOutside).length,
    medianBand: quantile(
      numbers.map(({ width }) => width),
      0.5,
    ),
    error99: quantile(
      numbers.map(({ error }) => error),
      PERCENTILE,
    ),
    meanConfidence: numbers.reduce((total, { confidence }) => total + confidence, 0) / Math.max(1, numbers.length),
  };
};

const outcomesOf = (fault: SimulatedFault, paths: number, random: Random): readonly Outcome[] =>
  Array.from({ length: paths }, () => {
    const path = pathOf(random);
    const answer = agree(RULE, answersOf(fault, path, random), BigInt(NOW));
    return { answer, truth: path[STEPS] ?? 1 };
  });

/**
 * How often the true price lies outside the band that three simulated sources make, by fault. Without a fault and with each
 * fault of one source, `paths` in all for those; and as many with all sources late at a time, which nothing promises.
 */
export const calibrate = (paths: number, seed: number): readonly Calibration[] => {
  const random = seededRandom(seed);
  const each = Math.ceil(paths / SINGLE_FAULTS.length);
  const single = SINGLE_FAULTS.map((fault) => ({ fault, outcomes: outcomesOf(fault, each, random) }));
  return [
    summaryOf("none", outcomesOf("none", paths, random)),
    ...single.map(({ fault, outcomes }) => summaryOf(fault, outcomes)),
    summaryOf(
      "any of one source",
      single.flatMap(({ outcomes }) => outcomes),
    ),
    summaryOf("all late by two minutes", outcomesOf("all-late", each, random)),
  ];
};
