import type { Provider } from "ethers";
import { type Enacted, type PoolMove, readEnacted, readMoves } from "../../../keepers/adapters/readers/tradesOf.ts";
import { type PlannedTrade, plannedIn } from "../../../keepers/backtest/plannedTrade.ts";
import { type PlayedTrade, type RecordedTrade, playTrade, spreadsOf } from "../../../keepers/backtest/divergence.ts";
import type { AddressBook } from "../../../deployments/schema.ts";
import { UsageError } from "../../lib/command.ts";
import { HASHING } from "../../backtest/origin.ts";
import { readRecordFile } from "../../backtest/recordFile.ts";

/** A recorded run beside its backtest. `proposed`: its decisions to trade; `missing`: those that were not enacted. */
export type RunDivergence = ReturnType<typeof spreadsOf> & {
  readonly proposed: number;
  readonly missing: number;
  readonly trades: readonly PlayedTrade[];
};

type Source = { readonly book: AddressBook; readonly provider: Provider; readonly warn: (what: string) => void };

const plansIn = (path: string): ReadonlyMap<string, PlannedTrade> => {
  const plans = new Map<string, PlannedTrade>();
  for (const [evidence, text] of readRecordFile(path).logged) {
    if (HASHING.hashText(text) !== evidence)
      throw new UsageError(`${path}: the record ${evidence} is not what its name says`);
    const planned = plannedIn(JSON.parse(text));
    if (planned !== undefined) plans.set(evidence, planned);
  }
  return plans;
};

/** The trade's own swaps, each with the event that tells what it paid; undefined where they are not those of the plan. */
const hopsOf = ({ plan }: PlannedTrade, own: readonly PoolMove[]): RecordedTrade["hops"] | undefined => {
  if (own.length !== plan.hops.length) return undefined;
  const hops = plan.hops.flatMap(({ pool, tokenIn, amountIn }, index) => {
    const made = own[index];
    const expectedOut = plan.hops[index + 1]?.amountIn ?? plan.expectedOut;
    if (made?.pool !== pool.address || made.amountIn !== amountIn) return [];
    return [{ pool: pool.address, tokenIn, amountIn, expectedOut, realisedOut: made.amountOut }];
  });
  return hops.length === own.length ? hops : undefined;
};

const tradeOf = (planned: PlannedTrade, enacted: Enacted, moves: readonly PoolMove[]): RecordedTrade | undefined => {
  const own = moves.filter(({ transaction }) => transaction === enacted.transaction);
  const first = moves.findIndex(({ transaction }) => transaction === enacted.transaction);
  const hops = hopsOf(planned, own);
  if (hops === undefined) return undefined;
  const { pools, plan } = planned;
  const strangers = moves.slice(0, first).flatMap(({ pool: at, zeroForOne, amountIn, endX96 }) => {
    const pool = pools.find(({ address }) => address === at);
    if (pool === undefined) return [];
    const tokenIn = zeroForOne ? pool.token0 : pool.token1;
    return [{ pool: at, tokenIn, amountIn, minOut: 0n, sqrtPriceLimitX96: endX96 }];
  });
  const { hash, block } = enacted;
  return { hash, decidedAt: plan.snapshotBlock, block: BigInt(block), pools, strangers, hops };
};

const played = async (source: Source, planned: PlannedTrade, enacted: Enacted): Promise<PlayedTrade> => {
  const pools = planned.plan.hops.map(({ pool }) => pool.address);
  const span = { from: Number(planned.plan.snapshotBlock) + 1, to: enacted.block };
  const trade = tradeOf(planned, enacted, await readMoves(source, pools, span));
  const { hash, block } = enacted;
  const unplayed = { kind: "unplayed", hash, decidedAt: planned.plan.snapshotBlock, block: BigInt(block) } as const;
  return trade === undefined
    ? { ...unplayed, why: "its swaps on the chain are not those of its plan" }
    : playTrade(trade);
};

/**
 * Compares what a searcher's recorded decisions were to bring with what the chain says that they brought, trade by trade.
 * @param path its decision log
 * @throws UsageError where the file is no decision log of a searcher, Error when the node does not answer
 */
export const readDivergence = async (path: string, source: Source): Promise<RunDivergence> => {
  const plans = plansIn(path);
  const blocks = [...plans.values()].map(({ plan }) => Number(plan.snapshotBlock));
  if (blocks.length === 0)
    throw new UsageError(`${path} has no decision of a searcher to trade: take its decision log`);
  const enacted = await readEnacted(source, Math.min(...blocks));
  const trades: PlayedTrade[] = [];
  for (const [evidence, planned] of plans) {
    const found = enacted.get(evidence);
    if (found !== undefined) trades.push(await played(source, planned, found));
  }
  return { proposed: plans.size, missing: plans.size - trades.length, trades, ...spreadsOf(trades) };
};
