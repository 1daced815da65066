import type { Contract } from "ethers";
import type { Random } from "../../keepers/core/random.ts";
import type { V3Pool } from "../../keepers/market/pool.ts";
import { sqrtRatioAtTick } from "../../keepers/market/tickMaths.ts";
import { type DexFixture, type Range, makePair, makeV3Pool, readV3Pool, send } from "./dexes.ts";

const E18 = 10n ** 18n;

/** A pool on the chain, as the test chain has it and as we read it. `bits` bounds the amounts worth trying. */
export type Known = {
  readonly name: string;
  readonly contract: Contract;
  readonly pool: V3Pool;
  readonly ranges: readonly Range[];
  readonly bits: number;
};

const range = (lower: number, upper: number, amount: bigint): Range => ({
  lower,
  upper,
  amount0: amount,
  amount1: amount,
});

/** Overlapping positions around the price, one of them over almost the whole range. */
const dense = (spacing: number): readonly Range[] => {
  const edge = Math.floor(880_000 / spacing) * spacing;
  return [
    range(-edge, edge, 1_000n * E18),
    range(-90 * spacing, 70 * spacing, 500n * E18),
    range(-20 * spacing, 30 * spacing, 300n * E18),
    range(-2 * spacing, 1 * spacing, 100n * E18),
    range(-700 * spacing, -300 * spacing, 200n * E18),
    range(260 * spacing, 900 * spacing, 200n * E18),
  ];
};

/** Islands of liquidity with nothing between; the price stands in a gap. */
const islands = (spacing: number): readonly Range[] => [
  range(3 * spacing, 40 * spacing, 50n * E18),
  range(300 * spacing, 310 * spacing, 7n * E18),
  range(310 * spacing, 312 * spacing, E18),
  range(-9 * spacing, -2 * spacing, 20n * E18),
  range(-800 * spacing, -600 * spacing, 33n * E18),
];

const TIERS = [
  { feePips: 100n, spacing: 1 },
  { feePips: 500n, spacing: 10 },
  { feePips: 3_000n, spacing: 60 },
  { feePips: 10_000n, spacing: 200 },
] as const;

const makeKnown = async (
  dex: DexFixture,
  spec: Omit<Known, "contract" | "pool"> & {
    readonly pair: readonly [Contract, Contract];
    readonly feePips: bigint;
    readonly sqrtPriceX96: bigint;
  },
): Promise<Known> => {
  const { pair, feePips, sqrtPriceX96, name, ranges, bits } = spec;
  const contract = await makeV3Pool(dex, { token0: pair[0], token1: pair[1], feePips, sqrtPriceX96, ranges });
  return { name, contract, ranges, bits, pool: await readV3Pool(contract, ranges) };
};

/** So wide a spacing that one step spans the whole range, and so much liquidity that 256-bit products wrap. */
const makeGiant = async (dex: DexFixture): Promise<Known> => {
  await send(dex.v3Factory, "enableFeeAmount", [1_234n, 16_383]);
  const [, b, c] = dex.tokens;
  const edge = 16_383 * 54;
  const ranges = [{ lower: -edge, upper: edge, amount0: 1n << 59n, amount1: 1n << 184n }];
  return makeKnown(dex, {
    name: "giant",
    pair: [b, c],
    feePips: 1_234n,
    sqrtPriceX96: sqrtRatioAtTick(880_000),
    ranges,
    bits: 160,
  });
};

/** Two pools of each fee tier and a giant one. */
export const makeV3Pools = async (dex: DexFixture): Promise<readonly Known[]> => {
  const [a, b, c] = dex.tokens;
  const pools: Known[] = [];
  for (const { feePips, spacing } of TIERS) {
    const sqrtPriceX96 = sqrtRatioAtTick(0) + 987_654_321_987_654_321n;
    const common = { feePips, sqrtPriceX96, bits: spacing === 1 ? 72 : 78 };
    pools.push(await makeKnown(dex, { ...common, name: `dense ${feePips}`, pair: [a, b], ranges: dense(spacing) }));
    pools.push(
      await makeKnown(dex, {
        ...common,
        name: `islands ${feePips}`,
        pair: [a, c],
        ranges: islands(spacing),
        bits: spacing <= 10 ? 65 : 74,
      }),
    );
  }
  return [...pools, await makeGiant(dex)];
};

/** Deep and even, deep and lopsided, and so shallow that rounding is most of the result. */
export const makePairs = async (dex: DexFixture): Promise<readonly Contract[]> => {
  const [a, b, c] = dex.tokens;
  return [
    await makePair(dex, { token0: a, token1: b, reserve0: 1_000n * E18, reserve1: 997n * E18 }),
    await makePair(dex, { token0: b, token1: c, reserve0: 5n * 10n ** 12n, reserve1: 10n ** 33n }),
    await makePair(dex, { token0: a, token1: c, reserve0: 12_345n, reserve1: 6_789n }),
  ];
};

export const pick = <T>(random: Random, list: readonly T[]): T => {
  const item = list[Number(random.below(BigInt(list.length)))];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
};

/** Every order of magnitude up to 2^bits is equally likely. */
export const anAmount = (random: Random, bits: number): bigint =>
  random.below(1n << (1n + random.below(BigInt(bits)))) + 1n;
