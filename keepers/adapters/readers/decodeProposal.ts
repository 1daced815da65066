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
/** The functions whose input holds a whole proposal when it first reaches the chain, and at which place of it. */
const CARRIERS = [
  { name: "propose", place: 2 },
  { name: "enact", place: 1 },
] as const;

/** The proposal in a call of a carrier; undefined where the bytes are none. */
const proposalIn = (data: string, { name, place }: (typeof CARRIERS)[number]): Proposal | undefined => {
  try {
    const argument: unknown = abi.decodeFunctionData(name, data).toArray().at(place);
    return argument instanceof Result ? shape.safeParse(argument.toArray(true)).data : undefined;
  } catch {
    // Chance brought the selector's four bytes together.
    return undefined;
  }
};

/** Each place, in bytes, where the selector of a carrier stands. */
const placesIn = (data: string, selector: string): readonly number[] =>
  [...data.matchAll(new RegExp(`(?=${selector})`, "g"))].map(({ index }) => index).filter((index) => index % 2 === 0);

/** Where a proposal counts. */
export type ProposalPlace = { readonly chainId: number; readonly consensus: string };

/** The EIP-712 digest of a proposal, computed here and not by the chain that is asked about it. */
export const hashOfProposal = (proposal: Proposal, { chainId, consensus }: ProposalPlace): Hex =>
  proposalHasher(keccak, { chainId: BigInt(chainId), consensus: address(consensus) })(proposal);

/**
 * The proposal with the digest `hash` in the input of a transaction, whether that calls `propose` or `enact` itself or by way
 * of another contract. Undefined when it holds none: only what hashes to it is believed.
 */
export const findProposal = (input: string, hash: string, place: ProposalPlace): Proposal | undefined => {
  const data = input.toLowerCase();
  return CARRIERS.flatMap((carrier) =>
    placesIn(data, abi.getFunction(carrier.name).selector.slice(2)).map((index) => ({ carrier, index })),
  )
    .map(({ carrier, index }) => proposalIn(`0x${data.slice(index)}`, carrier))
    .find((proposal) => proposal !== undefined && hashOfProposal(proposal, place) === hash.toLowerCase());
};

/** A proposal as the generated types take it. */
export const asArgument = (proposal: Proposal) => ({
  ...proposal,
  calls: [...proposal.calls],
  conditions: [...proposal.conditions],
});
