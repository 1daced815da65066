import type { Provider } from "ethers";
import { addressOf, sourceNameOf } from "../../../deployments/lookup.ts";
import type { AddressBook, BookOracle } from "../../../deployments/schema.ts";
import { CircuitBreaker__factory, OracleHub__factory, Treasury__factory } from "../../../types/index.ts";
import type { SourceStructOutput, SourceViewStructOutput } from "../../../types/contracts/OracleHub.ts";
import { type BreakerLevel, BREAKER_LEVELS, QUOTE_STATUSES } from "../../core/chainSnapshot.ts";
import { SOURCE_STATUSES } from "../../market/prices/agreement.ts";
import type { FeedReading, SourceReading } from "../../market/prices/feedHealth.ts";
import { isSame } from "./powers.ts";

/** An asset's feed at one block, with its band, the widest band that is a price, and the breaker's level. */
export type OracleReading = Omit<FeedReading, "sources"> & {
  readonly address: string;
  readonly lower: bigint;
  readonly upper: bigint;
  readonly maxBandBps: bigint;
  readonly level: BreakerLevel;
  readonly sources: readonly (SourceReading & {
    readonly reader: string;
    readonly deviationBps: bigint;
    /** Half of the width of the interval that it was believed in, in USD with 18 decimals. */
    readonly interval: bigint;
  })[];
};

/** The name in the address book of the oracle that a reader reads, or the reader's address. */
export const oracleNameOf = ({ environment, contracts }: AddressBook, reader: string): string => {
  const isRead = ([name, oracle]: readonly [string, BookOracle]): boolean => {
    const at = "proxy" in oracle ? oracle.proxy : contracts[sourceNameOf(name)]?.address;
    return at !== undefined && isSame(at, reader);
  };
  return Object.entries(environment.oracles).find(isRead)?.[0] ?? reader;
};

const symbolOf = ({ environment }: AddressBook, asset: string): string =>
  Object.values(environment.tokens).find(({ address }) => isSame(address, asset))?.symbol ?? asset;

/** A source's answer beside its rule; the contract gives both lists in the feed's order. */
const sourceReading = (
  name: string,
  { reader, status, price, interval, updatedAt }: SourceViewStructOutput,
  rule: SourceStructOutput | undefined,
): OracleReading["sources"][number] => ({
  name,
  reader,
  state: SOURCE_STATUSES[Number(status)] ?? "Unreadable",
  price,
  interval,
  updatedAt,
  maxAge: rule?.maxAge ?? 0n,
  deviationBps: rule?.deviationBps ?? 0n,
  heartbeat: undefined,
});

const readOracle = async (
  book: AddressBook,
  provider: Provider,
  { asset, block, now }: { readonly asset: string; readonly block: number; readonly now: bigint },
): Promise<OracleReading> => {
  const hub = OracleHub__factory.connect(addressOf(book, "OracleHub"), provider);
  const breaker = CircuitBreaker__factory.connect(addressOf(book, "CircuitBreaker"), provider);
  const at = { blockTag: block };
  const [[feed, rules], { status, answer }, views, level] = await Promise.all([
    hub.feedOf(asset, at),
    hub.previewQuote(asset, at),
    hub.previewSources(asset, at),
    breaker.levelOf(asset, at),
  ]);
  const sources = views.map((view, index) => sourceReading(oracleNameOf(book, view.reader), view, rules[index]));
  const { middle, lower, upper, confidenceBps } = answer;
  return {
    asset: symbolOf(book, asset),
    address: asset,
    now,
    status: QUOTE_STATUSES[Number(status)] ?? "UnknownAsset",
    middle,
    lower,
    upper,
    confidenceBps,
    quorum: Number(feed.quorum),
    maxBandBps: feed.maxBandBps,
    level: BREAKER_LEVELS[Number(level)] ?? "Halted",
    sources,
  };
};

/**
 * The feed of each asset of the treasury, all at one block.
 * @throws Error when the chain does not answer or the book lacks a contract
 */
export const readOracles = async (book: AddressBook, provider: Provider): Promise<readonly OracleReading[]> => {
  const block = await provider.getBlock("latest");
  if (block === null) throw new Error("the node has no newest block");
  const at = { blockTag: block.number };
  const assets = await Treasury__factory.connect(addressOf(book, "Treasury"), provider).assets(at);
  const when = { block: block.number, now: BigInt(block.timestamp) };
  return Promise.all(assets.map((asset) => readOracle(book, provider, { asset, ...when })));
};

/** The breaker's level for all that the treasury does, beside those of single assets. @throws Error as `readOracles` */
export const readEverything = async (book: AddressBook, provider: Provider): Promise<BreakerLevel> => {
  const breaker = CircuitBreaker__factory.connect(addressOf(book, "CircuitBreaker"), provider);
  return BREAKER_LEVELS[Number(await breaker.highestLevel([]))] ?? "Halted";
};
