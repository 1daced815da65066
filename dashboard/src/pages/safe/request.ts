import { type Action, dataOf } from "../../outside/action.ts";
import { type KeySignature, packed } from "../../outside/signature.ts";
import { type Field, type TypedData } from "../../outside/typedData.ts";

/** What the owners of a Safe sign: a call that it makes, or a hash that it answers for by ERC-1271; as `nexus safe propose` writes it. */
export type SafeRequest =
  | {
      readonly kind: "call";
      readonly chainId: number;
      readonly safe: string;
      readonly nonce: bigint;
      readonly to: string;
      readonly data: string;
    }
  | {
      readonly kind: "hash";
      readonly chainId: number;
      readonly safe: string;
      readonly hash: string;
      /** The agents' proposal that it co-signs. */
      readonly proposal: string;
    };

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const HASH = /^0x[0-9a-f]{64}$/;
const BYTES = /^0x(?:[0-9a-fA-F]{2})*$/;
const COUNT = /^\d{1,78}$/;

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

type Shared = Pick<SafeRequest, "chainId" | "safe">;
type Read = (name: string, form: RegExp) => string | undefined;

const callIn = (shared: Shared, read: Read): SafeRequest | undefined => {
  const [nonce, to, data] = [read("nonce", COUNT), read("to", ADDRESS), read("data", BYTES)];
  if (nonce === undefined || to === undefined || data === undefined) return undefined;
  return { kind: "call", ...shared, nonce: BigInt(nonce), to, data };
};

const hashIn = (shared: Shared, read: Read): SafeRequest | undefined => {
  const [hash, proposal] = [read("hash", HASH), read("proposal", HASH)];
  return hash === undefined || proposal === undefined ? undefined : { kind: "hash", ...shared, hash, proposal };
};

/** A text of a file as a request; undefined where it is none. */
export const requestIn = (text: string): SafeRequest | undefined => {
  const found = parsed(text);
  if (!isRecord(found)) return undefined;
  const read: Read = (name, form) => {
    const value = found[name];
    return typeof value === "string" && form.test(value) ? value : undefined;
  };
  const [chain, safe] = [read("chainId", COUNT), read("safe", ADDRESS)];
  if (chain === undefined || safe === undefined) return undefined;
  const shared = { chainId: Number(chain), safe };
  if (found["kind"] === "call") return callIn(shared, read);
  return found["kind"] === "hash" ? hashIn(shared, read) : undefined;
};

const NOBODY = `0x${"0".repeat(40)}`;

const TRANSACTION: readonly Field[] = [
  { name: "to", type: "address" },
  { name: "value", type: "uint256" },
  { name: "data", type: "bytes" },
  { name: "operation", type: "uint8" },
  { name: "safeTxGas", type: "uint256" },
  { name: "baseGas", type: "uint256" },
  { name: "gasPrice", type: "uint256" },
  { name: "gasToken", type: "address" },
  { name: "refundReceiver", type: "address" },
  { name: "nonce", type: "uint256" },
];

/** What owners sign. Our calls carry no value, ask for no refund and are no delegate calls. */
export const typedOf = (request: SafeRequest): TypedData => {
  const domain = { chainId: request.chainId, verifyingContract: request.safe };
  if (request.kind === "hash") {
    const fields = [{ name: "message", type: "bytes" }] as const;
    return { domain, primaryType: "SafeMessage", fields, message: { message: request.hash } };
  }
  const message = {
    to: request.to,
    value: "0",
    data: request.data,
    operation: "0",
    safeTxGas: "0",
    baseGas: "0",
    gasPrice: "0",
    gasToken: NOBODY,
    refundReceiver: NOBODY,
    nonce: request.nonce.toString(),
  };
  return { domain, primaryType: "SafeTx", fields: TRANSACTION, message };
};

/** An owner's signature. */
export type Signed = { readonly owner: string; readonly signature: KeySignature };

/** The signatures as a Safe takes them: in ascending order of their owners. [NX-FAC-02] */
export const joined = (signed: readonly Signed[]): string =>
  `0x${signed
    .toSorted((a, b) => (BigInt(a.owner) < BigInt(b.owner) ? -1 : 1))
    .map(({ signature }) => packed(signature).slice(2))
    .join("")}`;

/** The call by which anybody makes the Safe do what enough owners signed. */
export const executionOf = (
  request: Extract<SafeRequest, { readonly kind: "call" }>,
  signed: readonly Signed[],
): { readonly to: string; readonly data: string } => {
  const action: Action = {
    words: "",
    to: request.safe,
    name: "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)",
    args: [request.to, 0n, request.data, 0n, 0n, 0n, 0n, NOBODY, NOBODY, joined(signed)],
  };
  return { to: action.to, data: dataOf(action) };
};

/** The question whether the Safe answers for a hash with these signatures. */
export const answerCall = (
  request: Extract<SafeRequest, { readonly kind: "hash" }>,
  signed: readonly Signed[],
): { readonly to: string; readonly data: string } => ({
  to: request.safe,
  data: dataOf({
    words: "",
    to: request.safe,
    name: "isValidSignature(bytes32,bytes)",
    args: [request.hash, joined(signed)],
  }),
});
