import { calibrate } from "./oracles/calibration.ts";
import { oracleGas } from "./oracles/gas.ts";
import { VOLATILE_ASSETS, volatilityMs } from "./oracles/volatility.ts";
import { startWorld } from "./world.ts";

/** One figure of the price sources. */
export type OracleRow = {
  readonly flow: string;
  readonly measure: string;
  readonly unit: string;
  readonly value: number;
};

const PATHS = 100_000;
const SEED = 15;

const gasRows = async (): Promise<readonly OracleRow[]> => {
  const world = await startWorld();
  try {
    return (await oracleGas(world)).flatMap(({ flow, gas, newSlots }) => [
      { flow, measure: "gas", unit: "gas", value: Number(gas) },
      { flow, measure: "new slots", unit: "slots", value: newSlots },
    ]);
  } finally {
    await world.stop();
  }
};

const calibrationRows = (): readonly OracleRow[] =>
  calibrate(PATHS, SEED).flatMap(({ fault, paths, answers, outside, medianBand, error99, meanConfidence }) => [
    { flow: fault, measure: "answers", unit: `of ${paths}`, value: answers },
    { flow: fault, measure: "outside the band", unit: "%", value: (100 * outside) / Math.max(1, answers) },
    { flow: fault, measure: "median band", unit: "bps", value: medianBand },
    { flow: fault, measure: "99 % error", unit: "bps", value: error99 },
    { flow: fault, measure: "mean confidence", unit: "bps", value: meanConfidence },
  ]);

/** Gas of reading and tripping on a local chain, how long a step of the volatility takes, and how well bands hold the truth in simulation. Takes about a minute. */
export const benchOracles = async (): Promise<readonly OracleRow[]> => [
  ...(await gasRows()),
  {
    flow: `volatility of ${VOLATILE_ASSETS} assets and the book`,
    measure: "one update",
    unit: "ms",
    value: volatilityMs(),
  },
  ...calibrationRows(),
];
