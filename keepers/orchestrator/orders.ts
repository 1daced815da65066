import type { Address } from "../core/units.ts";
import type { LifecycleCommand } from "./command.ts";
import type { DesiredProcess } from "./fleet.ts";

/** What commands ask of one process, and how far they have come. */
export type StandingOrder = Pick<DesiredProcess, "state" | "restarts"> & { readonly lastSequence: bigint };

/** What commands ask of each process; of one without a command, that it runs. */
export type StandingOrders = ReadonlyMap<Address, StandingOrder>;

export const NO_ORDER: StandingOrder = { state: "running", restarts: 0, lastSequence: 0n };

const changed = (
  { state, restarts }: StandingOrder,
  verb: LifecycleCommand["verb"],
): Pick<StandingOrder, "state" | "restarts"> => {
  if (state === "terminated" || verb === "terminate") return { state: "terminated", restarts };
  if (verb === "pause") return { state: "paused", restarts };
  // Restarting resumes what is paused: its operator wants it to run.
  return { state: "running", restarts: verb === "restart" ? restarts + 1 : restarts };
};

/** The orders after one more command, which was judged before. A termination has no way back. */
export const ordersAfter = (orders: StandingOrders, { account, verb, sequence }: LifecycleCommand): StandingOrders => {
  const before = orders.get(account) ?? NO_ORDER;
  return new Map([...orders, [account, { ...changed(before, verb), lastSequence: sequence }]]);
};
