import type { SimulationPlan, SimulatedPool, SimulatedToken } from "../../keepers/backtest/plan.ts";
import type { ClassDemands } from "../../keepers/core/riskClass.ts";
import { decodersAt } from "../../keepers/core/protocols/all.ts";
import type { SignerRecord } from "../../keepers/core/signerRecord.ts";
import { minOf } from "../../keepers/core/integers.ts";
import { type Address, address, unixSeconds } from "../../keepers/core/units.ts";
import { type Pool, v2Pool, v3Pool } from "../../keepers/market/pool.ts";
import { sqrtRatioAtTick, tickAtSqrtRatio } from "../../keepers/market/tickMaths.ts";
import { type V3Tick, WHOLE_RANGE } from "../../keepers/market/v3State.ts";
import { BOND, FLEET } from "../sandbox/fleet.ts";
import { type Tokens, orientation, rangeOf, unitsOf } from "../sandbox/liquidity.ts";
import { sandboxParameters } from "../sandbox/parameters.ts";
import { fairPrice } from "../sandbox/planner.ts";
import { POOLS, type PoolSpec, type SandboxTokenName } from "../sandbox/pools.ts";
import type { FairPrices } from "../sandbox/requests.ts";
import { sqrtFromPrice } from "../sandbox/sizing.ts";

/** An address that stands for nothing on any chain. */
const numbered = (group: number, index: number): Address =>
  address(`0x${((group << 16) + index).toString(16).padStart(40, "0")}`);

const GROUP = { token: 1, pool: 2, router: 3, decoder: 4, core: 5, seat: 6 } as const;
const [TREASURY, CONSENSUS] = [numbered(GROUP.core, 1), numbered(GROUP.core, 2)];
const Q96 = 1n << 96n;
/** What the sandbox's treasury starts with: its deposit, and one unit of what it may buy. */
const DEPOSIT = 500_000n * 10n ** 6n;

/** The three tokens, at addresses of their own. */
export const TOKENS: Tokens = {
  USDC: { name: "USDC", address: numbered(GROUP.token, 1), decimals: 6 },
  WETH: { name: "WETH", address: numbered(GROUP.token, 2), decimals: 18 },
  WSEI: { name: "WSEI", address: numbered(GROUP.token, 3), decimals: 18 },
};

/** Where each token lies, by its name. */
export const tokenAt = (name: SandboxTokenName): Address => address(TOKENS[name].address);

const ROUTERS: Readonly<Record<Pool["kind"], Address>> = {
  v2: numbered(GROUP.router, 2),
  v3: numbered(GROUP.router, 3),
};

/** The liquidity that two amounts give within a range round the price, as Uniswap's periphery works it out. */
const liquidityOf = (
  { amount0, amount1 }: { readonly amount0: bigint; readonly amount1: bigint },
  price: bigint,
  [lower, upper]: readonly [bigint, bigint],
): bigint => {
  const by0 = (amount0 * ((price * upper) / Q96)) / (upper - price);
  const by1 = (amount1 * Q96) / (price - lower);
  return minOf(by0, by1);
};

type Shape<K extends PoolSpec["liquidity"]["kind"]> = Extract<PoolSpec["liquidity"], { readonly kind: K }>;
type Placed = { readonly spec: PoolSpec; readonly at: Address; readonly prices: FairPrices };

const sidesOf = ({ spec }: Placed) => {
  const [base, quote] = [TOKENS[spec.base], TOKENS[spec.quote]];
  const side = orientation(base, quote);
  const [token0, token1] = side.baseIsToken0 ? [base, quote] : [quote, base];
  return { side, token0, token1 };
};

const v2Of = (placed: Placed, { depthUsd }: Shape<"v2">): Pool => {
  const { token0, token1 } = sidesOf(placed);
  return v2Pool({
    address: placed.at,
    token0: address(token0.address),
    token1: address(token1.address),
    reserve0: unitsOf(token0, depthUsd, placed.prices),
    reserve1: unitsOf(token1, depthUsd, placed.prices),
    feePips: BigInt(placed.spec.feePips),
  });
};

