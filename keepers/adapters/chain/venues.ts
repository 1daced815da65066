import type { Venues } from "../../agents/arbitrage/ports.ts";
import type { Decoders } from "../../core/callRule.ts";
import { decodeV2Swap, decodeV3Swap } from "../../core/calls.ts";
import { sliceBytes } from "../../core/hex.ts";
import { mandateTree } from "../../core/merkle.ts";
import type { Call, Grant } from "../../core/proposal.ts";
import type { Address } from "../../core/units.ts";
import type { Addresses } from "./addresses.ts";
import { keccak } from "./keys.ts";

const readAs = (call: Call, decoders: Decoders) => {
  const v2 = decodeV2Swap(keccak, call);
  if (v2 !== undefined) return { decoder: decoders.v2, key: v2.key };
  const v3 = decodeV3Swap(keccak, call);
  return v3 === undefined ? undefined : { decoder: decoders.v3, key: v3.key };
};

/** Finds routers and grants; the proofs are made once, from the address book's leaves. */
export const venuesOf = ({ pools, leaves, around }: Addresses): Venues => {
  const routers = new Map<Address, Address>(pools.map((pool) => [pool.address, pool.router]));
  const tree = mandateTree(keccak, leaves);
  const grants = new Map<string, Grant>(
    leaves.map((leaf) => {
      const { target, selector, decoder, key, leastClass } = leaf;
      return [`${target}${selector}${decoder}${key}`, { decoder, leastClass, proof: tree.proofOf(leaf) ?? [] }];
    }),
  );
  return {
    routerOf: (pool) => routers.get(pool),
    grantOf: (call) => {
      const read = readAs(call, around.decoders);
      if (read === undefined) return undefined;
      return grants.get(`${call.target}${sliceBytes(call.data, 0, 4)}${read.decoder}${read.key}`);
    },
  };
};
