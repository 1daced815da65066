import { type Provider, JsonRpcProvider } from "ethers";
import type { AddressBook } from "../../deployments/schema.ts";
import type { TokenChange } from "../../keepers/core/proposal.ts";
import { netChanges } from "../../keepers/core/transfers.ts";
import { address } from "../../keepers/core/units.ts";
import { Consensus__factory, Treasury__factory } from "../../types/index.ts";
import { type BlockValue, type Episode, type Taken, episodesOf } from "./episodes.ts";
import { type BlockRecord, historyOf } from "./history.ts";
import {
  type TradeGas,
  type Yardstick,
  treasuryWorth,
  valueBlock,
  worthOf,
  worthOfWei,
  yardstickOf,
} from "./values.ts";
import { addressOf } from "../../deployments/lookup.ts";

/** What to measure: what happened after `first` up to `last`. */
export type RunSpan = { readonly first: number; readonly last: number };

export type MeasureOptions = {
  readonly rpcUrl: string;
  readonly book: AddressBook;
  readonly span: RunSpan;
  /** Who pays the gas. */
  readonly payer: string;
  readonly gas: TradeGas;
  /** Told how far the slow part is. */
  readonly onProgress: (done: number, all: number) => void;
};

/** What the chain says of a run; amounts in base units, all at the prices of its last block. */
export type Measured = {
  readonly decimals: number;
  readonly episodes: readonly Episode[];
  readonly values: readonly BlockValue[];
  readonly trades: readonly Taken[];
  readonly treasuryBefore: bigint;
  readonly treasuryAfter: bigint;
  readonly profitGross: bigint;
  readonly gasPaid: bigint;
  /** What was executed on the slow path, and what that changed of the treasury. */
  readonly slowExecuted: number;
  readonly slowChange: bigint;
};

/** What one enacted transaction changed of the treasury's balances, and what its gas cost in wei. */
type Enacted = { readonly block: number; readonly fee: bigint; readonly changes: readonly TokenChange[] };

const consensusAbi = Consensus__factory.createInterface();

/** The event by which Consensus says that the treasury acted: at once, or after a delay. */
type Way = "ProposalEnacted" | "ProposalExecuted";

/** What each transaction that took one way changed, from the listed tokens' own account of it. */
const readEnacted = async (
  provider: Provider,
  book: AddressBook,
  { first, last, way }: RunSpan & { readonly way: Way },
): Promise<readonly Enacted[]> => {
  const holder = address(addressOf(book, "Treasury"));
  const [events, assets] = await Promise.all([
    provider.getLogs({
      fromBlock: first + 1,
      toBlock: last,
      address: addressOf(book, "Consensus"),
      topics: [consensusAbi.getEvent(way).topicHash],
    }),
    Treasury__factory.connect(holder, provider).assets(),
  ]);
  const listed = new Set(assets.map(address));
  return Promise.all(
    [...new Set(events.map(({ transactionHash }) => transactionHash))].map(async (transaction) => {
      const receipt = await provider.getTransactionReceipt(transaction);
      if (receipt === null) throw new Error(`no receipt of ${transaction}`);
      const logs = receipt.logs.map(({ address: emitter, topics, data }) => ({
        address: address(emitter),
        topics,
        data,
      }));
      const changes = netChanges(logs, holder, listed);
      return { block: receipt.blockNumber, fee: receipt.fee, changes };
    }),
  );
};

const grossOf = ({ changes }: Enacted, prices: Yardstick): bigint =>
  changes.reduce((sum, { token, change }) => sum + worthOf(prices, token, change), 0n);

/** Values every state that a trade of the run could have traded on; the last block's could not. */
const valueAll = async (
  history: (block: number) => Promise<BlockRecord>,
  { span, gas, onProgress }: MeasureOptions,
  prices: Yardstick,
): Promise<readonly BlockValue[]> => {
  const values: BlockValue[] = [];
  for (let block = span.first; block < span.last; block += 1) {
    values.push(valueBlock(await history(block), gas, prices));
    onProgress(values.length, span.last - span.first);
  }
  return values;
};

/**
 * Measures a run that is over by asking the chain alone.
 * @throws Error when the node no longer answers
 */
export const measureRun = async (options: MeasureOptions): Promise<Measured> => {
  const { rpcUrl, book, span, payer } = options;
  const provider = new JsonRpcProvider(rpcUrl, book.chainId, { staticNetwork: true });
  try {
    const history = historyOf(provider, book);
    const [before, after] = await Promise.all([history(span.first), history(span.last)]);
    const prices = yardstickOf(after.holdings, "USDC", "WSEI");
    const enacted = await readEnacted(provider, book, { ...span, way: "ProposalEnacted" });
    const slow = await readEnacted(provider, book, { ...span, way: "ProposalExecuted" });
    const [balanceBefore, balanceAfter] = await Promise.all([
      provider.getBalance(payer, span.first),
      provider.getBalance(payer, span.last),
    ]);
    const values = await valueAll(history, options, prices);
    return {
      decimals: prices.base.decimals,
      values,
      episodes: episodesOf(values),
      // One trade for each transaction that enacted something, its profit after its own gas.
      trades: enacted.map((each) => ({
        block: each.block,
        profit: grossOf(each, prices) - worthOfWei(prices, each.fee),
      })),
      treasuryBefore: treasuryWorth(before.holdings, prices),
      treasuryAfter: treasuryWorth(after.holdings, prices),
      profitGross: enacted.reduce((sum, each) => sum + grossOf(each, prices), 0n),
      gasPaid: worthOfWei(prices, balanceBefore - balanceAfter),
      slowExecuted: slow.length,
      slowChange: slow.reduce((sum, each) => sum + grossOf(each, prices), 0n),
    };
  } finally {
    provider.destroy();
  }
};
