import { AbiCoder, Interface, concat as concatBytes, id, toBeHex } from "ethers";
import type { HDNodeWallet } from "ethers";
import { type Hex, hex } from "../../keepers/core/hex.ts";
import type { Random } from "../../keepers/core/random.ts";
import { type Address, address } from "../../keepers/core/units.ts";
import type { Pool } from "../../keepers/market/pool.ts";
import { quoteExactInput } from "../../keepers/market/quote.ts";
import { ARTIFACTS } from "../../scripts/sandbox/dex.ts";
import { readArtifact } from "../../scripts/lib/artifact.ts";
import { pick } from "./dexPools.ts";

const v2Router = readArtifact(ARTIFACTS.v2Router).abi;
const v3Router = readArtifact(ARTIFACTS.swapRouter).abi;
const GWEI = 10n ** 9n;
const CHAIN_ID = 1_329n;
/** What every block of these tests costs per gas. */
export const BASE_FEE = 50n * GWEI;
const GAS = 900_000n;
const FAR_FUTURE = 10n ** 12n;

/** A swap that a stranger wants: where to, and what. */
export type Wish = { readonly to: Address; readonly data: string };

/** Where strangers swap. */
export type Venue = { readonly pools: readonly Pool[]; readonly routers: Readonly<Record<Pool["kind"], Address>> };

const other = (pool: Pool, token: Address): Address => (token === pool.token0 ? pool.token1 : pool.token0);

/** The least output that somebody asks for: often none, sometimes so much that the swap may fail once others came first. */
const leastOf = (
  random: Random,
  pool: Pool,
  { tokenIn, amountIn }: { readonly tokenIn: Address; readonly amountIn: bigint },
): bigint => {
  const quote = quoteExactInput(pool, tokenIn, amountIn);
  if (quote.kind !== "ok" || random.uniform() < 0.5) return 0n;
  return (quote.amountOut * (990n + random.below(15n))) / 1_000n;
};

const v3Path = (hops: readonly Pool[], tokenIn: Address): string => {
  let token = tokenIn;
  const parts: string[] = [token];
  for (const pool of hops) {
    token = other(pool, token);
    parts.push(toBeHex(pool.feePips, 3), token);
  }
  return concatBytes(parts);
};

/** One swap of a random kind, pool, direction and size, through the genuine routers. */
export const aWish = (random: Random, { pools, routers }: Venue, recipient: Address): Wish => {
  const pool = pick(random, pools);
  const tokenIn = random.uniform() < 0.5 ? pool.token0 : pool.token1;
  const amountIn = (10n ** 18n * (random.below(20_000n) + 1n)) / 1_000n;
  const next = pools.find(
    (one) =>
      one !== pool &&
      one.kind === pool.kind &&
      other(pool, tokenIn) !== tokenIn &&
      (one.token0 === other(pool, tokenIn) || one.token1 === other(pool, tokenIn)),
  );
  const isLong = next !== undefined && random.uniform() < 0.2;
  const hops = isLong ? [pool, next] : [pool];
  const minOut = isLong ? 0n : leastOf(random, pool, { tokenIn, amountIn });
  const to = routers[pool.kind];
  if (pool.kind === "v2") {
    const path = hops.reduce<readonly Address[]>(
      (tokens, hop) => [...tokens, other(hop, tokens.at(-1) ?? tokenIn)],
      [tokenIn],
    );
    const deadline = random.uniform() < 0.05 ? 1n : FAR_FUTURE;
    return {
      to,
      data: v2Router.encodeFunctionData("swapExactTokensForTokens", [amountIn, minOut, path, recipient, deadline]),
    };
  }
  if (isLong) {
    const call = { path: v3Path(hops, tokenIn), recipient, amountIn, amountOutMinimum: minOut };
    return { to, data: v3Router.encodeFunctionData("exactInput", [call]) };
  }
  const down = tokenIn === pool.token0;
  const near = (pool.sqrtPriceX96 * (down ? 99_990n : 100_010n)) / 100_000n;
  const sqrtPriceLimitX96 = random.uniform() < 0.2 ? near : 0n;
  const call = {
    tokenIn,
    tokenOut: other(pool, tokenIn),
    fee: pool.feePips,
    recipient,
    amountIn,
    amountOutMinimum: minOut,
    sqrtPriceLimitX96,
  };
  return { to, data: v3Router.encodeFunctionData("exactInputSingle", [call]) };
};

/** How a stranger bids. A price in wei per gas; those of the new kind bid a tip beside the most that they pay. */
export type Bid =
  | { readonly kind: "old"; readonly price: bigint }
  | { readonly kind: "new"; readonly fee: bigint; readonly tip: bigint };

/** A bid that the next block accepts, and that is hardly ever another's too. */
export const aBid = (random: Random): Bid => {
  const tip = random.below(100n * GWEI) + 1n;
  if (random.uniform() < 0.3) return { kind: "old", price: BASE_FEE + tip };
  const fee = random.uniform() < 0.3 ? BASE_FEE + random.below(100n * GWEI) : 1_000n * GWEI;
  return { kind: "new", fee, tip: tip < fee ? tip : fee };
};

/** Signs a stranger's swap. */
export const signWish = (
  wallet: HDNodeWallet,
  { to, data }: Wish,
  { nonce, bid }: { readonly nonce: number; readonly bid: Bid },
): Promise<string> => {
  const common = { chainId: CHAIN_ID, to, data, nonce, gasLimit: GAS };
  return wallet.signTransaction(
    bid.kind === "old"
      ? { ...common, type: 0, gasPrice: bid.price }
      : { ...common, type: 2, maxFeePerGas: bid.fee, maxPriorityFeePerGas: bid.tip },
  );
};

const SYNC = id("Sync(uint112,uint112)");
const SWAP = id("Swap(address,address,int256,int256,uint160,uint128,int24)");
const words = AbiCoder.defaultAbiCoder();

/** What a pool is after a swap, by the words of its own event; its state as we write it for comparing. */
export type LeftBehind = readonly [pool: Address, ...state: readonly bigint[]];

/** What the events of a receipt say that each pool was left as. */
export const leftBehind = (
  logs: readonly { readonly address: string; readonly topics: readonly string[]; readonly data: string }[],
): readonly LeftBehind[] =>
  logs.flatMap(({ address: at, topics, data }): readonly LeftBehind[] => {
    if (topics[0] === SYNC) return [[address(at), ...words.decode(["uint256", "uint256"], data).map(BigInt)]];
    if (topics[0] !== SWAP) return [];
    const [, , price, liquidity, tick] = words
      .decode(["int256", "int256", "uint160", "uint128", "int24"], data)
      .map(BigInt);
    return [[address(at), price ?? 0n, liquidity ?? 0n, tick ?? 0n]];
  });

/** The same of a pool as it was foreseen. */
export const asLeft = (pool: Pool): LeftBehind =>
  pool.kind === "v2"
    ? [pool.address, pool.reserve0, pool.reserve1]
    : [pool.address, pool.sqrtPriceX96, pool.liquidity, BigInt(pool.tick)];

/** Nothing that a router's abi knows here: a bundle of calls. */
export const aBundle = (): Hex =>
  hex(new Interface(["function multicall(bytes[])"]).encodeFunctionData("multicall", [[]]));
