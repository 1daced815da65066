import {
  Interface,
  type Log,
  type Provider,
  type TransactionReceipt,
  ZeroHash,
  getAddress,
  zeroPadValue,
} from "ethers";
import type { AddressBook } from "../../../deployments/schema.ts";
import { addressOf } from "../../../deployments/lookup.ts";
import { Consensus__factory, Treasury__factory } from "../../../types/index.ts";
import { TRANSFER_TOPIC } from "../../core/transfers.ts";
import type { LogFact, TransactionFacts } from "../../quant/analytics/facts.ts";
import { inBatches } from "./batches.ts";
import { type LogSource, type LogSpan, readSpan } from "./logs.ts";
import { swapsIn } from "./poolSwaps.ts";

/** A proposal that was carried out, by the transaction that did it. */
export type Execution = { readonly hash: string; readonly agent: string; readonly transaction: string };

/** A transaction that touched the treasury, with its place. */
export type PlacedTransaction = TransactionFacts & {
  readonly block: number;
  readonly position: number;
  readonly hash: string;
  readonly executions: readonly Execution[];
};

/** Where the logs of a treasury are, and in which units it counts. */
export type TreasuryPlaces = {
  readonly treasury: string;
  readonly consensus: string;
  readonly base: string;
  readonly tokens: readonly string[];
  /** Those of them that stand for what was lent, each with its market and what it holds. */
  readonly positions: ReadonlyMap<string, LendingPlace>;
};

/** Where a lending position stands. */
export type LendingPlace = { readonly venue: string; readonly pool: string; readonly asset: string };

type Placed = { readonly log: Log; readonly facts: readonly LogFact[] };

const treasuryAbi = Treasury__factory.createInterface();
const consensusAbi = Consensus__factory.createInterface();
const POSITIONS = new Interface([
  "event Mint(address indexed caller, address indexed onBehalfOf, uint256 value, uint256 balanceIncrease, uint256 index)",
  "event Burn(address indexed from, address indexed target, uint256 value, uint256 balanceIncrease, uint256 index)",
]);

const transferFact = (log: Log, treasury: string): readonly LogFact[] => {
  const [, from = "", to = ""] = log.topics;
  const [isOut, isIn] = [from, to].map((topic) => getAddress(`0x${topic.slice(-40)}`) === treasury);
  const amount = BigInt(log.data);
  // To itself it moves nothing.
  return isIn === isOut ? [] : [{ kind: "transfer", token: log.address, amount: isIn === true ? amount : -amount }];
};

/** What was lent or taken back. The token's own transfer holds the interest up to then as well, and says it twice. */
const positionFact = (log: Log, venue: string): readonly LogFact[] => {
  const event = POSITIONS.parseLog({ topics: [...log.topics], data: log.data });
  if (event === null) return [];
  const [value = 0n, increase = 0n, index = 0n] = event.args.toArray().slice(2).map(String).map(BigInt);
  const amount = event.name === "Mint" ? value - increase : -(value + increase);
  return [{ kind: "position", token: log.address, amount, index, venue }];
};

const isMinted = ({ topics: [, from, to] }: Log): boolean => from === ZeroHash || to === ZeroHash;

const readPositions = async (source: LogSource, places: TreasuryPlaces, span: LogSpan): Promise<readonly Placed[]> => {
  const { treasury, positions } = places;
  const party = zeroPadValue(treasury, 32);
  const [mint, burn] = ["Mint", "Burn"].map((name) => POSITIONS.getEvent(name)?.topicHash ?? "");
  if (positions.size === 0 || mint === undefined || burn === undefined) return [];
  const of = [...positions.keys()];
  const logs = await Promise.all([
    logsOf(source, span, { of, topics: [mint, null, party] }),
    logsOf(source, span, { of, topics: [burn, party] }),
  ]);
  return logs.flat().map((log) => ({ log, facts: positionFact(log, positions.get(log.address)?.venue ?? "") }));
};

const parsed = (abi: typeof treasuryAbi | typeof consensusAbi, { topics, data }: Log) =>
  abi.parseLog({ topics: [...topics], data });

