import { type Allocation, type AllocationInput, type Goal, type TradeCosts, allocate } from "./allocate.ts";

/** Nothing is traded: what the best allocation would gain a period does not pay for the fixed cost of going there. */
export type Rest = {
  readonly kind: "rest";
  readonly weightsBps: readonly number[];
  readonly gain: number;
  readonly fixedCost: number;
};

/** What is held, as limits that leave nothing else. Where it breaks a cap they contradict one another. */
const onlyWhatIsHeld = ({ limits }: AllocationInput, { heldBps }: TradeCosts): AllocationInput["limits"] => ({
  ...limits,
  capsBps: limits.capsBps.map((cap, i) => Math.min(cap, heldBps[i] ?? 0)),
});

/**
 * The best allocation, unless the way there costs more than it gains. Costs that grow with the trade are part of the objective;
 * gas does not grow with it, so that both ends are solved and compared.
 * @param fixedCost gas of the trades as a part of the whole value, divided by the periods of holding
 */
export const allocateOrRest = (
  input: AllocationInput & { readonly costs: TradeCosts },
  goal: Goal,
  fixedCost: number,
): Allocation | Rest => {
  const best = allocate(input, goal);
  if (best.kind !== "allocated") return best;
  const kept = allocate({ ...input, limits: onlyWhatIsHeld(input, input.costs) }, goal);
  // What is held breaks a limit, or is no allocation at all: resting is no choice.
  if (kept.kind !== "allocated") return best;
  const gain = kept.objective - best.objective;
  return gain > fixedCost ? best : { kind: "rest", weightsBps: input.costs.heldBps, gain, fixedCost };
};
