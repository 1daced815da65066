import { type Contract, type Signer, MaxUint256, ZeroAddress } from "ethers";
import { type Address, address } from "../../keepers/core/units.ts";
import { type V2Pool, type V3Pool, v2Pool, v3Pool } from "../../keepers/market/pool.ts";
import { type V3State, type V3Tick, WHOLE_RANGE, windowOfWords, wordOf } from "../../keepers/market/v3State.ts";
import {
  type Dexes,
  deployArtifact,
  deployDexes,
  deployWrappedNative,
  pairAt,
  v3PoolAt,
} from "../../scripts/sandbox/dex.ts";
import { readArtifact } from "../../scripts/lib/artifact.ts";

/** Genuine Uniswap on a test chain, with three plain tokens (sorted by address) of which `signer` owns all. */
export type DexFixture = Dexes & {
  readonly signer: Signer;
  readonly owner: string;
  readonly tokens: readonly [Contract, Contract, Contract];
  readonly multicall: Contract;
};

export type Range = {
  readonly lower: number;
  readonly upper: number;
  readonly amount0: bigint;
  readonly amount1: bigint;
};

const FAR_FUTURE = 10n ** 12n;
const SUPPLY = 1n << 255n;
/** Fixed, so that no estimate comes between a test and what it tests; below the limit of a block on Sei. */
const GAS_LIMIT = 12_000_000n;

/** Sends a transaction of a contract that has no generated types, and waits for it. */
export const send = async (contract: Contract, method: string, args: readonly unknown[]): Promise<void> => {
  const sent: { wait: () => Promise<unknown> } = await contract
    .getFunction(method)
    .send(...args, { gasLimit: GAS_LIMIT });
  await sent.wait();
};

/** Calls a view (or simulates a transaction) of a contract that has no generated types. */
export const view = (contract: Contract, method: string, args: readonly unknown[] = []): Promise<unknown> =>
  contract.getFunction(method).staticCall(...args);

const bigintOf = (value: unknown): bigint => {
  if (typeof value !== "bigint") throw new TypeError(`not a bigint: ${String(value)}`);
  return value;
};
const textOf = (value: unknown): string => {
  if (typeof value !== "string") throw new TypeError(`not a string: ${String(value)}`);
  return value;
};
const listOf = (value: unknown): readonly unknown[] => {
  if (!Array.isArray(value)) throw new TypeError(`not a list: ${String(value)}`);
  return value;
};

export const bigintsOf = (value: unknown): readonly bigint[] => listOf(value).map(bigintOf);

export const viewBigint = async (contract: Contract, method: string, args: readonly unknown[] = []): Promise<bigint> =>
  bigintOf(await view(contract, method, args));
export const viewList = async (
  contract: Contract,
  method: string,
  args: readonly unknown[] = [],
): Promise<readonly unknown[]> => listOf(await view(contract, method, args));

const deployTokens = async (signer: Signer, spenders: readonly Contract[]) => {
  const artifact = readArtifact("@uniswap/v2-periphery/build/ERC20.json");
  const make = async (): Promise<Contract> => {
    const token = await deployArtifact(signer, artifact, [SUPPLY]);
    for (const { target } of spenders) await send(token, "approve", [target, MaxUint256]);
    return token;
  };
  const made = [await make(), await make(), await make()];
  const [a, b, c] = made.toSorted((x, y) => (BigInt(addressOfContract(x)) < BigInt(addressOfContract(y)) ? -1 : 1));
  if (a === undefined || b === undefined || c === undefined) throw new Error("three tokens were made");
  return [a, b, c] as const;
};

export const addressOfContract = (contract: Contract): Address => address(textOf(contract.target));

export const deployDexFixture = async (signer: Signer): Promise<DexFixture> => {
  const wrapped = await deployWrappedNative(signer);
  const dexes = await deployDexes(signer, await wrapped.getAddress());
  const { v2Router, positionManager, swapRouter } = dexes;
  const tokens = await deployTokens(signer, [v2Router, positionManager, swapRouter]);
  const multicall = await deployArtifact(
    signer,
    readArtifact(
      "@uniswap/v3-periphery/artifacts/contracts/lens/UniswapInterfaceMulticall.sol/UniswapInterfaceMulticall.json",
    ),
  );
  return { ...dexes, signer, owner: await signer.getAddress(), tokens, multicall };
};

export type NewPair = {
  readonly token0: Contract;
  readonly token1: Contract;
  readonly reserve0: bigint;
  readonly reserve1: bigint;
};

/** Creates a v2 pair with its first liquidity. */
export const makePair = async (dex: DexFixture, pair: NewPair): Promise<Contract> => {
  const { token0, token1, reserve0, reserve1 } = pair;
  const { v2Router, v2Factory, owner } = dex;
  await send(v2Router, "addLiquidity", [token0.target, token1.target, reserve0, reserve1, 0n, 0n, owner, FAR_FUTURE]);
  return pairAt(textOf(await view(v2Factory, "getPair", [token0.target, token1.target])), dex.signer);
};

