import type { Random } from "../../keepers/core/random.ts";
import { dataText } from "./quantData.ts";

/** A recorded day: its date and the closing tick of each of its 1,440 minutes. */
export type RecordedDay = { readonly date: string; readonly ticks: readonly number[] };

export const recordedDays = (): readonly RecordedDay[] =>
  dataText("recorded/closing-ticks.csv")
    .trim()
    .split("\n")
    .map((line) => {
      const [date = "", ...ticks] = line.split(",");
      return { date, ticks: ticks.map(Number) };
    });

const TICK = Math.log(1.0001);

/** Log returns of the price of WETH in USDC, which falls as ticks rise. */
export const returnsOfTicks = (ticks: readonly number[]): readonly number[] =>
  ticks.slice(1).map((tick, i) => ((ticks[i] ?? tick) - tick) * TICK);

/** A draw of Student's t with five degrees of freedom, scaled to variance one. */
const studentT5 = ({ normal }: Random): number => {
  let chi = 0;
  for (let i = 0; i < 5; i += 1) {
    const draw = normal();
    chi += draw * draw;
  }
  return normal() / Math.sqrt(chi / 3);
};

/** Returns of a GARCH(1,1) with t₅ innovations: their variance moves, and their tails are fat. */
export const garchPath = (random: Random, length: number): readonly number[] => {
  const [alpha, beta, level] = [0.08, 0.9, 1e-6];
  let variance = level;
  return Array.from({ length }, () => {
    const value = Math.sqrt(variance) * studentT5(random);
    variance = level * (1 - alpha - beta) + alpha * value * value + beta * variance;
    return value;
  });
};
