import type { Log } from "ethers";
import { Consensus__factory, OracleHub__factory } from "../../../types/index.ts";
import { addressOf, nameOf } from "../../../deployments/lookup.ts";
import { QUOTE_STATUSES } from "../../core/chainSnapshot.ts";
import { type Hex, hex } from "../../core/hex.ts";
import { createLogReader } from "../../core/logReader.ts";
import type { Proposal } from "../../core/proposal.ts";
import { minOutOf, readCall } from "../../core/protocols/all.ts";
import { type Address, address } from "../../core/units.ts";
import { type DangerView, dangersOf, judgedDangers } from "../../views/dangers.ts";
import { namesOf } from "../../views/names.ts";
import { type Verified, type VerifiedBlock } from "../../views/verification.ts";
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

/** What the calls spend and demand, valued by the hub in this block; a token without a price has no worth. */
const worthIn = async ({ book, provider }: LogSource, { calls }: Proposal): Promise<DangerView["worth"]> => {
  const hub = OracleHub__factory.connect(addressOf(book, "OracleHub"), provider);
  const asked = calls.flatMap((call): readonly (readonly [Address, bigint])[] => {
    const [reading, least] = [readCall(call)?.reading, minOutOf(call)];
    return reading === undefined || least === undefined
      ? []
      : [
          [reading.tokenIn, reading.amountIn],
          [reading.tokenOut, least],
        ];
  });
  const answers = await Promise.all(
    asked.map(async ([token, units]) => {
      const { status, lower, upper } = await hub.previewValueRange(token, units);
      return QUOTE_STATUSES[Number(status)] === "Ready"
        ? ([`${token} ${units}`, (lower + upper) / 2n] as const)
        : undefined;
    }),
  );
  const known = new Map(answers.filter((answer) => answer !== undefined));
  return (token, units) => known.get(`${token} ${units}`);
};

/** What whoever looks for dangers in a proposal must know of the place where it acts. */
export const dangerViewOf = async (source: LogSource, content: Proposal): Promise<DangerView> => ({
  names: namesOf(source.book),
  treasury: address(addressOf(source.book, "Treasury")),
  knows: (account) => nameOf(source.book, account) !== undefined,
  worth: await worthIn(source, content),
});

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

const dangersIn = async (
  source: LogSource,
  stands: Verified["stands"],
  content: Proposal,
): Promise<readonly string[]> => {
  const classified = stands.kind === "made" ? stands.open?.classified : undefined;
  const judged =
    classified === undefined || stands.kind !== "made"
      ? []
      : judgedDangers({ named: stands.made.riskClass, computed: classified.riskClass, refusal: classified.refusal });
  return [...judged, ...dangersOf(content, await dangerViewOf(source, content))];
};

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
    dangers: content === undefined ? [] : await dangersIn(source, stands, content),
  };
};

/** A digest as a person typed it. @throws RangeError when it is none */
export const digestIn = (text: string): Hex => {
  if (!/^0x[0-9a-fA-F]{64}$/.test(text.trim()))
    throw new RangeError(`no digest: 0x and 64 hex digits, got ${text.trim().slice(0, 80)}`);
  return hex(text.trim().toLowerCase());
};