const treasuryFact = (log: Log, base: string, assets: readonly string[]): readonly LogFact[] => {
  const event = parsed(treasuryAbi, log);
  if (event === null) return [];
  const { name, args } = event;
  const amountAt = (field: string): bigint => BigInt(String(args.getValue(field)));
  const tokenOf = (): string => String(args.getValue("token"));
  if (name === "Deposit") return [{ kind: "deposit", token: base, amount: amountAt("assets") }];
  if (name === "Withdraw") return [{ kind: "deposit", token: base, amount: -amountAt("assets") }];
  if (name === "PayoutCredited") return [{ kind: "owed", token: tokenOf(), amount: amountAt("amount") }];
  if (name === "PayoutPaid") return [{ kind: "paid", token: tokenOf(), amount: amountAt("amount") }];
  if (name === "FeeAccrued") return [{ kind: "fee", token: base, amount: amountAt("amount") }];
  if (name !== "RedeemedInKind") return [];
  const left: unknown = args.getValue("amounts");
  const amounts = Array.isArray(left) ? left.map((amount) => BigInt(String(amount))) : [];
  return [{ kind: "in-kind", amounts: assets.map((token, index) => [token, amounts[index] ?? 0n]) }];
};

const executionFact = (log: Log): readonly LogFact[] => {
  const event = parsed(consensusAbi, log);
  if (event?.name !== "ProposalEnacted" && event?.name !== "ProposalExecuted") return [];
  const [hash, agent] = [event.args.getValue("proposalHash"), event.args.getValue("agentId")].map(String);
  return [{ kind: "execution", agent: agent ?? "", hash: hash ?? "" }];
};

type Topics = readonly (string | readonly string[] | null)[];

/** What is asked for: of these contracts, with these topics. */
const logsOf = (
  { provider, warn }: LogSource,
  span: LogSpan,
  { of, topics }: { readonly of: string | readonly string[]; readonly topics: Topics },
): Promise<readonly Log[]> => {
  const filter = {
    address: typeof of === "string" ? of : [...of],
    topics: topics.map((topic) => (typeof topic === "string" || topic === null ? topic : [...topic])),
  };
  return readSpan({ ...span, warn }, ({ from, to }) => provider.getLogs({ ...filter, fromBlock: from, toBlock: to }));
};

/** The listed assets at the end of a block, in the contract's order. */
const assetsAt = async (source: LogSource, treasury: string, block: number): Promise<readonly string[]> =>
  Treasury__factory.connect(treasury, source.provider).assets({ blockTag: block });

/** An exit in kind names amounts in the order of the assets at its block; the other logs say all by themselves. */
const treasuryPlaced = async (source: LogSource, { treasury, base }: TreasuryPlaces, log: Log): Promise<Placed> => {
  const isInKind = log.topics[0] === treasuryAbi.getEvent("RedeemedInKind").topicHash;
  const assets = isInKind ? await assetsAt(source, treasury, log.blockNumber) : [];
  return { log, facts: treasuryFact(log, base, assets) };
};

const readPlaced = async (source: LogSource, places: TreasuryPlaces, span: LogSpan): Promise<readonly Placed[]> => {
  const { treasury, consensus, tokens, positions } = places;
  const party = zeroPadValue(treasury, 32);
  const carried = ["ProposalEnacted", "ProposalExecuted"] as const;
  const [outgoing, incoming, own, executed] = await Promise.all([
    logsOf(source, span, { of: tokens, topics: [TRANSFER_TOPIC, party] }),
    logsOf(source, span, { of: tokens, topics: [TRANSFER_TOPIC, null, party] }),
    logsOf(source, span, { of: treasury, topics: [] }),
    logsOf(source, span, { of: consensus, topics: [carried.map((name) => consensusAbi.getEvent(name).topicHash)] }),
  ]);
  const itself = new Set(incoming.map(({ blockHash, index }) => `${blockHash} ${index}`));
  return [...outgoing.filter(({ blockHash, index }) => !itself.has(`${blockHash} ${index}`)), ...incoming]
    .filter((log) => !(positions.has(log.address) && isMinted(log)))
    .map((log): Placed => ({ log, facts: transferFact(log, treasury) }))
    .concat(await readPositions(source, places, span))
    .concat(await inBatches(own, (log) => treasuryPlaced(source, places, log)))
    .concat(executed.map((log) => ({ log, facts: executionFact(log) })))
    .filter(({ facts }) => facts.length > 0);
};

