import { pathToFileURL } from "node:url";
import { CurrencyAmount, Token } from "@uniswap/sdk-core";
import { FeeAmount, Pool as SdkPool } from "@uniswap/v3-sdk";
import { type Policy, type Snapshot, decide } from "../../keepers/agents/arbitrage/decide.ts";
import { type Random, seededRandom } from "../../keepers/core/random.ts";
import { blockNumber, seconds, unixSeconds } from "../../keepers/core/units.ts";
import { gainfulCycles } from "../../keepers/market/cycles.ts";
import type { V3Pool } from "../../keepers/market/pool.ts";
import { quoteExactInput } from "../../keepers/market/quote.ts";
import { type RandomMarket, randomMarket } from "./randomMarket.ts";

export type QuotingRow = {
  readonly flow: "v3-quote" | "decide-200-pools";
  readonly system: "nexus" | "uniswap-v3-sdk" | "ratio";
  readonly measure: string;
  readonly value: number;
  readonly unit: "µs" | "ms" | "×" | "cycles";
};

const QUOTES = 12_000;
const BATCH = 250;
const MARKETS = 40;
const ROUNDS = 8;
const WARM_UP = 2;

type Twin = { readonly ours: V3Pool; readonly sdk: SdkPool; readonly tokens: readonly [Token, Token] };
type Question = { readonly twin: Twin; readonly zeroForOne: boolean; readonly amountIn: bigint };

const FEES: ReadonlyMap<bigint, FeeAmount> = new Map([
  [100n, FeeAmount.LOWEST],
  [500n, FeeAmount.LOW],
  [3_000n, FeeAmount.MEDIUM],
  [10_000n, FeeAmount.HIGH],
]);

const tokenOf = (market: RandomMarket, at: string): Token => {
  const decimals = market.tokens.find((token) => token.address === at)?.decimals;
  if (decimals === undefined) throw new Error(`no token ${at}`);
  return new Token(1329, at, decimals);
};

/** The same pool as the other library's object, built outside of what is timed. */
const twinOf = (market: RandomMarket, ours: V3Pool): Twin => {
  const tokens = [tokenOf(market, ours.token0), tokenOf(market, ours.token1)] as const;
  const ticks = ours.ticks.map(({ index, liquidityNet }) => ({
    index,
    liquidityNet: liquidityNet.toString(),
    liquidityGross: (liquidityNet < 0n ? -liquidityNet : liquidityNet).toString(),
  }));
  const { feePips, sqrtPriceX96, liquidity, tick } = ours;
  const fee = FEES.get(feePips);
  if (fee === undefined) throw new Error(`the other library knows no fee of ${feePips}`);
  const sdk = new SdkPool(...tokens, fee, sqrtPriceX96.toString(), liquidity.toString(), tick, ticks);
  return { ours, sdk, tokens };
};

/** Sizes from a millionth to a twenty-fifth of what the range at the price holds: from no tick crossed to dozens. */
const questionOf = (random: Random, twins: readonly Twin[]): Question => {
  const twin = twins[Number(random.below(BigInt(twins.length)))];
  if (twin === undefined) throw new Error("no pools to quote");
  const { liquidity, sqrtPriceX96 } = twin.ours;
  const zeroForOne = random.uniform() < 0.5;
  const depth = zeroForOne ? (liquidity << 96n) / sqrtPriceX96 : (liquidity * sqrtPriceX96) >> 96n;
  const share = BigInt(Math.round(10 ** (random.uniform() * 4.6 + 3)));
  return { twin, zeroForOne, amountIn: (depth * share) / 10n ** 9n + random.below(1_000n) + 1n };
};

const askOurs = ({ twin, zeroForOne, amountIn }: Question): bigint => {
  const quote = quoteExactInput(twin.ours, zeroForOne ? twin.ours.token0 : twin.ours.token1, amountIn);
  if (quote.kind === "refused") throw new Error(`refused: ${quote.why}`);
  return quote.amountOut;
};

const askSdk = async ({ twin, zeroForOne, amountIn }: Question): Promise<bigint> => {
  const [output] = await twin.sdk.getOutputAmount(
    CurrencyAmount.fromRawAmount(zeroForOne ? twin.tokens[0] : twin.tokens[1], amountIn.toString()),
  );
  return BigInt(output.quotient.toString());
};

const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
};

