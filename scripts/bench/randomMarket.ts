import type { Random } from "../../keepers/core/random.ts";
import { sqrtDown } from "../../keepers/core/integers.ts";
import { type Address, address } from "../../keepers/core/units.ts";
import { type Pool, v2Pool, v3Pool } from "../../keepers/market/pool.ts";
import { roughTickAt, tickAtSqrtRatio } from "../../keepers/market/tickMaths.ts";
import { type V3Tick, WHOLE_RANGE } from "../../keepers/market/v3State.ts";

/** A token of an invented market: worth `valueE18` units of account per whole token, × 10^18. */
export type MarketToken = { readonly address: Address; readonly decimals: number; readonly valueE18: bigint };

export type RandomMarket = {
  readonly tokens: readonly MarketToken[];
  readonly base: MarketToken;
  readonly pools: readonly Pool[];
};

export type MarketShape = {
  readonly tokens: number;
  readonly pools: number;
  /** How far pool prices stray from fair value, as a standard deviation. */
  readonly noise: number;
};

const E18 = 10n ** 18n;
const TIERS = [
  { feePips: 100n, tickSpacing: 1 },
  { feePips: 500n, tickSpacing: 10 },
  { feePips: 3_000n, tickSpacing: 60 },
  { feePips: 10_000n, tickSpacing: 200 },
] as const;

const numbered = (kind: number, number: number): Address =>
  address(`0x${kind.toString(16).padStart(2, "0")}${number.toString(16).padStart(38, "0")}`);

/** Log-normal around one, in 18 decimals. */
const wobble = (random: Random, deviation: number): bigint =>
  BigInt(Math.round(Math.exp(random.normal() * deviation) * 1e9)) * 10n ** 9n;

const makeTokens = (random: Random, count: number): readonly MarketToken[] =>
  Array.from({ length: count }, (_, index) => ({
    address: numbered(0xa0 + Number(random.below(16n)), index + 1),
    decimals: index === 0 || random.uniform() < 0.25 ? 6 : 18,
    // The first is the base, a dollar; the others are worth from a cent to a thousand dollars.
    valueE18: index === 0 ? E18 : BigInt(Math.round(10 ** (random.uniform() * 5 - 2) * 1e6)) * 10n ** 12n,
  }));

/** Half of all pools trade the base, the others any two; every pair may have several. */
const pickPair = (random: Random, tokens: readonly MarketToken[]): readonly [MarketToken, MarketToken] => {
  const any = (): MarketToken => {
    const token = tokens[Number(random.below(BigInt(tokens.length)))];
    if (token === undefined) throw new RangeError("a market needs tokens");
    return token;
  };
  const first = random.uniform() < 0.5 ? (tokens[0] ?? any()) : any();
  for (;;) {
    const second = any();
    if (second !== first) return first.address < second.address ? [first, second] : [second, first];
  }
};

/** So much of a token as is worth `worthE18`. */
const amountWorth = (token: MarketToken, worthE18: bigint): bigint =>
  (worthE18 * 10n ** BigInt(token.decimals)) / token.valueE18;

type Site = {
  readonly address: Address;
  readonly pair: readonly [MarketToken, MarketToken];
  readonly amounts: readonly [bigint, bigint];
};

/** Depth between twenty thousand and two million, the price off by the noise. */
const makeSite = (random: Random, market: { tokens: readonly MarketToken[]; noise: number }, number: number): Site => {
  const pair = pickPair(random, market.tokens);
  const worth = BigInt(Math.round(10 ** (4.3 + random.uniform() * 2))) * E18;
  const amount0 = amountWorth(pair[0], worth);
  const amount1 = (amountWorth(pair[1], worth) * wobble(random, market.noise)) / E18;
  return { address: numbered(0xc0, number), pair, amounts: [amount0, amount1] };
};

const addNet = (nets: Map<number, bigint>, tick: number, net: bigint): void => {
  nets.set(tick, (nets.get(tick) ?? 0n) + net);
};

/** One wide position and a dozen narrower ones around the price, which concentrate the same depth. */
const makeTicks = (
  random: Random,
  tick: number,
  shape: { tickSpacing: number; liquidity: bigint },
): readonly V3Tick[] => {
  const nets = new Map<number, bigint>();
  const centre = Math.round(tick / shape.tickSpacing);
  for (let position = 0; position < 13; position += 1) {
    const width = position === 0 ? Math.ceil(30_000 / shape.tickSpacing) : 4 + Number(random.below(600n));
    const shift = position === 0 ? 0 : Math.round(random.normal() * width * 0.4);
    const liquidity = (shape.liquidity * (1n + random.below(20n))) / 10n;
    addNet(nets, (centre + shift - width) * shape.tickSpacing, liquidity);
    addNet(nets, (centre + shift + width) * shape.tickSpacing, -liquidity);
  }
  return [...nets].map(([index, liquidityNet]) => ({ index, liquidityNet })).toSorted((a, b) => a.index - b.index);
};

const makeV3 = (random: Random, { address: at, pair, amounts: [amount0, amount1] }: Site): Pool => {
  const tier = TIERS[Number(random.below(4n))] ?? TIERS[2];
  const sqrtPriceX96 = sqrtDown((amount1 << 192n) / amount0);
  const tick = tickAtSqrtRatio(sqrtPriceX96);
  const ticks = makeTicks(random, Math.round(roughTickAt(sqrtPriceX96)), {
    tickSpacing: tier.tickSpacing,
    liquidity: sqrtDown(amount0 * amount1),
  });
  const liquidity = ticks.reduce((sum, { index, liquidityNet }) => (index <= tick ? sum + liquidityNet : sum), 0n);
  const [token0, token1] = [pair[0].address, pair[1].address];
  return v3Pool({ address: at, token0, token1, ...tier, sqrtPriceX96, tick, liquidity, ticks, ...WHOLE_RANGE });
};

const makeV2 = ({ address: at, pair, amounts: [reserve0, reserve1] }: Site): Pool =>
  v2Pool({ address: at, token0: pair[0].address, token1: pair[1].address, reserve0, reserve1, feePips: 3_000n });

/** Invents a market: half of its pools v2, half v3, prices near fair value. Same randomness, same market. */
export const randomMarket = (random: Random, shape: MarketShape): RandomMarket => {
  const tokens = makeTokens(random, shape.tokens);
  const [base] = tokens;
  if (base === undefined) throw new RangeError("a market needs tokens");
  const pools = Array.from({ length: shape.pools }, (_, number) => {
    const site = makeSite(random, { tokens, noise: shape.noise }, number);
    return number % 2 === 0 ? makeV2(site) : makeV3(random, site);
  });
  return { tokens, base, pools };
};
