import type { Mandate } from "../../types/index.ts";

/** Creating a slot costs at least 20,000 more than finding it there, and all else of `prime` less than 40,000. */
const PRIMED_GAS = 40_000n;

/** Whether an agent's first trade in an asset finds its buckets, by what priming them again would cost. */
export const isPrimed = async (mandate: Mandate, agentId: bigint, asset: string): Promise<boolean> =>
  (await mandate.prime.estimateGas(agentId, asset)) <= PRIMED_GAS;
