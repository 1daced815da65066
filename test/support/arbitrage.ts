import type { Decision, Plan, Policy, Snapshot } from "../../keepers/agents/arbitrage/decide.ts";
import { seededRandom } from "../../keepers/core/random.ts";
import { type Address, blockNumber, seconds, unixSeconds } from "../../keepers/core/units.ts";
import { type BruteBest, bestCycleBruteForce } from "../../keepers/market/bruteForce.ts";
import { gasCostInToken } from "../../keepers/market/gas.ts";
import { type Pool, v2Pool } from "../../keepers/market/pool.ts";
import type { Hop } from "../../keepers/market/quote.ts";
import { type RandomMarket, randomMarket } from "../../scripts/bench/randomMarket.ts";
import { addressOf } from "./pools.ts";

export const [USDC, WSEI, WETH] = [addressOf(0xa), addressOf(0xb), addressOf(0xc)] as const;
export const E6 = 10n ** 6n;
export const E18 = 10n ** 18n;

export const POLICY: Policy = {
  minProfit: 1_000n,
  gasOverhead: 300_000n,
  gasPerHop: { v2: 80_000n, v3: 110_000n },
  maxHops: 3,
  lifetime: seconds(30n),
  maxPlans: 1,
};

type Side = readonly [token: Address, reserve: bigint];

/** A v2 pair; its address follows from what it holds. */
export const pair = ([token0, reserve0]: Side, [token1, reserve1]: Side): Pool =>
  v2Pool({
    address: addressOf(0xf000 + Number((reserve0 + reserve1) % 4_093n)),
    token0,
    token1,
    reserve0,
    reserve1,
    feePips: 3_000n,
  });

/** WSEI at 0.30 here and at 0.33 there: a gap of ten per cent. */
export const GAP = [
  pair([USDC, 30_000n * E6], [WSEI, 100_000n * E18]),
  pair([USDC, 33_000n * E6], [WSEI, 100_000n * E18]),
] as const;

export const aSnapshot = (over: Partial<Snapshot> = {}): Snapshot => ({
  block: blockNumber(7n),
  timestamp: unixSeconds(1_000n),
  gasPrice: 50n * 10n ** 9n,
  nativePriceE18: 3n * 10n ** 17n,
  base: USDC,
  baseDecimals: 6,
  balance: 1_000_000n * E6,
  spendLimits: [USDC, WSEI, WETH].map((token) => ({ token, amount: 10n ** 30n })),
  pools: GAP,
  ...over,
});

export const planOf = (decision: Decision): Plan => {
  if (decision.kind !== "propose") throw new Error(`refused: ${decision.why}`);
  return decision.plan;
};

export const marketSnapshot = (market: RandomMarket, over: Partial<Snapshot> = {}): Snapshot =>
  aSnapshot({
    base: market.base.address,
    balance: 10n ** 12n,
    spendLimits: market.tokens.map((token) => ({ token: token.address, amount: 10n ** 30n })),
    pools: market.pools,
    ...over,
  });

export const limitIn = (snapshot: Snapshot, token: Address): bigint => {
  const limit = snapshot.spendLimits.find((entry) => entry.token === token)?.amount ?? 0n;
  return token === snapshot.base && snapshot.balance < limit ? snapshot.balance : limit;
};

export const bruteForce = (snapshot: Snapshot, policy: Policy): BruteBest | undefined =>
  bestCycleBruteForce({
    pools: snapshot.pools,
    base: snapshot.base,
    maxHops: policy.maxHops,
    limitOf: (token) => limitIn(snapshot, token),
    costOf: (hops: readonly Hop[]) =>
      gasCostInToken(
        hops.reduce((gas, { pool }) => gas + policy.gasPerHop[pool.kind], policy.gasOverhead),
        { ...snapshot, decimals: snapshot.baseDecimals },
      ),
  });

/** The worth, in base units, of one smallest unit of each middle token, a few times over, and a few units more. */
export const toleranceOf = (market: RandomMarket, hops: readonly Hop[]): bigint =>
  hops.slice(1).reduce((sum, { tokenIn }) => {
    const token = market.tokens.find(({ address }) => address === tokenIn);
    if (token === undefined) throw new Error("unknown token");
    return sum + 4n * ((token.valueE18 * E6) / E18 / 10n ** BigInt(token.decimals) + 1n);
  }, 4n);

export const netOf = (decision: Decision): bigint | undefined =>
  decision.kind === "propose" ? decision.plan.netProfit : decision.best?.netProfit;

export const smallMarket = (seed: number, noise = 0.004): RandomMarket =>
  randomMarket(seededRandom(seed), { tokens: 5, pools: 12, noise });
