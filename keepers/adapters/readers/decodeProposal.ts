import { Result, keccak256 } from "ethers";
import { z } from "zod";
import { type Hex, hex, sizeOf, wordAt } from "../../core/hex.ts";
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

/** As much of an input as is looked through: no node takes a longer transaction into its pool. */
const MAX_BYTES = 131_072;
/** As many places of an input as are decoded: who hides a proposal behind more has not shown it. */
const MAX_PLACES = 32;
/** The words of a proposal's head, in the order of `shape`, and how many bits each may fill. */
const HEAD_BITS = [32n, 40n, 40n, 160n, 128n, 128n] as const;
const CALLS_WORD = 6;
const CONDITIONS_WORD = 7;
const SELECTOR_BYTES = 4;
const WORD_BYTES = 32;

/** An offset or a length in bytes, not beyond the data; else undefined. */
const sizeAt = (data: Hex, index: number, from: number): number | undefined => {
  const value = wordAt(data, index, from);
  return value === undefined || value > BigInt(sizeOf(data)) ? undefined : Number(value);
};

/** Where the head of a proposal begins in the arguments that begin at byte `from`; undefined where it can be none. */
const headIn = (data: Hex, from: number, place: number): number | undefined => {
  const offset = sizeAt(data, place, from);
  if (offset === undefined) return undefined;
  const head = from + offset;
  const fits = HEAD_BITS.every((bits, index) => (wordAt(data, index, head) ?? -1n) >> bits === 0n);
  return fits && sizeAt(data, CONDITIONS_WORD, head) !== undefined ? head : undefined;
};

/** Whether the calls together hold no more bytes than there are: offsets that share bytes could make a little very much. */
const isBounded = (data: Hex, head: number): boolean => {
  const offset = sizeAt(data, CALLS_WORD, head);
  const count = offset === undefined ? undefined : sizeAt(data, 0, head + offset);
  if (offset === undefined || count === undefined || count * WORD_BYTES > sizeOf(data)) return false;
  const first = head + offset + WORD_BYTES;
  let held = 0;
  for (let index = 0; index < count; index += 1) {
    const at = first + (sizeAt(data, index, first) ?? Infinity);
    held += sizeAt(data, 0, at + (sizeAt(data, 1, at) ?? Infinity)) ?? Infinity;
    if (held > sizeOf(data)) return false;
  }
  return true;
};

/** `index`: of the selector, in characters of the hex; `head`: of the proposal, in bytes. */
type Place = { readonly carrier: (typeof CARRIERS)[number]; readonly index: number; readonly head: number };

/** The first places where a carrier is called with what can be a proposal, in order: a direct call is the first. */
const placesIn = function* (data: Hex): Generator<Place, void> {
  const selectors = CARRIERS.map((carrier) => ({ carrier, digits: abi.getFunction(carrier.name).selector.slice(2) }));
  const pattern = new RegExp(`(?=(${selectors.map(({ digits }) => digits).join("|")}))`, "g");
  let left = MAX_PLACES;
  for (const { index, 1: found } of data.matchAll(pattern)) {
    const carrier = selectors.find(({ digits }) => digits === found)?.carrier;
    const from = index / 2 - 1 + SELECTOR_BYTES;
    const head = carrier === undefined || index % 2 !== 0 ? undefined : headIn(data, from, carrier.place);
    if (carrier === undefined || head === undefined) continue;
    yield { carrier, index, head };
    left -= 1;
    if (left === 0) return;
  }
};

/** Where a proposal counts. */
export type ProposalPlace = { readonly chainId: number; readonly consensus: string };

/** The EIP-712 digest of a proposal, computed here and not by the chain that is asked about it. */
export const hashOfProposal = (proposal: Proposal, { chainId, consensus }: ProposalPlace): Hex =>
  proposalHasher(keccak, { chainId: BigInt(chainId), consensus: address(consensus) })(proposal);

/**
 * The proposal with the digest `hash` in the input of a transaction, whether that calls `propose` or `enact` itself or by way
 * of another contract. Undefined when it holds none: only what hashes to it is believed. It looks at a bounded part of the input
 * and decodes at a bounded number of places, whatever the input is padded with.
 */
export const findProposal = (input: string, hash: string, place: ProposalPlace): Proposal | undefined => {
  const data = hex(input.slice(0, 2 + 2 * MAX_BYTES));
  for (const { carrier, index, head } of placesIn(data)) {
    const proposal = isBounded(data, head) ? proposalIn(`0x${data.slice(index)}`, carrier) : undefined;
    if (proposal !== undefined && hashOfProposal(proposal, place) === hash.toLowerCase()) return proposal;
  }
  return undefined;
};

/** A proposal as the generated types take it. */
export const asArgument = (proposal: Proposal) => ({
  ...proposal,
  calls: [...proposal.calls],
  conditions: [...proposal.conditions],
});
