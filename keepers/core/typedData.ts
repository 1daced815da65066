import { type Hex, type Keccak, addressWord, concat, word } from "./hex.ts";
import type { Address } from "./units.ts";

const DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";

/** ASCII text as bytes. */
export const ascii = (text: string): Hex =>
  `0x${Array.from(text, (char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join("")}`;

/** Where a signature counts: one contract on one chain. */
export type TypedDomain = {
  readonly name: string;
  readonly version: string;
  readonly chainId: bigint;
  readonly verifyingContract: Address;
};

/** The type hash of a struct, as EIP-712 defines it. */
export const typeHash = (keccak: Keccak, type: string): Hex => keccak(ascii(type));

/** The domain separator, as EIP-712 defines it. */
export const domainSeparator = (keccak: Keccak, { name, version, chainId, verifyingContract }: TypedDomain): Hex =>
  keccak(
    concat([
      typeHash(keccak, DOMAIN_TYPE),
      keccak(ascii(name)),
      keccak(ascii(version)),
      word(chainId),
      addressWord(verifyingContract),
    ]),
  );

/** What is signed: the hash of a struct under a domain. */
export const typedDigest = (keccak: Keccak, separator: Hex, structHash: Hex): Hex =>
  keccak(concat(["0x1901", separator, structHash]));