/** Asks both in turns, batch by batch, and insists that they agree on every unit. Microseconds per quote, a batch each. */
const raceQuotes = async (questions: readonly Question[]) => {
  const ours: number[] = [];
  const sdk: number[] = [];
  for (let start = 0; start < questions.length; start += BATCH) {
    const batch = questions.slice(start, start + BATCH);
    const begun = performance.now();
    const mine = batch.map(askOurs);
    const between = performance.now();
    const theirs: bigint[] = [];
    for (const question of batch) theirs.push(await askSdk(question));
    ours.push(((between - begun) * 1e3) / batch.length);
    sdk.push(((performance.now() - between) * 1e3) / batch.length);
    if (mine.some((amount, index) => amount !== theirs[index])) throw new Error("the two quotes differ");
  }
  return { ours: quantile(ours, 0.5), sdk: quantile(sdk, 0.5) };
};

const benchQuotes = async (): Promise<readonly QuotingRow[]> => {
  const random = seededRandom(1);
  const market = randomMarket(random, { tokens: 20, pools: 80, noise: 0.003 });
  const twins = market.pools.flatMap((pool) => (pool.kind === "v3" ? [twinOf(market, pool)] : []));
  const draw = (count: number) => Array.from({ length: count }, () => questionOf(random, twins));
  await raceQuotes(draw(QUOTES / 4));
  const { ours, sdk } = await raceQuotes(draw(QUOTES));
  return [
    { flow: "v3-quote", system: "nexus", measure: "median of batches", value: ours, unit: "µs" },
    { flow: "v3-quote", system: "uniswap-v3-sdk", measure: "median of batches", value: sdk, unit: "µs" },
    { flow: "v3-quote", system: "ratio", measure: "median of batches", value: sdk / ours, unit: "×" },
  ];
};

const POLICY: Policy = {
  minProfit: 10_000n,
  gasOverhead: 300_000n,
  gasPerHop: { v2: 80_000n, v3: 110_000n },
  maxHops: 3,
  lifetime: seconds(30n),
  maxPlans: 1,
};

const snapshotOf = (market: RandomMarket, block: number): Snapshot => ({
  block: blockNumber(BigInt(block)),
  timestamp: unixSeconds(BigInt(block)),
  gasPrice: 50n * 10n ** 9n,
  nativePriceE18: 3n * 10n ** 17n,
  base: market.base.address,
  baseDecimals: market.base.decimals,
  balance: 10n ** 12n,
  spendLimits: market.tokens.map((token) => ({ token: token.address, amount: 10n ** 26n })),
  pools: market.pools,
});

const timed = (act: () => unknown): number => {
  const begun = performance.now();
  act();
  return performance.now() - begun;
};

const benchDecide = (): readonly QuotingRow[] => {
  const snapshots = Array.from({ length: MARKETS }, (_, seed) =>
    snapshotOf(randomMarket(seededRandom(seed + 100), { tokens: 24, pools: 200, noise: 0.003 }), seed),
  );
  const times: number[] = [];
  const bestOfThree: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const snapshot of snapshots) {
      const tries = [0, 1, 2].map(() => timed(() => decide(snapshot, POLICY)));
      // The first rounds compile.
      if (round < WARM_UP) continue;
      times.push(...tries);
      bestOfThree.push(Math.min(...tries));
    }
  }
  const search = { maxHops: 3, isUsable: () => true } as const;
  const cycles = snapshots.reduce((sum, { pools, base }) => sum + gainfulCycles(pools, base, search).length, 0);
  const row = { flow: "decide-200-pools", system: "nexus" } as const;
  return [
    { ...row, measure: "gainful cycles, mean", value: cycles / snapshots.length, unit: "cycles" },
    { ...row, measure: "p50", value: quantile(times, 0.5), unit: "ms" },
    { ...row, measure: "p99", value: quantile(times, 0.99), unit: "ms" },
    // What a machine that does other things besides adds to a millisecond is not the keeper's doing.
    { ...row, measure: "p99, best of three", value: quantile(bestOfThree, 0.99), unit: "ms" },
  ];
};

/**
 * Times a v3 quote against the one of @uniswap/v3-sdk on the same pools and amounts, no two amounts alike, and the way from a
 * snapshot of 200 pools to a decision.
 * @throws Error when the two libraries disagree on an amount
 */
export const benchQuoting = async (): Promise<readonly QuotingRow[]> => [...(await benchQuotes()), ...benchDecide()];

const [, script] = process.argv;
if (script !== undefined && import.meta.url === pathToFileURL(script).href) {
  for (const { flow, system, measure, value, unit } of await benchQuoting()) {
    process.stdout.write(`${flow.padEnd(18)} ${system.padEnd(16)} ${measure.padEnd(22)} ${value.toFixed(2)} ${unit}\n`);
  }
}
