import type { Venues } from "../../agents/arbitrage/ports.ts";
import { mandateTree } from "../../core/merkle.ts";
import { decodeBy, selectorOf } from "../../core/protocols/protocol.ts";
import type { Grant } from "../../core/proposal.ts";
import type { Address } from "../../core/units.ts";
import type { Addresses } from "./addresses.ts";
import { keccak } from "./keys.ts";

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
      for (const [decoder, protocol] of around.decoders) {
        const decoded = decodeBy(keccak, protocol, call);
        if (decoded !== undefined) return grants.get(`${call.target}${selectorOf(call)}${decoder}${decoded.key}`);
      }
      return undefined;
    },
  };
};
