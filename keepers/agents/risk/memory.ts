import type { RiskMemory } from "./ports.ts";

/** A memory of nothing. */
export const emptyRiskMemory = (): RiskMemory => ({
  answered: new Set(),
  waiting: [],
  slowWaiting: [],
  dropped: 0,
  window: undefined,
  stops: undefined,
  restingUntil: new Map(),
  toldSale: undefined,
});
