import { Counter, Gauge, Histogram, type Registry } from "prom-client";

const SECONDS = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Makes figures in a registry: the name, what it says, and its labels. */
export const makerOf = (registry: Registry) => {
  const registers = [registry];
  return {
    gauge: (name: string, help: string, ...labelNames: string[]) => new Gauge({ name, help, labelNames, registers }),
    counter: (name: string, help: string, ...labelNames: string[]) =>
      new Counter({ name, help, labelNames, registers }),
    histogram: (name: string, help: string, ...labelNames: string[]) =>
      new Histogram({ name, help, labelNames, buckets: SECONDS, registers }),
  };
};
export type FigureMaker = ReturnType<typeof makerOf>;
