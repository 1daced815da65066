import { Result, keccak256 } from "ethers";
import { z } from "zod";
import { type Hex, hex } from "../../keepers/core/hex.ts";
import type { Proposal } from "../../keepers/core/proposal.ts";
import { proposalHasher } from "../../keepers/core/proposalHash.ts";
import { address, unixSeconds } from "../../keepers/core/units.ts";
import { Consensus__factory } from "../../types/index.ts";

const keccak = (data: Hex): Hex => hex(keccak256(data));

const account = z.string().transform(address);
const bytes = z.string().transform(hex);
const KINDS = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const kind = z.bigint().transform(Number).pipe(z.literal(KINDS));
/** ethers makes an empty list an object without members. */
const list = <T extends z.ZodType>(item: T) => z.union([z.array(item), z.strictObject({}).transform(() => [])]);

const shape = z.object({
  agentId: z.bigint(),
  nonce: z.bigint(),
  deadline: z.bigint().transform(unixSeconds),
  executor: account,
  maxLoss: z.bigint(),
  forecast: z.bigint(),
  calls: list(z.object({ target: account, data: bytes })),
  conditions: list(z.object({ kind, subject: account, holder: account, amount: z.bigint() })),
  evidence: bytes,
});

const abi = Consensus__factory.createInterface();
const PROPOSE = abi.getFunction("propose").selector.slice(2);

/** The first argument of a call of `propose`; undefined where the bytes are none. */
const proposalIn = (data: string): Proposal | undefined => {
  try {
    const first: unknown = abi.decodeFunctionData("propose", data).toArray()[0];
    return first instanceof Result ? shape.safeParse(first.toObject(true)).data : undefined;
  } catch {
    // Chance brought the selector's four bytes together.
    return undefined;
  }
};

/** Each place, in bytes, where the selector of `propose` stands. */
const placesIn = (data: string): readonly number[] =>
  [...data.matchAll(new RegExp(`(?=${PROPOSE})`, "g"))].map(({ index }) => index).filter((index) => index % 2 === 0);

/** Where a proposal counts. */
export type Place = { readonly chainId: number; readonly consensus: string };

/** The EIP-712 digest of a proposal, computed here and not by the chain that is asked about it. */
export const hashOfProposal = (proposal: Proposal, { chainId, consensus }: Place): Hex =>
  proposalHasher(keccak, { chainId: BigInt(chainId), consensus: address(consensus) })(proposal);

/**
 * The proposal with the digest `hash` in the input of a transaction, whether that calls `propose` itself or by way of
 * another contract. Undefined when it holds none: only what hashes to it is believed.
 */
export const findProposal = (input: string, hash: string, place: Place): Proposal | undefined =>
  placesIn(input.toLowerCase())
    .map((index) => proposalIn(`0x${input.slice(index)}`))
    .find((proposal) => proposal !== undefined && hashOfProposal(proposal, place) === hash.toLowerCase());

/** A proposal as the generated types take it. */
export const asArgument = (proposal: Proposal) => ({
  ...proposal,
  calls: [...proposal.calls],
  conditions: [...proposal.conditions],
});
