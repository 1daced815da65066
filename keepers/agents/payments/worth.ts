import { gasCostInToken } from "../../market/gas.ts";
import { percentMore } from "../../core/gasPrice.ts";
import type { ValuedOperation } from "./operation.ts";
import type { PaymentsSnapshot } from "./moneySnapshot.ts";

/** Gas that operations take, as far as it can be said before they are simulated. */
export const GAS = {
  claim: 90_000n,
  batch: 60_000n,
  batchEach: 15_000n,
  finalizeClose: 70_000n,
  resolveTimeout: 80_000n,
  record: 95_000n,
  divide: 150_000n,
  divideEach: 15_000n,
} as const;

/** Whether an operation brings more than its gas: `margin` percent more, unless it is urgent. `unpriced`: nobody can say. */
export type Worth = "worth" | "too-dear" | "unpriced";

/**
 * What `gas` costs against what an act brings. An act by rule is always worth it; an urgent one too where no price says
 * otherwise, since to wait is to lose it.
 */
export const worthOf = (
  operation: Pick<ValuedOperation, "token" | "gain" | "isUrgent">,
  gas: bigint,
  {
    view,
    marginPercent,
  }: { readonly view: Pick<PaymentsSnapshot, "rates" | "gasPrice">; readonly marginPercent: bigint },
): Worth => {
  if (operation.gain === undefined) return "worth";
  const rate = view.rates.get(operation.token);
  if (rate === undefined) return operation.isUrgent ? "worth" : "unpriced";
  const cost = gasCostInToken(gas, { gasPrice: view.gasPrice, ...rate });
  return operation.gain > (operation.isUrgent ? cost : percentMore(cost, marginPercent)) ? "worth" : "too-dear";
};
