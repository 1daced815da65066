import { Result, keccak256 } from "ethers";
import { z } from "zod";
import { type Hex, hex } from "../../core/hex.ts";
import type { Proposal } from "../../core/proposal.ts";
import { proposalHasher } from "../../core/proposalHash.ts";
import { address, unixSeconds } from "../../core/units.ts";
import { Consensus__factory } from "../../../types/index.ts";

const keccak = (data: Hex): Hex => hex(keccak256(data));

const account = z.string().transform(address);
const bytes = z.string().transform(hex);
const KINDS = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const kind = z.bigint().transform(Number).pipe(z.literal(KINDS));

const call = z.tuple([account, bytes]).transform(([target, data]) => ({ target, data }));
const condition = z
  .tuple([kind, account, account, z.bigint()])
  .transform(([of, subject, holder, amount]) => ({ kind: of, subject, holder, amount }));

/** By position: ethers' objects with names do not tell a list of one from its item. */
const shape = z
  .tuple([
    z.bigint(),
    z.bigint(),
    z.bigint().transform(unixSeconds),
    account,
    z.bigint(),
    z.bigint(),
    z.array(call),
    z.array(condition),
    bytes,
  ])
  .transform(([agentId, nonce, deadline, submitter, maxLoss, forecast, calls, conditions, evidence]) => ({
    agentId,
    nonce,
    deadline,
    submitter,
    maxLoss,
    forecast,
    calls,
    conditions,
    evidence,
  }));

const abi = Consensus__factory.createInterface();
const PROPOSE = abi.getFunction("propose").selector.slice(2);

/** The last argument of a call of `propose`; undefined where the bytes are none. */
const proposalIn = (data: string): Proposal | undefined => {
  try {
    const last: unknown = abi.decodeFunctionData("propose", data).toArray().at(-1);
    return last instanceof Result ? shape.safeParse(last.toArray(true)).data : undefined;
  } catch {
    // Chance brought the selector's four bytes together.
    return undefined;
  }
};

/** Each place, in bytes, where the selector of `propose` stands. */
const placesIn = (data: string): readonly number[] =>
  [...data.matchAll(new RegExp(`(?=${PROPOSE})`, "g"))].map(({ index }) => index).filter((index) => index % 2 === 0);

/** Where a proposal counts. */
export type ProposalPlace = { readonly chainId: number; readonly consensus: string };

/** The EIP-712 digest of a proposal, computed here and not by the chain that is asked about it. */
export const hashOfProposal = (proposal: Proposal, { chainId, consensus }: ProposalPlace): Hex =>
  proposalHasher(keccak, { chainId: BigInt(chainId), consensus: address(consensus) })(proposal);

/**
 * The proposal with the digest `hash` in the input of a transaction, whether that calls `propose` itself or by way of
 * another contract. Undefined when it holds none: only what hashes to it is believed.
 */
export const findProposal = (input: string, hash: string, place: ProposalPlace): Proposal | undefined =>
  placesIn(input.toLowerCase())
    .map((index) => proposalIn(`0x${input.slice(index)}`))
    .find((proposal) => proposal !== undefined && hashOfProposal(proposal, place) === hash.toLowerCase());

/** A proposal as the generated types take it. */
export const asArgument = (proposal: Proposal) => ({
  ...proposal,
  calls: [...proposal.calls],
  conditions: [...proposal.conditions],
});
