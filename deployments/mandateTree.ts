import { AbiCoder, concat, keccak256, solidityPackedKeccak256, toBeHex } from "ethers";

/** One permitted call, as `IMandate` documents a leaf. */
export type LeafFields = {
  /** The contract that may be called. */
  readonly target: string;
  /** The function's four bytes, 0x-prefixed. */
  readonly selector: string;
  /** The contract that reads the call's arguments. */
  readonly decoder: string;
  /** Hash of every address and pool key that the call names, as the decoder documents it. */
  readonly key: string;
  /** The least class of a batch that holds the call: 0 Routine, 1 Elevated, 2 Critical. */
  readonly minClass: number;
};

/** A tree of permitted calls: its root, and the proof of each leaf. */
export type LeafTree = {
  readonly root: string;
  /** @throws RangeError when the tree does not hold `leaf` */
  readonly proofOf: (leaf: LeafFields) => readonly string[];
};

const LEAF_TYPES = ["address", "bytes4", "address", "bytes32", "uint8"] as const;
/** What `Mandate` holds before a root is set: it permits nothing, since no leaf hashes to zero. */
const EMPTY_ROOT = `0x${"0".repeat(64)}`;

const coder = AbiCoder.defaultAbiCoder();

/** The hash of a leaf: `keccak256(bytes.concat(keccak256(abi.encode(target, selector, decoder, key, minClass))))`. */
export const mandateLeaf = (leaf: LeafFields): string =>
  keccak256(
    keccak256(coder.encode([...LEAF_TYPES], [leaf.target, leaf.selector, leaf.decoder, leaf.key, leaf.minClass])),
  );

/** OpenZeppelin's commutative pair hash: the smaller one first, so that a proof needs no directions. */
const hashPair = (a: string, b: string): string => keccak256(BigInt(a) < BigInt(b) ? concat([a, b]) : concat([b, a]));

/** The level above; an odd last node goes up as it is. */
const levelAbove = (nodes: readonly string[]): readonly string[] =>
  nodes.flatMap((node, index) => {
    if (index % 2 === 1) return [];
    const sibling = nodes[index + 1];
    return [sibling === undefined ? node : hashPair(node, sibling)];
  });

const levelsOf = (hashes: readonly string[]): readonly (readonly string[])[] => {
  const levels = [hashes];
  for (let top = hashes; top.length > 1;) {
    top = levelAbove(top);
    levels.push(top);
  }
  return levels;
};

/**
 * Builds the tree of permitted calls whose root `Mandate.setRoot` takes. Leaves are sorted by their hash and doubles
 * dropped, so that the root depends on which calls are permitted and not on their order. No leaves give the root zero.
 */
export const buildMandateTree = (leaves: readonly LeafFields[]): LeafTree => {
  const hashes = [...new Set(leaves.map(mandateLeaf))].sort();
  const levels = levelsOf(hashes);
  const proofOf = (leaf: LeafFields): readonly string[] => {
    const start = hashes.indexOf(mandateLeaf(leaf));
    if (start < 0) throw new RangeError(`the mandate does not hold ${leaf.selector} of ${leaf.target}`);
    return levels.flatMap((nodes, height) => {
      const sibling = nodes[(start >> height) ^ 1];
      return sibling === undefined ? [] : [sibling];
    });
  };
  return { root: levels.at(-1)?.[0] ?? EMPTY_ROOT, proofOf };
};

/* KEYS: what the decoders hash of a call; the leaf of a call holds it. */

/** `Erc20Decoder`: the one address that `approve` or `transfer` names. */
export const erc20Key = (counterparty: string): string => solidityPackedKeccak256(["address"], [counterparty]);

/** `UniswapV2Decoder`: the path's tokens, each as a 32-byte word, as Solidity packs an array. */
export const v2PathKey = (tokens: readonly string[]): string => solidityPackedKeccak256(["address[]"], [[...tokens]]);

/**
 * Tokens and the fee tiers between them (pips), in the v3 router's packed form.
 * @throws RangeError when there is not one tier between each two tokens
 */
export const v3PackedPath = (tokens: readonly string[], fees: readonly bigint[]): string => {
  if (tokens.length < 2 || fees.length !== tokens.length - 1)
    throw new RangeError("not one fee tier between two tokens");
  return concat(
    tokens.flatMap((token, index) => [token, ...fees.slice(index, index + 1).map((fee) => toBeHex(fee, 3))]),
  );
};

/** `UniswapV3Decoder`: the packed path; one pool is a path of two tokens. */
export const v3PathKey = (tokens: readonly string[], fees: readonly bigint[]): string =>
  keccak256(v3PackedPath(tokens, fees));
