import type { Proposal } from "../../core/proposal.ts";
import {
  type AgentRegistry,
  AgentRegistry__factory,
  type Consensus,
  Consensus__factory,
} from "../../../types/index.ts";
import type { ProposedEvent } from "../../../types/contracts/Consensus.ts";
import { type LogSource, readSince, readSpan } from "./logs.ts";
import { findProposal } from "./decodeProposal.ts";
import { type SlowProposalStatus, shortfallOf, stateAt } from "../../views/slowStatus.ts";
import { addressOf, nameOf } from "../../../deployments/lookup.ts";
import { type ClassName, type ClassDemands, CLASSES } from "../../core/riskClass.ts";

/**
 * A proposal as its event says. `number` counts from one in the order of their making; `seats`: one bit for each voting
 * seat that voted for it at once.
 */
export type Proposed = {
  readonly number: number;
  readonly hash: string;
  readonly agentId: bigint;
  readonly riskClass: ClassName;
  readonly deadline: bigint;
  readonly seats: bigint;
  readonly block: number;
  readonly transaction: string;
};

/** A proposal by its event alone, wherever it stands among the others. */
export type Made = Omit<Proposed, "number">;

/** `Support` of the contracts, in its order. */
export const SUPPORTS = ["against", "for", "abstain"] as const;
export type SupportName = (typeof SUPPORTS)[number];

/** Votes that were counted together. */
export type Votes = { readonly support: SupportName; readonly seats: bigint };

/** Votes as people tell them: which agents said what. */
export type Voters = Readonly<Record<SupportName, readonly string[]>>;

export const consensusOf = ({ book, provider }: Pick<LogSource, "book" | "provider">): Consensus =>
  Consensus__factory.connect(addressOf(book, "Consensus"), provider);

/** The class of a number. @throws RangeError for a number that no class has */
export const classAt = (value: bigint): ClassName => {
  const name = CLASSES[Number(value)];
  if (name === undefined) throw new RangeError(`no class has the number ${value}`);
  return name;
};

/** What is read of the event, wherever it comes from. */
type ProposedLog = {
  readonly args: Pick<ProposedEvent.OutputObject, "proposalHash" | "agentId" | "riskClass" | "deadline" | "seats">;
  readonly blockNumber: number;
  readonly transactionHash: string;
};

/** A proposal as its event on the chain says. */
export const madeBy = ({ args, blockNumber, transactionHash }: ProposedLog): Made => ({
  hash: args.proposalHash,
  agentId: args.agentId,
  riskClass: classAt(args.riskClass),
  deadline: args.deadline,
  seats: args.seats,
  block: blockNumber,
  transaction: transactionHash,
});

/** Every proposal that was put on the slow path, in the order of their making. */
export const readProposed = async (source: LogSource): Promise<readonly Proposed[]> => {
  const consensus = consensusOf(source);
  const events = await readSince(source, "Consensus", (span) =>
    consensus.queryFilter(consensus.filters.Proposed(), span.from, span.to),
  );
  return events.map((event, index) => ({ ...madeBy(event), number: index + 1 }));
};

/** What was proposed, from the input of the transaction that did; undefined when that does not hold it. */
export const readContent = async ({ book, provider }: LogSource, proposed: Made): Promise<Proposal | undefined> => {
  const transaction = await provider.getTransaction(proposed.transaction);
  const place = { chainId: book.chainId, consensus: addressOf(book, "Consensus") };
  return transaction === null ? undefined : findProposal(transaction.data, proposed.hash, place);
};

/** Every block from the one that a proposal was made in. */
const spanSince = async ({ provider, warn }: LogSource, { block }: Made) => ({
  from: block,
  to: await provider.getBlockNumber(),
  warn,
});

const readVotes = async (source: LogSource, made: Made): Promise<readonly Votes[]> => {
  const consensus = consensusOf(source);
  const { hash, seats } = made;
  const cast = await readSpan(await spanSince(source, made), (span) =>
    consensus.queryFilter(consensus.filters.VotesCast(hash), span.from, span.to),
  );
  const later = cast.map(({ args }) => ({ support: SUPPORTS[Number(args.support)] ?? "abstain", seats: args.seats }));
  return [{ support: "for", seats }, ...later];
};

/** Which agent sits where. A seat that was freed tells only who sits there now. */
const readVotingSeats = async (registry: AgentRegistry): Promise<ReadonlyMap<number, bigint>> => {
  const count = Number(await registry.agentCount());
  const ids = Array.from({ length: count }, (_, index) => BigInt(index + 1));
  const seats = await Promise.all(
    ids.map(async (id) =>
      registry.signerRecordOf((await registry.agentOf(id)).signer).then((seat) => [seat, id] as const),
    ),
  );
  return new Map(seats.flatMap(([seat, id]) => (seat.agentId === id ? [[Number(seat.votingSeat), id] as const] : [])));
};

const SEATS = 128;

const seatsIn = (bits: bigint): readonly number[] =>
  Array.from({ length: SEATS }, (_, seat) => seat).filter((seat) => ((bits >> BigInt(seat)) & 1n) === 1n);

/** Who voted how, by the events: agents by their ids, and seats that nobody holds any more by their numbers. */
export const readVoters = async (source: LogSource, proposed: Made): Promise<Voters> => {
  const registry = AgentRegistry__factory.connect(addressOf(source.book, "AgentRegistry"), source.provider);
  const [votes, held] = [await readVotes(source, proposed), await readVotingSeats(registry)];
  const named = (wanted: SupportName): readonly string[] =>
    votes
      .filter(({ support }) => support === wanted)
      .flatMap(({ seats }) => seatsIn(seats))
      .map((seat) => (held.has(seat) ? `agent ${held.get(seat)}` : `seat ${seat}`));
  return { for: named("for"), against: named("against"), abstain: named("abstain") };
};

const readVeto = async (source: LogSource, made: Made): Promise<SlowProposalStatus["veto"]> => {
  const consensus = consensusOf(source);
  const [event] = await readSpan(await spanSince(source, made), (span) =>
    consensus.queryFilter(consensus.filters.ProposalVetoed(made.hash), span.from, span.to),
  );
  if (event === undefined) return undefined;
  return { by: nameOf(source.book, event.args.by) ?? event.args.by, reason: event.args.reason };
};

const readPolicy = async (consensus: Consensus, riskClass: ClassName): Promise<ClassDemands> => {
  const policy = await consensus.policyOf(CLASSES.indexOf(riskClass));
  return {
    threshold: policy.threshold,
    minVoters: Number(policy.minVoters),
    minOperators: Number(policy.minOperators),
    maxDeadline: Number(policy.maxDeadline),
    delay: Number(policy.delay),
  };
};

/** How a proposal stands in the newest block. */
export const readStatus = async (source: LogSource, made: Made): Promise<SlowProposalStatus> => {
  const { hash, deadline, riskClass } = made;
  const consensus = consensusOf(source);
  const found = await consensus.tallyOf(hash);
  const state = stateAt(found.state);
  const policy = await readPolicy(consensus, riskClass);
  const { since: time, votesUntil, weightFor, weightAgainst, votersFor, operatorsFor } = found;
  const told = { state, riskClass, since: time, votesUntil, deadline, policy };
  if (state === "Executed") return { ...told, shortfall: "None" };
  const tally = { weightFor, weightAgainst, votersFor, operatorsFor };
  const veto = state === "Vetoed" ? await readVeto(source, made) : undefined;
  return { ...told, tally, shortfall: shortfallOf(tally, policy), ...(veto === undefined ? {} : { veto }) };
};
