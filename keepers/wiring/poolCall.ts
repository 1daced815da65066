import { venuesOf } from "../adapters/chain/venues.ts";
import type { Addresses } from "../adapters/chain/addresses.ts";
import { poolCallsOf } from "../core/protocols/all.ts";
import type { Call, CallProof } from "../core/proposal.ts";
import type { Address, UnixSeconds } from "../core/units.ts";
import type { Pool } from "../market/pool.ts";

/** A swap through one pool. Amounts in the tokens' units. */
export type PoolOrder = {
  readonly pool: Pick<Pool, "address" | "kind" | "feePips">;
  readonly tokenIn: Address;
  readonly tokenOut: Address;
  readonly amountIn: bigint;
  readonly minOut: bigint;
  readonly deadline: UnixSeconds;
};

/** Makes the treasury's call of a swap with its proof; undefined where the address book or the mandate does not permit it. */
export const poolCaller = (addresses: Addresses) => {
  const venues = venuesOf(addresses);
  return ({ pool, ...order }: PoolOrder): { readonly call: Call; readonly callProof: CallProof } | undefined => {
    const router = venues.routerOf(pool.address);
    if (router === undefined) return undefined;
    const { kind, feePips } = pool;
    const call = poolCallsOf(kind).encode({ ...order, router, recipient: addresses.treasury, feePips });
    const callProof = venues.callProofOf(call);
    return callProof === undefined ? undefined : { call, callProof };
  };
};
