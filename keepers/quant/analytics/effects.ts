/*
 * What became of what strategies wanted. Expected and realised results are US dollars with 18 decimals.
 */

/** One step of a proposal's life. `missed`: something was wanted and not done, with the reason in one word of whoever said it. */
export type StrategyStep = { readonly strategy: string } & (
  | { readonly kind: "proposed" }
  | { readonly kind: "voted"; readonly isFor: boolean }
  | { readonly kind: "executed"; readonly predicted: bigint | undefined; readonly realised: bigint | undefined }
  | { readonly kind: "missed"; readonly why: string }
);

/** `predicted` and `realised`: sums over the executions of which both are known; `compared` counts these. */
export type StrategyRecord = {
  readonly strategy: string;
  readonly proposed: number;
  readonly votesFor: number;
  readonly votesAgainst: number;
  readonly executed: number;
  readonly missed: Readonly<Record<string, number>>;
  readonly compared: number;
  readonly predicted: bigint;
  readonly realised: bigint;
};

const effectOf = (strategy: string): StrategyRecord => ({
  strategy,
  proposed: 0,
  votesFor: 0,
  votesAgainst: 0,
  executed: 0,
  missed: {},
  compared: 0,
  predicted: 0n,
  realised: 0n,
});

const executed = (
  effect: StrategyRecord,
  { predicted, realised }: Extract<StrategyStep, { kind: "executed" }>,
): StrategyRecord => {
  const next = { ...effect, executed: effect.executed + 1 };
  if (predicted === undefined || realised === undefined) return next;
  return {
    ...next,
    compared: next.compared + 1,
    predicted: next.predicted + predicted,
    realised: next.realised + realised,
  };
};

const after = (effect: StrategyRecord, step: StrategyStep): StrategyRecord => {
  if (step.kind === "proposed") return { ...effect, proposed: effect.proposed + 1 };
  if (step.kind === "executed") return executed(effect, step);
  if (step.kind === "missed")
    return { ...effect, missed: { ...effect.missed, [step.why]: (effect.missed[step.why] ?? 0) + 1 } };
  return step.isFor
    ? { ...effect, votesFor: effect.votesFor + 1 }
    : { ...effect, votesAgainst: effect.votesAgainst + 1 };
};

/** The effects after one more step; a strategy appears with its first one. */
export const applyStep = (effects: readonly StrategyRecord[], step: StrategyStep): readonly StrategyRecord[] => {
  const known = effects.some(({ strategy }) => strategy === step.strategy)
    ? effects
    : [...effects, effectOf(step.strategy)];
  return known.map((effect) => (effect.strategy === step.strategy ? after(effect, step) : effect));
};
