import { Interface, type Log, type Provider } from "ethers";
import type { AddressBook } from "../../../deployments/schema.ts";
import { IV3Pool__factory } from "../../../types/index.ts";
import { PIPS } from "../../market/pips.ts";
import type { SwapFact } from "../../quant/analytics/facts.ts";
import { isSame } from "./powers.ts";

const POOLS = new Interface([
  "event Sync(uint112 reserve0, uint112 reserve1)",
  "event Swap(address indexed sender, uint256 amount0In, uint256 amount1In, uint256 amount0Out, uint256 amount1Out, address indexed to)",
  "event Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1, uint160 sqrtPriceX96, uint128 liquidity, int24 tick)",
]);
const V2_SWAP = "Swap(address,uint256,uint256,uint256,uint256,address)";
const V3_SWAP = "Swap(address,address,int256,int256,uint160,uint128,int24)";
const topicOf = (signature: string): string => POOLS.getEvent(signature)?.topicHash ?? "";
const TOPICS = { v2: topicOf(V2_SWAP), v3: topicOf(V3_SWAP), sync: topicOf("Sync") } as const;
/** The swaps of both kinds of pools, and the first topics of their events. */
export const POOL_EVENTS = { abi: POOLS, v2: TOPICS.v2, v3: TOPICS.v3 } as const;
const Q192 = 1n << 192n;

type BookPool = AddressBook["environment"]["pools"][number];

/** What moved, and the price of token0 in token1 before, as a fraction. */
type Moved = {
  readonly isZeroIn: boolean;
  readonly amountIn: bigint;
  readonly amountOut: bigint;
  readonly up: bigint;
  readonly down: bigint;
};

const numbersOf = ({ topics, data }: Log): readonly bigint[] =>
  (POOLS.parseLog({ topics: [...topics], data })?.args.toArray() ?? []).filter((value) => typeof value === "bigint");

/** The reserves that a pair said right before one of its swaps. */
const reservesAfter = ({ address, index }: Log, logs: readonly Log[]): readonly bigint[] => {
  const sync = logs.findLast((log) => log.address === address && log.topics[0] === TOPICS.sync && log.index < index);
  return sync === undefined ? [] : numbersOf(sync);
};

/** What the reserves were before follows from what moved. */
const movedV2 = (log: Log, logs: readonly Log[]): Moved | undefined => {
  const [in0 = 0n, in1 = 0n, out0 = 0n, out1 = 0n] = numbersOf(log);
  const [after0, after1] = reservesAfter(log, logs);
  if (after0 === undefined || after1 === undefined || (in0 !== 0n && in1 !== 0n)) return undefined;
  const [down, up] = [after0 - in0 + out0, after1 - in1 + out1];
  const isZeroIn = in0 !== 0n;
  const [amountIn, amountOut] = isZeroIn ? [in0, out1] : [in1, out0];
  return { isZeroIn, amountIn, amountOut, up, down };
};

/** A v3 pool says its price after a swap: before it, it was that after the last one, or that at the end of the block before. */
const priceBefore = async (provider: Provider, log: Log): Promise<bigint | undefined> => {
  const { address, blockNumber, index } = log;
  const own = await provider.getLogs({ address, fromBlock: blockNumber, toBlock: blockNumber, topics: [TOPICS.v3] });
  const last = own
    .filter((one) => one.index < index)
    .toSorted((a, b) => a.index - b.index)
    .at(-1);
  if (last !== undefined) return numbersOf(last)[2];
  return (await IV3Pool__factory.connect(address, provider).slot0({ blockTag: blockNumber - 1 })).sqrtPriceX96;
};

const movedV3 = async (provider: Provider, log: Log): Promise<Moved | undefined> => {
  const [amount0 = 0n, amount1 = 0n] = numbersOf(log);
  const root = await priceBefore(provider, log);
  if (root === undefined) return undefined;
  const price = { up: root * root, down: Q192 };
  return amount0 > 0n
    ? { isZeroIn: true, amountIn: amount0, amountOut: -amount1, ...price }
    : { isZeroIn: false, amountIn: amount1, amountOut: -amount0, ...price };
};

const factOf = (pool: BookPool, { isZeroIn, amountIn, amountOut, up, down }: Moved): SwapFact | undefined => {
  if (up === 0n || down === 0n) return undefined;
  const feeIn = (amountIn * BigInt(pool.feePips) + PIPS - 1n) / PIPS;
  const rest = amountIn - feeIn;
  const [tokenIn, tokenOut] = isZeroIn ? [pool.token0, pool.token1] : [pool.token1, pool.token0];
  const spotOut = isZeroIn ? (rest * up) / down : (rest * down) / up;
  return { kind: "swap", pool: pool.address, tokenIn, amountIn, feeIn, tokenOut, spotOut, amountOut };
};

/** A swap with the place of its log. */
export type PlacedSwap = { readonly index: number; readonly fact: SwapFact };

/**
 * The swaps in a transaction's logs on the book's pools, each with the pool's price before it. A pool of another kind, or one
 * that the book does not have, is left out.
 * @throws Error when the node does not answer, or has not kept the state of the block before
 */
export const swapsIn = async (
  book: AddressBook,
  provider: Provider,
  logs: readonly Log[],
): Promise<readonly PlacedSwap[]> => {
  const found = await Promise.all(
    logs.map(async (log): Promise<PlacedSwap | undefined> => {
      const pool = book.environment.pools.find(({ address }) => isSame(address, log.address));
      const [topic] = log.topics;
      if (pool === undefined || (topic !== TOPICS.v2 && topic !== TOPICS.v3)) return undefined;
      const moved = topic === TOPICS.v2 ? movedV2(log, logs) : await movedV3(provider, log);
      const fact = moved === undefined ? undefined : factOf(pool, moved);
      return fact === undefined ? undefined : { index: log.index, fact };
    }),
  );
  return found.filter((swap) => swap !== undefined);
};