export type NewV3Pool = {
  readonly token0: Contract;
  readonly token1: Contract;
  readonly feePips: bigint;
  readonly sqrtPriceX96: bigint;
  readonly ranges: readonly Range[];
};

/** Creates a v3 pool at a price and opens a position for each range. */
export const makeV3Pool = async (dex: DexFixture, pool: NewV3Pool): Promise<Contract> => {
  const { token0, token1, feePips, sqrtPriceX96, ranges } = pool;
  const key = [token0.target, token1.target, feePips];
  await send(dex.positionManager, "createAndInitializePoolIfNecessary", [...key, sqrtPriceX96]);
  for (const { lower, upper, amount0, amount1 } of ranges) {
    await send(dex.positionManager, "mint", [[...key, lower, upper, amount0, amount1, 0n, 0n, dex.owner, FAR_FUTURE]]);
  }
  const at = textOf(await view(dex.v3Factory, "getPool", key));
  if (at === ZeroAddress) throw new Error("the pool was not created");
  return v3PoolAt(at, dex.signer);
};

export const readPair = async (pair: Contract): Promise<V2Pool> => {
  const [reserve0, reserve1] = await viewList(pair, "getReserves");
  return v2Pool({
    address: addressOfContract(pair),
    token0: address(textOf(await view(pair, "token0"))),
    token1: address(textOf(await view(pair, "token1"))),
    reserve0: bigintOf(reserve0),
    reserve1: bigintOf(reserve1),
    feePips: 3_000n,
  });
};

/** Price, tick and liquidity of a v3 pool now. */
export const readV3Moving = async (pool: Contract): Promise<Pick<V3State, "sqrtPriceX96" | "tick" | "liquidity">> => {
  const [sqrtPriceX96, tick] = await viewList(pool, "slot0");
  const liquidity = await viewBigint(pool, "liquidity");
  return { sqrtPriceX96: bigintOf(sqrtPriceX96), tick: Number(bigintOf(tick)), liquidity };
};

const readV3Fixed = async (
  pool: Contract,
): Promise<Pick<V3State, "address" | "token0" | "token1" | "feePips" | "tickSpacing">> => ({
  address: addressOfContract(pool),
  token0: address(textOf(await view(pool, "token0"))),
  token1: address(textOf(await view(pool, "token1"))),
  feePips: await viewBigint(pool, "fee"),
  tickSpacing: Number(await viewBigint(pool, "tickSpacing")),
});

/** Reads a pool whose positions the test made itself: the ticks are looked up one by one, and there are no others. */
export const readV3Pool = async (pool: Contract, ranges: readonly Range[]): Promise<V3Pool> => {
  const indexes = [...new Set(ranges.flatMap(({ lower, upper }) => [lower, upper]))].toSorted((a, b) => a - b);
  const ticks: V3Tick[] = [];
  for (const index of indexes) {
    const liquidityNet = bigintOf((await viewList(pool, "ticks", [index]))[1]);
    ticks.push({ index, liquidityNet });
  }
  return v3Pool({ ...(await readV3Fixed(pool)), ...(await readV3Moving(pool)), ticks, ...WHOLE_RANGE });
};

/** Reads a pool as a keeper does: TickLens, some words of the bitmap on either side of the price. */
export const readV3Window = async (dex: DexFixture, pool: Contract, words: number): Promise<V3Pool> => {
  const [fixed, moving] = [await readV3Fixed(pool), await readV3Moving(pool)];
  const word = wordOf(moving.tick, fixed.tickSpacing);
  const ticks: V3Tick[] = [];
  for (let at = word - words; at <= word + words; at += 1) {
    for (const populated of await viewList(dex.tickLens, "getPopulatedTicksInWord", [pool.target, at])) {
      const [index, liquidityNet] = listOf(populated);
      ticks.push({ index: Number(bigintOf(index)), liquidityNet: bigintOf(liquidityNet) });
    }
  }
  ticks.sort((a, b) => a.index - b.index);
  return v3Pool({ ...fixed, ...moving, ticks, ...windowOfWords(fixed.tickSpacing, word - words, word + words) });
};

/** Asks one contract many questions in one `eth_call`, through Uniswap's own multicall; undefined where it reverted. */
export const askMany = async (
  dex: DexFixture,
  ask: {
    readonly contract: Contract;
    readonly method: string;
    readonly queries: readonly (readonly unknown[])[];
    readonly gas: bigint;
  },
): Promise<readonly (readonly unknown[] | undefined)[]> => {
  const { contract, method, queries, gas } = ask;
  const display = contract.interface;
  const calls = queries.map((query) => [contract.target, gas, display.encodeFunctionData(method, [...query])]);
  const [, answers] = await viewList(dex.multicall, "multicall", [calls]);
  return listOf(answers).map((answer) => {
    const [success, , data] = listOf(answer);
    return success === true ? [...display.decodeFunctionResult(method, textOf(data))] : undefined;
  });
};