const v3Of = (placed: Placed, { tickSpacing, positions }: Shape<"v3">): Pool => {
  const { side, token0, token1 } = sidesOf(placed);
  const sqrtPriceX96 = sqrtFromPrice(fairPrice(placed.spec, placed.prices), side);
  const tick = tickAtSqrtRatio(sqrtPriceX96);
  const nets = new Map<number, bigint>();
  let liquidity = 0n;
  for (const position of positions) {
    const { tickLower, tickUpper } = rangeOf(tick, position, tickSpacing);
    const amount0 = unitsOf(token0, position.depthUsd, placed.prices);
    const amount1 = unitsOf(token1, position.depthUsd, placed.prices);
    const range = [sqrtRatioAtTick(tickLower), sqrtRatioAtTick(tickUpper)] as const;
    const added = liquidityOf({ amount0, amount1 }, sqrtPriceX96, range);
    liquidity += added;
    nets.set(tickLower, (nets.get(tickLower) ?? 0n) + added);
    nets.set(tickUpper, (nets.get(tickUpper) ?? 0n) - added);
  }
  const ticks: readonly V3Tick[] = [...nets]
    .map(([index, liquidityNet]) => ({ index, liquidityNet }))
    .toSorted((a, b) => a.index - b.index);
  const named = { address: placed.at, token0: address(token0.address), token1: address(token1.address) };
  const feePips = BigInt(placed.spec.feePips);
  return v3Pool({ ...named, feePips, tickSpacing, sqrtPriceX96, tick, liquidity, ticks, ...WHOLE_RANGE });
};

/** Where each of the sandbox's pools lies, by its name. */
export const POOL_AT: ReadonlyMap<string, Address> = new Map(
  POOLS.map(({ name }, index) => [name, numbered(GROUP.pool, index + 1)]),
);

const poolsAt = (prices: FairPrices): readonly SimulatedPool[] =>
  POOLS.map((spec) => {
    const placed = { spec, at: POOL_AT.get(spec.name) ?? TREASURY, prices };
    const shape = spec.liquidity;
    return { pool: shape.kind === "v2" ? v2Of(placed, shape) : v3Of(placed, shape), router: ROUTERS[shape.kind] };
  });

const SEATS: readonly SignerRecord[] = FLEET.map(({ operator }, index) => ({
  signer: numbered(GROUP.seat, index + 1),
  agentId: BigInt(index + 1),
  operatorId: BigInt(operator + 1),
  weight: BOND,
  status: "Active",
  validUntil: unixSeconds(0n),
  highestNonce: 0n,
  nonceWindow: 1n,
  votingSeat: index,
  weightSince: unixSeconds(0n),
}));

const demandsOf = ({ threshold, minVoters, minOperators, maxDeadline }: ClassDemands) => ({
  threshold,
  minVoters: BigInt(minVoters),
  minOperators: BigInt(minOperators),
  maxDeadline: BigInt(maxDeadline),
});

/** Nothing of a chain: only limits and policies are read of what the sandbox deploys. */
const NO_CHAIN = { tokens: {}, dexes: [], pools: [], oracles: {} };
const PARAMETERS = sandboxParameters(NO_CHAIN, TREASURY, TREASURY);

const tokensOf = (): readonly SimulatedToken[] =>
  Object.values(TOKENS).map(({ name, decimals }) => {
    const limits = PARAMETERS.assets.find(({ token }) => token === name)?.limit;
    if (limits === undefined) throw new Error(`the sandbox has no limits for ${name}`);
    return { address: tokenAt(name), symbol: name, decimals, limits };
  });

/** The oracles' band in the sandbox: what a feed may deviate. */
const BAND_BPS = 50n;

/**
 * The sandbox's deployment in memory: its pools at these prices, its limits, classes and seats, and what its treasury starts with.
 * @param gas of a transaction by what is in it, as the fleet's policy has it
 */
export const sandboxPlan = (prices: FairPrices, gas: SimulationPlan["gas"]): SimulationPlan => {
  const names = [
    "Erc20Decoder",
    "UniswapV2Decoder",
    "UniswapV3Decoder",
    "AaveV3Decoder",
    "SymphonyDecoder",
    "CompoundV2Decoder",
  ];
  const decoders = decodersAt((name) => numbered(GROUP.decoder, names.indexOf(name) + 2));
  const { policies, classMultiples, lossLimit } = PARAMETERS;
  return {
    tokens: tokensOf(),
    base: tokenAt("USDC"),
    native: tokenAt("WSEI"),
    pools: poolsAt(prices),
    environment: { treasury: TREASURY, core: new Set([TREASURY, CONSENSUS]), decoders },
    consensus: CONSENSUS,
    chainId: 1329n,
    routine: demandsOf(policies.Routine),
    elevated: { ...demandsOf(policies.Elevated), delay: BigInt(policies.Elevated.delay) },
    elevatedMultiple: BigInt(classMultiples.elevated),
    lossLimit,
    seats: SEATS,
    bandBps: BAND_BPS,
    gas,
    holdings: new Map([
      [tokenAt("USDC"), DEPOSIT],
      [tokenAt("WETH"), 1n],
      [tokenAt("WSEI"), 1n],
    ]),
  };
};
