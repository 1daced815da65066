import {
  type ContractRunner,
  Contract,
  Signature,
  TypedDataEncoder,
  ZeroAddress,
  concat,
  dataLength,
  recoverAddress,
} from "ethers";
import { SAFE_ABI } from "./create.ts";

/** A call that a Safe makes. */
export type SafeCall = { readonly to: string; readonly data: string };

/** What owners sign: a call that the Safe makes, or a hash that it answers for by ERC-1271. */
export type SafeRequest =
  | ({ readonly kind: "call"; readonly chainId: bigint; readonly safe: string; readonly nonce: bigint } & SafeCall)
  | { readonly kind: "hash"; readonly chainId: bigint; readonly safe: string; readonly hash: string };

const TRANSACTION = {
  SafeTx: [
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
  ],
};
const MESSAGE = { SafeMessage: [{ name: "message", type: "bytes" }] };

/** Our calls carry no value, ask for no refund and are no delegate calls. */
const PLAIN = {
  value: 0n,
  operation: 0,
  safeTxGas: 0n,
  baseGas: 0n,
  gasPrice: 0n,
  gasToken: ZeroAddress,
  refundReceiver: ZeroAddress,
} as const;

/** The EIP-712 digest that owners sign. It binds chain, Safe, and the Safe's nonce or the hash. */
export const safeDigest = (request: SafeRequest): string => {
  const domain = { chainId: request.chainId, verifyingContract: request.safe };
  if (request.kind === "hash") return TypedDataEncoder.hash(domain, MESSAGE, { message: request.hash });
  const { to, data, nonce } = request;
  return TypedDataEncoder.hash(domain, TRANSACTION, { ...PLAIN, to, data, nonce });
};

/** Who may sign for a Safe, and how many must. */
export type SafeSigners = { readonly owners: readonly string[]; readonly threshold: number };

/**
 * Owners' signatures as a Safe takes them: in ascending order of the owners' addresses, each of 65 bytes with v 27 or 28,
 * whichever form its wallet gave it. [NX-FAC-02]
 * @throws RangeError when one is malformed or no owner's, an owner signed twice, or too few signed
 */
export const joinSignatures = (
  digest: string,
  signatures: readonly string[],
  { owners, threshold }: SafeSigners,
): string => {
  const signed = new Map<bigint, string>();
  for (const given of signatures) {
    const { signer, signature } = signedBy(digest, given);
    if (!owners.includes(signer)) throw new RangeError(`${signer} signed, who is no owner: they are ${owners.join()}`);
    if (signed.has(BigInt(signer))) throw new RangeError(`${signer} signed twice`);
    signed.set(BigInt(signer), signature);
  }
  if (signed.size < threshold) throw new RangeError(`${signed.size} owners signed, ${threshold} must`);
  return concat([...signed].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, signature]) => signature));
};

const PLAIN_LENGTH = 65;
/** ERC-2098: the parity of v is the highest bit of s. */
const COMPACT_LENGTH = 64;
/** From this v on, a Safe takes a signature for one over the digest as a message, with its prefix. */
const FIRST_MESSAGE_V = 31;

/** @throws RangeError naming what a Safe would not take for a signature of the digest */
const signedBy = (digest: string, given: string): { readonly signer: string; readonly signature: string } => {
  const [length, short] = [dataLength(given), `${given.slice(0, 20)}…`];
  if (length !== PLAIN_LENGTH && length !== COMPACT_LENGTH) {
    throw new RangeError(`${short} has ${length} bytes, a signature ${PLAIN_LENGTH}, or ${COMPACT_LENGTH} by ERC-2098`);
  }
  if (length === PLAIN_LENGTH && Number(`0x${given.slice(-2)}`) >= FIRST_MESSAGE_V) {
    throw new RangeError(
      `${short} signs the digest as a message (v ${Number(`0x${given.slice(-2)}`)}): sign it as typed data`,
    );
  }
  try {
    const { serialized } = Signature.from(given);
    return { signer: recoverAddress(digest, serialized), signature: serialized };
  } catch (cause) {
    throw new RangeError(`${short} is no signature`, { cause });
  }
};

/** The Safe at an address. */
export const safeAt = (address: string, runner: ContractRunner): Contract => new Contract(address, SAFE_ABI, runner);

/** Reads who may sign for a Safe. @throws Error when there is none at the address */
export const readSigners = async (safe: Contract): Promise<SafeSigners> => {
  const owners: unknown = await safe.getFunction("getOwners").staticCall();
  const threshold: unknown = await safe.getFunction("getThreshold").staticCall();
  if (!Array.isArray(owners)) throw new TypeError(`there is no Safe at ${await safe.getAddress()}`);
  return { owners: owners.map(String), threshold: Number(threshold) };
};

/** The request that a Safe makes `call`, by its present nonce. */
export const callRequest = async (safe: Contract, chainId: bigint, call: SafeCall): Promise<SafeRequest> => {
  const nonce: unknown = await safe.getFunction("nonce").staticCall();
  return { kind: "call", chainId, safe: await safe.getAddress(), nonce: BigInt(String(nonce)), ...call };
};

/** The calldata by which anyone makes the Safe execute. */
export const executionData = ({ to, data }: SafeCall, signatures: string): string =>
  SAFE_ABI.encodeFunctionData("execTransaction", [
    to,
    PLAIN.value,
    data,
    PLAIN.operation,
    PLAIN.safeTxGas,
    PLAIN.baseGas,
    PLAIN.gasPrice,
    PLAIN.gasToken,
    PLAIN.refundReceiver,
    signatures,
  ]);
