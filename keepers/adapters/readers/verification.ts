import type { Log } from "ethers";
import { Consensus__factory } from "../../../types/index.ts";
import { addressOf } from "../../../deployments/lookup.ts";
import { type Hex, hex } from "../../core/hex.ts";
import { createLogReader } from "../../core/logReader.ts";
import type { Proposal } from "../../core/proposal.ts";
import { namesOf } from "../../views/names.ts";
import type { Verified, VerifiedBlock } from "../../views/verification.ts";
import { readDangers } from "./dangers.ts";
import { findProposal } from "./decodeProposal.ts";
import { classify, namingOf, simulate } from "./explain.ts";
import type { LogSource } from "./logs.ts";
import { type Made, consensusOf, madeBy, readStatus, readVoters } from "./slowProposals.ts";

/** Where whoever asks thinks that a proposal was made: both may be wrong, and then it is not found. */
export type Hint = { readonly transaction?: Hex; readonly block?: number };

/** How a search is watched and stopped. `onProgress`: the blocks from here on were looked through. */
export type Search = { readonly onProgress: (from: number) => void; readonly isStopped: () => boolean };

/** As many blocks as Sei's nodes answer for at once. */
const WIDEST = 2_000n;

const abi = Consensus__factory.createInterface();
const PROPOSED = abi.getEvent("Proposed").topicHash;
const ENACTED = abi.getEvent("ProposalEnacted").topicHash;

type Wanted = { readonly source: LogSource; readonly hash: Hex };

const placeOf = ({ book }: LogSource) => ({ chainId: book.chainId, consensus: addressOf(book, "Consensus") });

const logsIn = ({ source, hash }: Wanted, from: number, to: number): Promise<Log[]> =>
  source.provider.getLogs({
    address: addressOf(source.book, "Consensus"),
    topics: [[PROPOSED, ENACTED], hash],
    fromBlock: from,
    toBlock: to,
  });

/** Newest first, in the pieces that the node takes. */
const searched = async (wanted: Wanted, search: Search): Promise<Log | undefined> => {
  const { book, provider, warn } = wanted.source;
  const { backward } = createLogReader<Log>({
    read: ({ from, to }) => logsIn(wanted, Number(from), Number(to)),
    isRefusal: () => true,
    widest: WIDEST,
    onTrouble: warn,
  });
  const from = BigInt(book.contracts["Consensus"]?.block ?? book.deployedAt);
  for await (const { span, logs } of backward({ from, to: BigInt(await provider.getBlockNumber()) })) {
    if (logs[0] !== undefined) return logs[0];
    search.onProgress(Number(span.from));
    if (search.isStopped()) return undefined;
  }
  return undefined;
};

const hinted = async (wanted: Wanted, hint: Hint): Promise<Log | undefined> => {
  const { provider } = wanted.source;
  const made = hint.transaction === undefined ? null : await provider.getTransaction(hint.transaction);
  const block = made?.blockNumber ?? hint.block;
  return block === undefined ? undefined : (await logsIn(wanted, block, block))[0];
};

/** A proposal where it first stands on the chain: waiting since, or enacted at once. */
type OnChain =
  | { readonly kind: "made"; readonly made: Made }
  | {
      readonly kind: "enacted";
      readonly agentId: bigint;
      readonly loss: bigint;
      readonly block: number;
      readonly transaction: string;
    };

/** What the event at a place says; undefined where the endpoint that had it there has it no more. */
const onChain = async ({ source, hash }: Wanted, { blockNumber: block }: Log): Promise<OnChain | undefined> => {
  const consensus = consensusOf(source);
  const { Proposed, ProposalEnacted } = consensus.filters;
  const [made] = await consensus.queryFilter(Proposed(hash), block, block);
  if (made !== undefined) return { kind: "made", made: madeBy(made) };
  const [enacted] = await consensus.queryFilter(ProposalEnacted(hash), block, block);
  if (enacted === undefined) return undefined;
  const { agentId, loss } = enacted.args;
  return { kind: "enacted", agentId, loss, block, transaction: enacted.transactionHash };
};

const verifiedMade = async (source: LogSource, made: Made, content: Proposal | undefined) => {
  const status = await readStatus(source, made);
  const voters = await readVoters(source, made);
  const isOpen = status.state === "Voting" || status.state === "Queued";
  if (content === undefined || !isOpen) return { kind: "made", made, status, voters, open: undefined } as const;
  const classified = await classify(source, content);
  return {
    kind: "made",
    made,
    status,
    voters,
    open: { classified, simulated: await simulate(source, content, status) },
  } as const;
};

type Found = { readonly event: OnChain; readonly content: Proposal | undefined };

/** Where a proposal first stands on the chain, and its bytes; undefined where it does not, or the search was stopped. */
const find = async (wanted: Wanted, hint: Hint, search: Search): Promise<Found | undefined> => {
  const log = (await hinted(wanted, hint)) ?? (await searched(wanted, search));
  if (log === undefined) return undefined;
  const event = await onChain(wanted, log);
  const transaction = await wanted.source.provider.getTransaction(log.transactionHash);
  if (event === undefined || transaction === null) return undefined;
  return { event, content: findProposal(transaction.data, wanted.hash, placeOf(wanted.source)) };
};

/** One that was enacted is Routine, and is judged no more. */
const classesOf = (stands: Verified["stands"]) =>
  stands.kind === "made"
    ? { named: stands.made.riskClass, classified: stands.open?.classified }
    : ({ named: "Routine", classified: undefined } as const);

/**
 * Everything that one endpoint says of one proposal at one block: where it stands on the chain, what its bytes say, what could
 * hurt, how it stands, and what a call without effect expects of it. `source.provider` answers for `at` alone.
 * Undefined where that chain has no such proposal, or the search for it was stopped.
 */
export const verify = async (
  wanted: Wanted & { readonly at: VerifiedBlock },
  hint: Hint,
  search: Search,
): Promise<Verified | undefined> => {
  const { source, hash, at } = wanted;
  const found = await find(wanted, hint, search);
  if (found === undefined) return undefined;
  const { event, content } = found;
  const stands = event.kind === "made" ? await verifiedMade(source, event.made, content) : event;
  return {
    hash,
    place: placeOf(source),
    at,
    content,
    stands,
    names: namesOf(source.book),
    naming: namingOf(source),
    dangers: content === undefined ? [] : await readDangers(source, content, classesOf(stands)),
  };
};

/** A digest as a person typed it. @throws RangeError when it is none */
export const digestIn = (text: string): Hex => {
  if (!/^0x[0-9a-fA-F]{64}$/.test(text.trim()))
    throw new RangeError(`no digest: 0x and 64 hex digits, got ${text.trim().slice(0, 80)}`);
  return hex(text.trim().toLowerCase());
};
