import type { Interface, Log } from "ethers";
import { addressOf } from "../../../deployments/lookup.ts";
import { Consensus__factory } from "../../../types/index.ts";
import { type Address, address } from "../../core/units.ts";
import type { LogSource } from "./logs.ts";
import { readSpan } from "./logs.ts";
import { POOL_EVENTS } from "./poolSwaps.ts";

/** A proposal that the fast path enacted, by the evidence that it carried. */
export type Enacted = { readonly hash: string; readonly block: number; readonly transaction: string };

/** A swap in a pool, by its own event. `endX96`: a v3 pool's price after it; zero for v2. */
export type PoolMove = {
  readonly pool: Address;
  readonly transaction: string;
  readonly zeroForOne: boolean;
  readonly amountIn: bigint;
  readonly amountOut: bigint;
  readonly endX96: bigint;
};

const consensusAbi = Consensus__factory.createInterface();

const valuesOf = (abi: Interface, { topics, data }: Log): readonly unknown[] => {
  const values: readonly unknown[] | undefined = abi.parseLog({ topics: [...topics], data })?.args.toArray();
  return values ?? [];
};

/** What was enacted from a block on, by evidence. @throws Error when the node does not answer */
export const readEnacted = async (source: LogSource, from: number): Promise<ReadonlyMap<string, Enacted>> => {
  const { book, provider, warn } = source;
  const filter = {
    address: addressOf(book, "Consensus"),
    topics: [consensusAbi.getEvent("ProposalEnacted").topicHash],
  };
  const logs = await readSpan({ from, to: await provider.getBlockNumber(), warn }, (span) =>
    provider.getLogs({ ...filter, fromBlock: span.from, toBlock: span.to }),
  );
  return new Map(
    logs.map((log) => {
      const values = valuesOf(consensusAbi, log);
      const evidence = String(values.at(-1));
      return [evidence, { hash: String(values[0]), block: log.blockNumber, transaction: log.transactionHash }];
    }),
  );
};

type Amounts = Pick<PoolMove, "zeroForOne" | "amountIn" | "amountOut" | "endX96">;

const amountsV2 = ([in0 = 0n, in1 = 0n, out0 = 0n, out1 = 0n]: readonly bigint[]): Amounts =>
  in0 > 0n
    ? { zeroForOne: true, amountIn: in0, amountOut: out1, endX96: 0n }
    : { zeroForOne: false, amountIn: in1, amountOut: out0, endX96: 0n };

const amountsV3 = ([amount0 = 0n, amount1 = 0n, endX96 = 0n]: readonly bigint[]): Amounts =>
  amount0 > 0n
    ? { zeroForOne: true, amountIn: amount0, amountOut: -amount1, endX96 }
    : { zeroForOne: false, amountIn: amount1, amountOut: -amount0, endX96 };

const moveOf = (log: Log): PoolMove => {
  const numbers = valuesOf(POOL_EVENTS.abi, log).filter((value) => typeof value === "bigint");
  const amounts = log.topics[0] === POOL_EVENTS.v2 ? amountsV2(numbers) : amountsV3(numbers);
  return { pool: address(log.address), transaction: log.transactionHash, ...amounts };
};

/** The swaps in pools from one block to another, both included, in the chain's order. @throws Error when the node does not answer */
export const readMoves = async (
  { provider }: Pick<LogSource, "provider">,
  pools: readonly Address[],
  { from, to }: { readonly from: number; readonly to: number },
): Promise<readonly PoolMove[]> => {
  const topics = [[POOL_EVENTS.v2, POOL_EVENTS.v3]];
  const logs = await provider.getLogs({ address: [...pools], topics, fromBlock: from, toBlock: to });
  return logs.toSorted((a, b) => a.blockNumber - b.blockNumber || a.index - b.index).map(moveOf);
};
