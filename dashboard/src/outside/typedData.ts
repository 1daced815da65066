import { type Hex, addressWord, concat, hex, word } from "../../../keepers/core/hex.ts";
import { address } from "../../../keepers/core/units.ts";
import type { HolderDocument } from "../data/documents.ts";
import { hexOf, keccak } from "../data/keccak.ts";

/** A field of a struct of EIP-712. */
export type Field = { readonly name: string; readonly type: "uint256" | "uint8" | "address" | "bytes" };

/** Typed data for a signer: what is signed, and for which contract of which chain. Numbers are decimal strings. */
export type TypedData = {
  readonly domain: {
    readonly name?: string;
    readonly version?: string;
    readonly chainId: number;
    readonly verifyingContract: string;
  };
  readonly primaryType: string;
  readonly fields: readonly Field[];
  readonly message: Readonly<Record<string, string>>;
};

type Place = { readonly contract: string; readonly chainId: number };

const domainOf = (
  { name, version }: HolderDocument["governor"],
  { contract, chainId }: Place,
): TypedData["domain"] => ({
  name,
  version,
  chainId,
  verifyingContract: contract,
});

/** A vote for the governor to count, signed by its voter and sent by anybody. */
export const ballot = (
  holder: HolderDocument,
  place: Place,
  { id, support }: { id: bigint; support: bigint },
): TypedData => ({
  domain: domainOf(holder.governor, place),
  primaryType: "Ballot",
  fields: [
    { name: "proposalId", type: "uint256" },
    { name: "support", type: "uint8" },
    { name: "voter", type: "address" },
    { name: "nonce", type: "uint256" },
  ],
  message: {
    proposalId: id.toString(),
    support: support.toString(),
    voter: holder.account,
    nonce: holder.governor.nonce,
  },
});

/** Whom an account's tokens vote with, signed by the account and sent by anybody. `expiry`: Unix seconds. */
export const delegation = (
  holder: HolderDocument,
  place: Place,
  { delegatee, expiry }: { delegatee: string; expiry: bigint },
): TypedData => ({
  domain: domainOf(holder.token, place),
  primaryType: "Delegation",
  fields: [
    { name: "delegatee", type: "address" },
    { name: "nonce", type: "uint256" },
    { name: "expiry", type: "uint256" },
  ],
  message: { delegatee, nonce: holder.token.nonce, expiry: expiry.toString() },
});

const DOMAIN_FIELDS = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "verifyingContract", type: "address" },
] as const;

/** The fields of a domain that it has, in the order of EIP-712. */
const domainFields = (domain: TypedData["domain"]) => DOMAIN_FIELDS.filter(({ name }) => domain[name] !== undefined);

/** The data as wallets and command lines take it (`eth_signTypedData_v4`). */
export const typedDataJson = ({ domain, primaryType, fields, message }: TypedData): string =>
  JSON.stringify(
    { types: { EIP712Domain: domainFields(domain), [primaryType]: fields }, primaryType, domain, message },
    undefined,
    2,
  );

const textHash = (text: string): Hex => keccak(hexOf(new TextEncoder().encode(text)));

const typeOf = (name: string, fields: readonly { readonly name: string; readonly type: string }[]): Hex =>
  textHash(`${name}(${fields.map((field) => `${field.type} ${field.name}`).join(",")})`);

/** What is signed: the digest that EIP-712 makes of the data. */
export const digestOf = ({ domain, primaryType, fields, message }: TypedData): Hex => {
  const domainHash = keccak(
    concat([
      typeOf("EIP712Domain", domainFields(domain)),
      ...[domain.name, domain.version].flatMap((text) => (text === undefined ? [] : [textHash(text)])),
      word(BigInt(domain.chainId)),
      addressWord(address(domain.verifyingContract)),
    ]),
  );
  const words = fields.map(({ name, type }) => {
    const value = message[name] ?? "0";
    if (type === "bytes") return keccak(hex(value));
    return type === "address" ? addressWord(address(value)) : word(BigInt(value));
  });
  return keccak(concat([hex("0x1901"), domainHash, keccak(concat([typeOf(primaryType, fields), ...words]))]));
};
