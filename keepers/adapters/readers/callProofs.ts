import { ZeroAddress, keccak256 } from "ethers";
import type { BookLeaf } from "../../../deployments/schema.ts";
import { readCall } from "../../core/protocols/all.ts";
import { decodeBy } from "../../core/protocols/protocol.ts";
import { type Hex, hex, sliceBytes } from "../../core/hex.ts";
import type { Call, DecodedCall } from "../../core/proposal.ts";
import { buildMandateTree } from "../../../deployments/mandateTree.ts";

const keccak = (data: Hex): Hex => hex(keccak256(data));

/** What a call spends and buys, as the decoders on the chain read it; undefined for a call that none knows. */
export const decodeCall = (call: Call): DecodedCall | undefined => {
  const known = readCall(call);
  return known === undefined ? undefined : decodeBy(keccak, known.protocol, call);
};

/** Proves that the mandate permits one call. */
export type EncodedCallProof = { readonly decoder: string; readonly minClass: number; readonly proof: string[] };

/** The leaf that permits a call, of the lowest class if there are several; undefined when none does. */
export const leafFor = (leaves: readonly BookLeaf[], call: Call): BookLeaf | undefined => {
  const key = decodeCall(call)?.key;
  const fitting = leaves.filter(
    (leaf) =>
      leaf.target.toLowerCase() === call.target &&
      leaf.selector === sliceBytes(call.data, 0, 4) &&
      leaf.key.toLowerCase() === key,
  );
  return [...fitting].sort((a, b) => a.minClass - b.minClass)[0];
};

/** A proof of nothing: the chain then says itself that the mandate does not hold the call. */
const NO_CALL_PROOF: EncodedCallProof = { decoder: ZeroAddress, minClass: 0, proof: [] };

/** The call proofs that a proposal's calls need, from the leaves of the address book. */
export const callProofsFor = (leaves: readonly BookLeaf[], calls: readonly Call[]): EncodedCallProof[] => {
  const tree = buildMandateTree(leaves);
  return calls.map((call) => {
    const leaf = leafFor(leaves, call);
    if (leaf === undefined) return NO_CALL_PROOF;
    return { decoder: leaf.decoder, minClass: leaf.minClass, proof: [...tree.proofOf(leaf)] };
  });
};
