import type { Venues } from "../../agents/arbitrage/ports.ts";
import { mandateTree } from "../../core/merkle.ts";
import { decodeBy, selectorOf } from "../../core/protocols/protocol.ts";
import type { CallProof } from "../../core/proposal.ts";
import type { Address } from "../../core/units.ts";
import type { Addresses } from "./addresses.ts";
import { keccak } from "./keys.ts";

/** Finds routers and call proofs; the Merkle proofs are made once, from the address book's leaves. */
export const venuesOf = ({ pools, leaves, environment }: Addresses): Venues => {
  const routers = new Map<Address, Address>(pools.map((pool) => [pool.address, pool.router]));
  const tree = mandateTree(keccak, leaves);
  const callProofs = new Map<string, CallProof>(
    leaves.map((leaf) => {
      const { target, selector, decoder, key, minClass } = leaf;
      return [`${target}${selector}${decoder}${key}`, { decoder, minClass, proof: tree.proofOf(leaf) ?? [] }];
    }),
  );
  return {
    routerOf: (pool) => routers.get(pool),
    callProofOf: (call) => {
      for (const [decoder, protocol] of environment.decoders) {
        const decoded = decodeBy(keccak, protocol, call);
        if (decoded !== undefined) return callProofs.get(`${call.target}${selectorOf(call)}${decoder}${decoded.key}`);
      }
      return undefined;
    },
  };
};
