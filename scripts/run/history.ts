import type { Provider } from "ethers";
import type { AddressBook } from "../../deployments/schema.ts";
import { type Address, address } from "../../keepers/core/units.ts";
import { type Pool, type V3Pool, v2Pool, v3Pool } from "../../keepers/market/pool.ts";
import { type V3Tick, windowOfWords } from "../../keepers/market/v3State.ts";
import { NexusLens__factory } from "../../types/index.ts";
import { addressOf } from "../../deployments/lookup.ts";

/** What the treasury holds of a token, and what one whole of it is worth in USD with 18 decimals. */
export type Holding = {
  readonly token: Address;
  readonly symbol: string;
  readonly decimals: number;
  readonly balance: bigint;
  readonly price: bigint;
};

/** The world as a block left it. Fee in wei per gas. */
export type BlockRecord = {
  readonly block: number;
  readonly baseFee: bigint;
  readonly pools: readonly Pool[];
  readonly holdings: readonly Holding[];
};

type BookPool = AddressBook["environment"]["pools"][number];
type RawV3 = {
  readonly sqrtPriceX96: bigint;
  readonly tick: bigint;
  readonly tickSpacing: bigint;
  readonly liquidity: bigint;
  readonly firstWord: bigint;
  readonly lastWord: bigint;
  readonly ticks: readonly bigint[];
};

/** Words of ticks on each side of the current one, plus one: farther than the market moves. */
const WORDS = 5;

const constantsOf = ({ address: at, token0, token1, feePips }: BookPool) => ({
  address: address(at),
  token0: address(token0),
  token1: address(token1),
  feePips: BigInt(feePips),
});

const unpack = (packed: bigint): V3Tick => ({
  index: Number(BigInt.asIntN(128, packed >> 128n)),
  liquidityNet: BigInt.asIntN(128, packed),
});

const toV3 = (info: BookPool, raw: RawV3): V3Pool => {
  const tickSpacing = Number(raw.tickSpacing);
  return v3Pool({
    ...constantsOf(info),
    sqrtPriceX96: raw.sqrtPriceX96,
    tick: Number(raw.tick),
    tickSpacing,
    liquidity: raw.liquidity,
    ticks: raw.ticks.map(unpack),
    ...windowOfWords(tickSpacing, Number(raw.firstWord), Number(raw.lastWord)),
  });
};

const pair = <A, B>(asked: readonly A[], answered: readonly B[]): readonly (readonly [A, B])[] =>
  asked.flatMap((item, index) => {
    const answer = answered[index];
    return answer === undefined ? [] : [[item, answer] as const];
  });

/** The tokens that the treasury may hold: those that some pool trades. */
const tradedTokens = ({ environment }: AddressBook) => {
  const traded = new Set(environment.pools.flatMap(({ token0, token1 }) => [token0, token1]));
  return Object.values(environment.tokens).filter((token) => traded.has(token.address));
};

/**
 * Makes a reader of past blocks: it is used when a run is over, so that measuring costs the agents nothing.
 * @returns a function that throws when the node does not know the block
 */
export const historyOf = (provider: Provider, book: AddressBook): ((block: number) => Promise<BlockRecord>) => {
  const lens = NexusLens__factory.connect(addressOf(book, "NexusLens"), provider);
  const { pools } = book.environment;
  const [v2, v3] = [pools.filter(({ kind }) => kind === "v2"), pools.filter(({ kind }) => kind === "v3")];
  const tokens = tradedTokens(book);
  const query = {
    v2Pools: v2.map((pool) => pool.address),
    v3Pools: v3.map((pool) => pool.address),
    v3Words: v3.map(() => WORDS),
    tokens: tokens.map((token) => token.address),
    signers: [],
    scopes: [],
    agentId: 0,
  };
  return async (block) => {
    const [view, header] = await Promise.all([lens.snapshot(query, { blockTag: block }), provider.getBlock(block)]);
    const baseFee = header?.baseFeePerGas ?? undefined;
    if (baseFee === undefined) throw new Error(`the node does not know block ${block}`);
    return {
      block,
      baseFee,
      pools: [
        ...pair(v2, view.v2Pools).map(([info, { reserve0, reserve1 }]) =>
          v2Pool({ ...constantsOf(info), reserve0, reserve1 }),
        ),
        ...pair(v3, view.v3Pools).map(([info, raw]) => toV3(info, raw)),
      ],
      holdings: pair(tokens, view.tokens).map(([{ address: at, symbol, decimals }, { balance, quote }]) => {
        return { token: address(at), symbol, decimals, balance, price: quote.middle };
      }),
    };
  };
};
