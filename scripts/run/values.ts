import { bestCycleBruteForce } from "../../keepers/market/bruteForce.ts";
import { gasCostInToken } from "../../keepers/market/gas.ts";
import type { Hop } from "../../keepers/market/quote.ts";
import type { Address } from "../../keepers/core/units.ts";
import type { BlockValue } from "./episodes.ts";
import type { BlockRecord, Holding } from "./history.ts";

/** What gas a trade takes, and what is paid for it above the base fee (wei per gas). */
export type TradeGas = {
  readonly overhead: bigint;
  readonly perHop: Readonly<Record<"v2" | "v3", bigint>>;
  readonly tip: bigint;
};

/** Prices that everything is told in the base token by. */
export type Yardstick = { readonly base: Holding; readonly native: Holding; readonly holdings: readonly Holding[] };

const WAD = 10n ** 18n;
const UNLIMITED = 1n << 128n;

/** @throws Error when a holding is missing or has no price: nothing can be told in USDC then */
export const yardstickOf = (holdings: readonly Holding[], baseSymbol: string, nativeSymbol: string): Yardstick => {
  const named = (wanted: string): Holding => {
    const found = holdings.find(({ symbol }) => symbol === wanted);
    if (found === undefined || found.price === 0n) throw new Error(`${wanted} has no price`);
    return found;
  };
  return { base: named(baseSymbol), native: named(nativeSymbol), holdings };
};

/** What so many units of a token are worth in base units, rounded towards zero. @throws Error for an unknown token */
export const worthOf = ({ base, holdings }: Yardstick, token: Address, units: bigint): bigint => {
  if (token === base.token) return units;
  const held = holdings.find((holding) => holding.token === token);
  if (held === undefined) throw new Error(`${token} has no price`);
  return (units * held.price * 10n ** BigInt(base.decimals)) / (base.price * 10n ** BigInt(held.decimals));
};

/** What so much native money is worth in base units, rounded up. */
export const worthOfWei = ({ base, native }: Yardstick, wei: bigint): bigint => {
  const scale = base.price * WAD;
  return (wei * native.price * 10n ** BigInt(base.decimals) + scale - 1n) / scale;
};

/** What a treasury is worth in base units, at the prices of the yardstick, whenever it held that. */
export const treasuryWorth = (holdings: readonly Holding[], prices: Yardstick): bigint =>
  holdings.reduce((sum, { token, balance }) => sum + worthOf(prices, token, balance), 0n);

/** The largest profit above gas that any cycle of two and three hops offered on a block's state, by trial of all. */
export const valueBlock = (record: BlockRecord, gas: TradeGas, prices: Yardstick): BlockValue => {
  const { base, native } = prices;
  const { block, baseFee, pools, holdings } = record;
  const pricing = {
    gasPrice: baseFee + gas.tip,
    nativePriceE18: (native.price * WAD) / base.price,
    decimals: base.decimals,
  };
  const costOf = (hops: readonly Hop[]): bigint =>
    gasCostInToken(
      hops.reduce((sum, { pool }) => sum + gas.perHop[pool.kind], gas.overhead),
      pricing,
    );
  const capital = holdings.find(({ token }) => token === base.token)?.balance ?? 0n;
  const limitOf = (token: Address): bigint => (token === base.token ? capital : UNLIMITED);
  const best = bestCycleBruteForce({ pools, base: base.token, maxHops: 3, limitOf, costOf });
  return { block, value: best === undefined || best.netProfit < 0n ? 0n : best.netProfit };
};
