import { type Hex, type Keccak, addressWord, concat, word } from "./hex.ts";
import type { RiskClass } from "./proposal.ts";
import type { Address } from "./units.ts";

/** One permitted call of the mandate, as `IMandate` defines a leaf. */
export type MandateLeaf = {
  readonly target: Address;
  /** Four bytes. */
  readonly selector: Hex;
  readonly decoder: Address;
  /** Hash of every address and pool key that the call names, as the decoder documents it. */
  readonly key: Hex;
  readonly minClass: RiskClass;
};

/** The leaf's hash: twice hashed, so that an inner node can never pass for a leaf. */
export const leafHash = (keccak: Keccak, leaf: MandateLeaf): Hex =>
  keccak(
    keccak(
      concat([
        addressWord(leaf.target),
        `0x${leaf.selector.slice(2).padEnd(64, "0")}`,
        addressWord(leaf.decoder),
        leaf.key,
        word(BigInt(leaf.minClass)),
      ]),
    ),
  );

/** The parent of two nodes, the smaller first, as OpenZeppelin's MerkleProof hashes them. */
const parent = (keccak: Keccak, a: Hex, b: Hex): Hex => keccak(a < b ? concat([a, b]) : concat([b, a]));

/** A tree of permitted calls: its root, and a proof for each leaf. */
export type MandateTree = {
  /** Zero for a tree without leaves, which permits nothing. */
  readonly root: Hex;
  /** The proof of a leaf, or undefined when the tree does not hold it. */
  readonly proofOf: (leaf: MandateLeaf) => readonly Hex[] | undefined;
};

/** Leaves in ascending order of their hashes; a node without a partner moves up as it is. */
const layersOf = (keccak: Keccak, leaves: readonly Hex[]): readonly (readonly Hex[])[] => {
  const layers: (readonly Hex[])[] = [leaves];
  for (let layer = leaves; layer.length > 1;) {
    const above: Hex[] = [];
    for (let i = 0; i < layer.length; i += 2) {
      const [left, right] = [layer[i], layer[i + 1]];
      if (left !== undefined) above.push(right === undefined ? left : parent(keccak, left, right));
    }
    layers.push(above);
    layer = above;
  }
  return layers;
};

/** Builds the tree of `leaves`; the same leaves in any order, or twice, give the same root. */
export const mandateTree = (keccak: Keccak, leaves: readonly MandateLeaf[]): MandateTree => {
  const hashes = [...new Set(leaves.map((leaf) => leafHash(keccak, leaf)))].sort();
  const layers = layersOf(keccak, hashes);
  const positions = new Map(hashes.map((hash, index) => [hash, index]));
  const proofOf = (leaf: MandateLeaf): readonly Hex[] | undefined => {
    const position = positions.get(leafHash(keccak, leaf));
    if (position === undefined) return undefined;
    return layers.slice(0, -1).flatMap((layer, level) => {
      const sibling = layer[(position >> level) ^ 1];
      return sibling === undefined ? [] : [sibling];
    });
  };
  return { root: layers.at(-1)?.[0] ?? word(0n), proofOf };
};

/** Whether `proof` leads from the leaf to `root`; as solady's `MerkleProofLib.verifyCalldata` says it. */
export const verifyLeaf = (
  keccak: Keccak,
  leaf: MandateLeaf,
  { proof, root }: { readonly proof: readonly Hex[]; readonly root: Hex },
): boolean => proof.reduce((node, sibling) => parent(keccak, node, sibling), leafHash(keccak, leaf)) === root;