const receiptOf = async (provider: Provider, hash: string): Promise<TransactionReceipt> => {
  const receipt = await provider.getTransactionReceipt(hash);
  if (receipt === null) throw new Error(`the node has no receipt of ${hash}, whose logs it answers`);
  return receipt;
};

/** A transaction's facts in the order of their logs. Only one that carried a proposal out is asked for its swaps and its gas. */
const transactionOf = async (source: LogSource, placed: readonly Placed[]): Promise<PlacedTransaction | undefined> => {
  const [first] = placed;
  if (first === undefined) return undefined;
  const { transactionHash: hash, blockNumber: block, transactionIndex: position } = first.log;
  const executions = placed
    .flatMap(({ facts }) => facts)
    .filter((fact) => fact.kind === "execution")
    .map(({ hash: proposal, agent }) => ({ hash: proposal, agent, transaction: hash }));
  const receipt = executions.length === 0 ? undefined : await receiptOf(source.provider, hash);
  const swaps = receipt === undefined ? [] : await swapsIn(source.book, source.provider, receipt.logs);
  const facts = [...placed.map(({ log, facts: said }) => ({ index: log.index, said })), ...swaps.map(asSaid)]
    .toSorted((a, b) => a.index - b.index)
    .flatMap(({ said }) => said);
  return { block, position, hash, executions, facts, gasPaid: receipt?.fee ?? 0n };
};

const asSaid = ({ index, fact }: { readonly index: number; readonly fact: LogFact }) => ({ index, said: [fact] });

/**
 * Every transaction of a span of blocks that touched the treasury, in the chain's order. Logs are asked for in bounded pieces.
 * @throws Error when the node does not answer, or has not kept what it is asked for
 */
export const readTransactions = async (
  source: LogSource,
  places: TreasuryPlaces,
  span: LogSpan,
): Promise<readonly PlacedTransaction[]> => {
  const groups = new Map<string, Placed[]>();
  for (const placed of await readPlaced(source, places, span)) {
    const hash = placed.log.transactionHash;
    groups.set(hash, [...(groups.get(hash) ?? []), placed]);
  }
  const all = await inBatches([...groups.values()], (placed) => transactionOf(source, placed));
  return all
    .filter((transaction) => transaction !== undefined)
    .toSorted((a, b) => a.block - b.block || a.position - b.position);
};

/** The tokens of lending positions among those that were listed. */
const positionsIn = (
  { environment: { lending = [] } }: AddressBook,
  tokens: readonly string[],
): ReadonlyMap<string, LendingPlace> =>
  new Map(
    // The books know indexes like Aave's; shares of other markets are assets like others to them.
    lending
      .filter(({ kind }) => kind === "aaveV3")
      .flatMap(({ name, pool, reserves }) =>
        reserves
          .filter(({ position }) => tokens.includes(position))
          .map(({ asset, position }) => [position, { venue: name, pool, asset }] as const),
      ),
  );

/** The book's treasury, its base asset, and every token that was ever listed. */
export const placesOf = async (source: LogSource, span: LogSpan): Promise<TreasuryPlaces> => {
  const [treasury, consensus] = [addressOf(source.book, "Treasury"), addressOf(source.book, "Consensus")];
  const listed = await logsOf(source, span, { of: treasury, topics: [treasuryAbi.getEvent("AssetChanged").topicHash] });
  const base = await Treasury__factory.connect(treasury, source.provider).asset({ blockTag: span.to });
  const tokens = listed.flatMap(({ topics: [, asset = ""] }) => [getAddress(`0x${asset.slice(-40)}`)]);
  const all = [...new Set([base, ...tokens])];
  return { treasury, consensus, base, tokens: all, positions: positionsIn(source.book, all) };
};
